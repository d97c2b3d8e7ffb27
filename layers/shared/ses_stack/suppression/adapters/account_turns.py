"""Turns at SES's account-level list: one row of SuppressionTable says when the next one is free."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from ses_stack.aws.json_api import Answer, Calls
from ses_stack.aws.retry import Attempt, Retrying
from ses_stack.errors import TableError

SECONDS_PER_TURN = 1.0
_ROW = {"recipient": {"S": "~account-list"}, "scope": {"S": "~turns"}}
_ATTEMPTS = 5


class AccountTurns:
    """Gives out turns to whoever asks, in order, a second apart."""

    def __init__(
        self, dynamodb: Calls, *, name: str, now: Callable[[], float] = time.time, retrying: Retrying | None = None
    ) -> None:
        self._dynamodb = dynamodb
        self._name = name
        self._now = now
        self._retrying = retrying or Retrying()

    def take(self, count: int, *, until: float) -> float:
        """The first of `count` turns in a row, in seconds since 1970. Raises `TableError`.

        The row moves on from the last turn given out or, where that has passed, from now. Either is a conditional
        write, and between the two another worker may come first.
        """
        length = count * SECONDS_PER_TURN
        for _ in range(_ATTEMPTS):
            now = self._now()
            answer = self._update("SET free_at = free_at + :length", "free_at >= :now", now, until, length=length)
            if not answer.error:
                return float(answer.document["Attributes"]["free_at"]["N"]) - length
            idle = "attribute_not_exists(free_at) OR free_at < :now"
            if not self._update("SET free_at = :end", idle, now, until, end=now + length).error:
                return now
        raise TableError("the suppression table: no turn at SES's list, too many ask for one")

    def _update(self, update: str, condition: str, now: float, until: float, **values: float) -> Answer:
        """The answer: done, or the condition did not hold."""
        numbers = {f":{name}": {"N": f"{value:.3f}"} for name, value in {"now": now, **values}.items()}
        document: dict[str, Any] = {
            "TableName": self._name,
            "Key": _ROW,
            "UpdateExpression": update,
            "ConditionExpression": condition,
            "ExpressionAttributeValues": numbers,
            "ReturnValues": "UPDATED_NEW",
        }
        body = json.dumps(document).encode()
        found: list[Answer] = []

        def attempt(_: object) -> Attempt[str]:
            left: Attempt[str] = Attempt()
            for answer in self._dynamodb.calls("UpdateItem", [body], until=until):
                if answer and (not answer.error or answer.error == "ConditionalCheckFailedException"):
                    found.append(answer)
                else:
                    left.failed(["turn"], answer)
            return left

        undone = self._retrying.run(["turn"], attempt, packed=lambda pieces: [[piece] for piece in pieces], until=until)
        if undone:
            raise TableError(f"the suppression table: {undone['turn']}")
        return found[-1]
