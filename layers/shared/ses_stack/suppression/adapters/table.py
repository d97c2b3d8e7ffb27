"""SuppressionTable: facts and the list, for several recipients at a time.

Only `change` adds facts other than deliveries, and only together with the list that follows from them, in one
transaction, on the condition that `~current` still has the version from which that list was derived.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import batched
from typing import Any

from ses_stack.aws.items import Item
from ses_stack.aws.json_api import Calls
from ses_stack.aws.retry import Attempt, Retrying
from ses_stack.errors import TableError
from ses_stack.suppression.adapters.rows import (
    CURRENT,
    FACTS_END,
    RECEIVED,
    current_item,
    current_of,
    fact_item,
    fact_key,
    fact_of,
    list_item,
)
from ses_stack.suppression.current import Change, Current, Known
from ses_stack.suppression.policy import Fact, FactKind, Policy

KEYS_PER_GET = 100
ROWS_PER_WRITE = 25
ACTIONS_PER_TRANSACTION = 100


class SuppressionTable:
    """Reads and writes what is known of recipients. `until` is a `time.monotonic()` everywhere."""

    def __init__(self, dynamodb: Calls, *, name: str, policy: Policy, retrying: Retrying | None = None) -> None:
        self._dynamodb = dynamodb
        self._name = name
        self._policy = policy
        self._retrying = retrying or Retrying()

    def current(self, recipients: Iterable[str], *, until: float) -> dict[str, Current]:
        """What holds of the recipients now, in one call per hundred; nothing for those of whom nothing is known.

        Raises `TableError`.
        """
        keys = [_key(recipient, CURRENT) for recipient in dict.fromkeys(recipients)]
        return {item["recipient"]["S"]: current_of(item) for item in self._get(keys, until)}

    def known(self, facts: Iterable[Fact], *, until: float) -> tuple[dict[str, Current], set[tuple[str, str]]]:
        """What holds of the facts' recipients now, and (recipient, key) of the facts that are there.

        Raises `TableError`.
        """
        facts = list(facts)
        current = self.current((fact.recipient for fact in facts), until=until)
        # A fact is only ever there together with what is current.
        keys = {
            (fact.recipient, fact_key(fact)): (fact.recipient, fact.key) for fact in facts if fact.recipient in current
        }
        items = self._get([_key(*key) for key in keys], until)
        return current, {keys[item["recipient"]["S"], item["scope"]["S"]] for item in items}

    def read(self, recipients: Iterable[str], *, until: float) -> tuple[dict[str, Known], dict[str, str]]:
        """What is known of the recipients, and those that could not be read, with the reason.

        Of deliveries only the newest is read, and only where it matters.
        """
        rows: dict[str, list[Item]] = {recipient: [] for recipient in recipients}
        failed = self._query(rows, self._of_recipient, until)
        soft = [name for name, items in rows.items() if name not in failed and any(map(_is_evidence, items))]
        received: dict[str, list[Item]] = {recipient: [] for recipient in soft}
        failed |= self._query(received, self._newest_delivery, until)
        known = {name: _known([*items, *received.get(name, ())]) for name, items in rows.items() if name not in failed}
        return known, failed

    def change(self, changes: Iterable[Change], *, until: float) -> tuple[set[str], dict[str, str]]:
        """Makes the changes; gives the recipients that someone else changed meanwhile, and those that failed.

        Several recipients share a transaction. One of them in conflict makes DynamoDB refuse it; the others are tried
        again, each alone.
        """
        by_recipient = {change.recipient: change for change in changes}
        actions = {recipient: self._actions(change) for recipient, change in by_recipient.items()}
        conflicts: set[str] = set()

        def packed(recipients: Iterable[str]) -> list[list[str]]:
            calls: list[list[str]] = []
            room = 0
            for recipient in recipients:
                if len(actions[recipient]) > room:
                    calls.append([])
                    room = ACTIONS_PER_TRANSACTION
                calls[-1].append(recipient)
                room -= len(actions[recipient])
            return calls

        def attempt(calls: Sequence[Sequence[str]]) -> Attempt[str]:
            left: Attempt[str] = Attempt()
            bodies = (_body({"TransactItems": [a for name in call for a in actions[name]]}) for call in calls)
            answers = self._dynamodb.calls("TransactWriteItems", bodies, until=until)
            for call, answer in zip(calls, answers, strict=True):
                if answer and answer.error == "TransactionCanceledException":
                    _sort_cancelled(call, actions, answer.document, left, conflicts)
                elif answer is None or answer.error:
                    left.failed(call, answer)
            return left

        return conflicts, self._retrying.run(by_recipient, attempt, packed=packed, until=until)

    def put_deliveries(self, facts: Iterable[Fact], *, until: float) -> dict[tuple[str, str], str]:
        """Adds deliveries; gives (recipient, key) of those that could not be added, with the reason."""
        items = {(fact.recipient, fact.key): fact_item(fact, self._policy) for fact in facts}

        def attempt(calls: Sequence[Sequence[tuple[str, str]]]) -> Attempt[tuple[str, str]]:
            left: Attempt[tuple[str, str]] = Attempt()
            bodies = (
                _body({"RequestItems": {self._name: [{"PutRequest": {"Item": items[key]}} for key in call]}})
                for call in calls
            )
            answers = self._dynamodb.calls("BatchWriteItem", bodies, until=until)
            for call, answer in zip(calls, answers, strict=True):
                if answer is None or answer.error:
                    left.failed(call, answer)
                    continue
                for put in answer.document.get("UnprocessedItems", {}).get(self._name, ()):
                    item = put["PutRequest"]["Item"]
                    left.again[item["recipient"]["S"], item["scope"]["S"].removeprefix(RECEIVED)] = "unprocessed"
            return left

        def packed(keys: Iterable[tuple[str, str]]) -> list[tuple[tuple[str, str], ...]]:
            return list(batched(keys, ROWS_PER_WRITE, strict=False))

        return self._retrying.run(items, attempt, packed=packed, until=until)

    def mark(self, recipient: str, mark: str, *, until: float) -> None:
        """Remembers what SES's list was made to say. Raises `TableError`."""
        body = _body(
            {
                "TableName": self._name,
                "Key": _key(recipient, CURRENT),
                "UpdateExpression": "SET #mark = :mark ADD version :one",
                "ExpressionAttributeNames": {"#mark": "mark"},
                "ExpressionAttributeValues": {":mark": {"S": mark}, ":one": {"N": "1"}},
            }
        )

        def attempt(calls: Sequence[Sequence[str]]) -> Attempt[str]:
            left: Attempt[str] = Attempt()
            for call, answer in zip(calls, self._dynamodb.calls("UpdateItem", [body], until=until), strict=True):
                if answer is None or answer.error:
                    left.failed(call, answer)
            return left

        undone = self._retrying.run([recipient], attempt, packed=_one_each, until=until)
        _raise_first(undone)

    def _get(self, keys: Sequence[Item], until: float) -> list[Item]:
        """The rows with these keys that are there. Raises `TableError`."""
        wanted = {(key["recipient"]["S"], key["scope"]["S"]): key for key in keys}
        found: list[Item] = []

        def attempt(calls: Sequence[Sequence[tuple[str, str]]]) -> Attempt[tuple[str, str]]:
            left: Attempt[tuple[str, str]] = Attempt()
            bodies = (
                _body({"RequestItems": {self._name: {"Keys": [wanted[k] for k in call], "ConsistentRead": True}}})
                for call in calls
            )
            for call, answer in zip(calls, self._dynamodb.calls("BatchGetItem", bodies, until=until), strict=True):
                if answer is None or answer.error:
                    left.failed(call, answer)
                    continue
                found.extend(answer.document.get("Responses", {}).get(self._name, ()))
                for key in answer.document.get("UnprocessedKeys", {}).get(self._name, {}).get("Keys", ()):
                    left.again[key["recipient"]["S"], key["scope"]["S"]] = "unprocessed"
            return left

        def packed(some: Iterable[tuple[str, str]]) -> list[tuple[tuple[str, str], ...]]:
            return list(batched(some, KEYS_PER_GET, strict=False))

        _raise_first(self._retrying.run(wanted, attempt, packed=packed, until=until))
        return found

    def _query(self, rows: dict[str, list[Item]], query: Any, until: float) -> dict[str, str]:
        """Adds what the queries find to `rows`; gives the recipients that could not be read, with the reason."""
        starts: dict[str, Item] = {}

        def attempt(calls: Sequence[Sequence[str]]) -> Attempt[str]:
            left: Attempt[str] = Attempt()
            names = [call[0] for call in calls]
            bodies = (
                _body(query(name) | ({"ExclusiveStartKey": starts[name]} if name in starts else {})) for name in names
            )
            for name, answer in zip(names, self._dynamodb.calls("Query", bodies, until=until), strict=True):
                if answer is None or answer.error:
                    left.failed([name], answer)
                    continue
                rows[name] += answer.document.get("Items", ())
                if "Limit" not in query(name) and (start := answer.document.get("LastEvaluatedKey")):
                    starts[name] = start
                    left.again[name] = "more pages"
            return left

        return self._retrying.run(rows, attempt, packed=_one_each, until=until)

    def _of_recipient(self, recipient: str) -> dict[str, Any]:
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

    def _actions(self, change: Change) -> list[dict[str, Any]]:
        current = {"TableName": self._name, "Item": current_item(change.recipient, change.after, until=change.until)}
        if change.before.version:
            current |= {
                "ConditionExpression": "version = :version",
                "ExpressionAttributeValues": {":version": {"N": str(change.before.version)}},
            }
        else:
            current |= {"ConditionExpression": "attribute_not_exists(recipient)"}
        before, after = change.before.suppressions, change.after.suppressions
        rows = [fact_item(fact, self._policy) for fact in change.facts]
        rows += [list_item(line) for scope, line in after.items() if line != before.get(scope)]
        return [
            {"Put": current},
            *({"Put": {"TableName": self._name, "Item": row}} for row in rows),
            *(
                {"Delete": {"TableName": self._name, "Key": _key(change.recipient, scope)}}
                for scope in sorted(before.keys() - after.keys())
            ),
        ]


