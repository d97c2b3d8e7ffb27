"""Reads of SuppressionTable's rows: by key in batches, and by recipient. All but one kind are consistent."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import batched
from typing import Any

from ses_stack.aws.items import Item
from ses_stack.aws.json_api import Calls
from ses_stack.aws.retry import Attempt, Retrying
from ses_stack.suppression.adapters.recipient_queries import RecipientQueries
from ses_stack.suppression.adapters.rows import CURRENT, FACTS_END, RECEIVED, RECEIVED_END, fact_of
from ses_stack.suppression.facts import Fact
from ses_stack.suppression.settle import raise_first
from ses_stack.suppression.soft_bounces import DeliveryQuestion

# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
KEYS_PER_GET = 100

type _Key = tuple[str, str]


class RowReads:
    """Reads rows. `until` is a `time.monotonic()`."""

    def __init__(self, dynamodb: Calls, *, name: str, retrying: Retrying) -> None:
        self._dynamodb = dynamodb
        self._name = name
        self._retrying = retrying
        self._queries = RecipientQueries(dynamodb, retrying=retrying)

    def rows(self, keys: Iterable[Item], *, until: float, consistent: bool = True) -> list[Item]:
        """The existing rows with these keys, in one call per hundred keys. Raises `TableError`."""
        by_key = {_key_of(key): key for key in keys}
        found: list[Item] = []

        def attempt(calls: Sequence[Sequence[_Key]]) -> Attempt[_Key]:
            left: Attempt[_Key] = Attempt()
            bodies = (self._get_body([by_key[key] for key in call], consistent) for call in calls)
            answers = self._dynamodb.calls("BatchGetItem", bodies, until=until)
            for call, answer in zip(calls, answers, strict=True):
                if answer is None or answer.error:
                    left.failed(call, answer)
                    continue
                found.extend(answer.document.get("Responses", {}).get(self._name, ()))
                for key in answer.document.get("UnprocessedKeys", {}).get(self._name, {}).get("Keys", ()):
                    left.again[_key_of(key)] = "unprocessed"
            return left

        raise_first(self._retrying.run(by_key, attempt, packed=_get_calls, until=until))
        return found

    def rows_of(self, recipients: Iterable[str], *, until: float) -> tuple[dict[str, list[Item]], dict[str, str]]:
        """Each recipient's current list and facts, and the recipients that could not be read, with the reason."""
        return self._queries.run(recipients, self._current_and_facts, until)

    def newest_deliveries(
        self, recipients: Iterable[str], *, until: float
    ) -> tuple[dict[str, list[Fact]], dict[str, str]]:
        """Each recipient's newest delivery, and the recipients that could not be read, with the reason."""
        rows, failed = self._queries.run(recipients, self._newest_delivery, until)
        return {recipient: [fact_of(row) for row in found] for recipient, found in rows.items()}, failed

    def deliveries(
        self, questions: Mapping[str, DeliveryQuestion], *, until: float
    ) -> tuple[dict[str, list[Fact]], dict[str, str]]:
        """The relevant deliveries by recipient, and the recipients that could not be read, with the reason."""
        relevant: dict[str, list[Fact]] = {recipient: [] for recipient in questions}

        def take(recipient: str, page: Iterable[Item]) -> bool:
            deliveries = [*relevant[recipient], *map(fact_of, page)]
            relevant[recipient] = questions[recipient].relevant(deliveries)
            return False

        _, failed = self._queries.run(
            questions, lambda name: self._deliveries_since(name, questions[name]), until, take
        )
        return {recipient: found for recipient, found in relevant.items() if recipient not in failed}, failed

    def _get_body(self, keys: Sequence[Item], consistent: bool) -> bytes:
        request = {self._name: {"Keys": keys, "ConsistentRead": consistent}}
        return json.dumps({"RequestItems": request}, separators=(",", ":")).encode()

    def _current_and_facts(self, recipient: str) -> dict[str, Any]:
        return {
            "TableName": self._name,
            "KeyConditionExpression": "recipient = :recipient AND #scope BETWEEN :first AND :last",
            "ExpressionAttributeNames": {"#scope": "scope"},
            "ExpressionAttributeValues": {
                ":recipient": {"S": recipient},
                ":first": {"S": CURRENT},
                ":last": {"S": FACTS_END},
            },
            "ConsistentRead": True,
        }

    def _deliveries_since(self, recipient: str, question: DeliveryQuestion) -> dict[str, Any]:
        return {
            "TableName": self._name,
            "KeyConditionExpression": "recipient = :recipient AND #scope BETWEEN :first AND :last",
            "ExpressionAttributeNames": {"#scope": "scope"},
            "ExpressionAttributeValues": {
                ":recipient": {"S": recipient},
                ":first": {"S": RECEIVED + question.since},
                ":last": {"S": RECEIVED_END},
            },
            "ConsistentRead": True,
        }

    def _newest_delivery(self, recipient: str) -> dict[str, Any]:
        return {
            "TableName": self._name,
            "KeyConditionExpression": "recipient = :recipient AND begins_with(#scope, :received)",
            "ExpressionAttributeNames": {"#scope": "scope"},
            "ExpressionAttributeValues": {":recipient": {"S": recipient}, ":received": {"S": RECEIVED}},
            "ConsistentRead": True,
            "ScanIndexForward": False,
            "Limit": 1,
        }


def _get_calls(keys: Iterable[_Key]) -> list[tuple[_Key, ...]]:
    return list(batched(keys, KEYS_PER_GET, strict=False))


def _key_of(row: Item) -> _Key:
    return row["recipient"]["S"], row["scope"]["S"]
