"""Reads of SuppressionTable's rows, all consistent: by key in batches, and by recipient."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import batched
from typing import Any

from ses_stack.aws.items import Item
from ses_stack.aws.json_api import Answer, Calls
from ses_stack.aws.retry import Attempt, Retrying
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

    def rows(self, keys: Iterable[Item], *, until: float) -> list[Item]:
        """The existing rows with these keys, in one call per hundred keys. Raises `TableError`."""
        by_key = {_key_of(key): key for key in keys}
        found: list[Item] = []

        def attempt(calls: Sequence[Sequence[_Key]]) -> Attempt[_Key]:
            left: Attempt[_Key] = Attempt()
            bodies = (self._get_body([by_key[key] for key in call]) for call in calls)
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
        return self._query(recipients, self._current_and_facts, until)

    def newest_deliveries(
        self, recipients: Iterable[str], *, until: float
    ) -> tuple[dict[str, list[Fact]], dict[str, str]]:
        """Each recipient's newest delivery, and the recipients that could not be read, with the reason."""
        rows, failed = self._query(recipients, self._newest_delivery, until)
        return {recipient: [fact_of(row) for row in found] for recipient, found in rows.items()}, failed

    def deliveries(
        self, questions: Mapping[str, DeliveryQuestion], *, until: float
    ) -> tuple[dict[str, list[Fact]], dict[str, str]]:
        """The relevant deliveries by recipient, and the recipients that could not be read, with the reason."""
        relevant: dict[str, list[Fact]] = {recipient: [] for recipient in questions}

        def take(recipient: str, page: Iterable[Item]) -> None:
            deliveries = [*relevant[recipient], *map(fact_of, page)]
            relevant[recipient] = questions[recipient].relevant(deliveries)

        _, failed = self._query(questions, lambda name: self._deliveries_since(name, questions[name]), until, take)
        return {recipient: found for recipient, found in relevant.items() if recipient not in failed}, failed

    def _query(
        self,
        recipients: Iterable[str],
        query: Callable[[str], dict[str, Any]],
        until: float,
        take: Callable[[str, Sequence[Item]], None] | None = None,
    ) -> tuple[dict[str, list[Item]], dict[str, str]]:
        """Each recipient's rows, and those that could not be read. With `take`, pages go there and no row is kept."""
        rows: dict[str, list[Item]] = {recipient: [] for recipient in recipients}
        take = take or (lambda name, page: rows[name].extend(page))
        next_pages: dict[str, dict[str, Any]] = {}

        def attempt(calls: Sequence[Sequence[str]]) -> Attempt[str]:
            left: Attempt[str] = Attempt()
            names = [call[0] for call in calls]
            bodies = (_body(query(name) | next_pages.get(name, {})) for name in names)
            for name, answer in zip(names, self._dynamodb.calls("Query", bodies, until=until), strict=True):
                if answer is None or answer.error:
                    left.failed([name], answer)
                    continue
                take(name, answer.document.get("Items", ()))
                if "Limit" not in query(name) and (page := _next_page(answer)):
                    next_pages[name] = page
                    left.again[name] = "more pages"
            return left

        failed = self._retrying.run(rows, attempt, packed=lambda names: [(name,) for name in names], until=until)
        return {name: found for name, found in rows.items() if name not in failed}, failed

    def _get_body(self, keys: Sequence[Item]) -> bytes:
        return _body({"RequestItems": {self._name: {"Keys": keys, "ConsistentRead": True}}})

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


def _next_page(answer: Answer) -> dict[str, Any]:
    key = answer.document.get("LastEvaluatedKey")
    return {"ExclusiveStartKey": key} if key else {}


def _get_calls(keys: Iterable[_Key]) -> list[tuple[_Key, ...]]:
    return list(batched(keys, KEYS_PER_GET, strict=False))


def _key_of(row: Item) -> _Key:
    return row["recipient"]["S"], row["scope"]["S"]


def _body(document: dict[str, Any]) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()
