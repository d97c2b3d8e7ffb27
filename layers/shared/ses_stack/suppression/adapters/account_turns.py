"""Turns to call SES's account-level list: one row of SuppressionTable holds the time of the next free turn."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from ses_stack.aws.items import is_written_by, new_writer
from ses_stack.aws.json_api import Answer, Calls
from ses_stack.aws.retry import Retrying
from ses_stack.errors import TableError
from ses_stack.suppression.adapters.rows import row_key

SECONDS_PER_TURN = 1.0
_ROW_KEY = row_key("~account-list", "~turns")
_ATTEMPTS = 5
_CONDITION_FAILED = "ConditionalCheckFailedException"


class AccountTurnsTable:
    """Gives out turns to all workers, in order, a second apart."""

    def __init__(
        self, dynamodb: Calls, *, name: str, now: Callable[[], float] = time.time, retrying: Retrying | None = None
    ) -> None:
        self._dynamodb = dynamodb
        self._name = name
        self._now = now
        self._retrying = retrying or Retrying()

    def take(self, count: int, *, until: float) -> float:
        """The first of `count` turns in a row, in epoch seconds. Raises `TableError`.

        The next free turn moves on from the last turn given out or, if that has passed, from the present. Both are
        conditional writes, and another worker may write between the two: then both are tried again.
        """
        length = count * SECONDS_PER_TURN
        for _ in range(_ATTEMPTS):
            now = self._now()
            answer = self._update("SET free_at = free_at + :length", "free_at >= :now", now, until, length=length)
            if not answer.error:
                return float(answer.document["Attributes"]["free_at"]["N"]) - length
            has_passed = "attribute_not_exists(free_at) OR free_at < :now"
            if not self._update("SET free_at = :end", has_passed, now, until, end=now + length).error:
                return now
        raise TableError("the suppression table: no turn at SES's list, too many workers ask for one")

    def _update(self, update: str, condition: str, now: float, until: float, **values: float) -> Answer:
        """The answer: a success, or that the condition does not hold. Raises `TableError` for any other error."""
        writer = new_writer()
        numbers = {f":{name}": {"N": f"{value:.3f}"} for name, value in {"now": now, **values}.items()}
        document: dict[str, Any] = {
            "TableName": self._name,
            "Key": _ROW_KEY,
            "UpdateExpression": f"{update}, writer = :writer",
            "ConditionExpression": condition,
            "ExpressionAttributeValues": {**numbers, ":writer": {"S": writer}},
            "ReturnValues": "UPDATED_NEW",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        answer = self._retrying.call(self._dynamodb, "UpdateItem", document, until=until)
        if answer.error not in ("", _CONDITION_FAILED):
            raise TableError(f"the suppression table: {answer.error}")
        row = answer.document.get("Item", {})
        if answer.resent and is_written_by(writer)(row):
            return Answer(200, {"Attributes": row})
        return answer