def _sort_cancelled(
    call: Sequence[str],
    actions: Mapping[str, Sequence[object]],
    document: Mapping[str, Any],
    left: Attempt[str],
    conflicts: set[str],
) -> None:
    """Finds out whose fault a cancelled transaction is: there is one reason per action, `None` for no fault."""
    reasons = [reason.get("Code", "None") for reason in document.get("CancellationReasons", ())]
    start = 0
    for recipient in call:
        own = {code for code in reasons[start : start + len(actions[recipient])] if code != "None"}
        start += len(actions[recipient])
        if "ConditionalCheckFailed" in own:
            conflicts.add(recipient)
        elif "ValidationError" in own or "ItemCollectionSizeLimitExceeded" in own:
            left.refused[recipient] = "ValidationError"
        elif own or len(call) == 1:
            left.again[recipient] = ", ".join(sorted(own)) or "TransactionCanceledException"
        else:
            left.alone.append(recipient)


def _is_evidence(item: Item) -> bool:
    return FactKind.SOFT_BOUNCE.value in item["scope"]["S"].split("#")


def _known(items: Sequence[Item]) -> Known:
    current = next((current_of(item) for item in items if item["scope"]["S"] == CURRENT), Current())
    return Known(current=current, facts=[fact_of(item) for item in items if item["scope"]["S"] != CURRENT])


def _key(recipient: str, scope: str) -> Item:
    return {"recipient": {"S": recipient}, "scope": {"S": scope}}


def _one_each(pieces: Iterable[str]) -> list[tuple[str]]:
    return [(piece,) for piece in pieces]


def _raise_first(undone: Mapping[Any, str]) -> None:
    if undone:
        raise TableError(f"the suppression table: {next(iter(undone.values()))}")


def _body(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()
