"""Changes of the list, written in transactions that several recipients share.

A transaction writes a recipient's facts and the list that follows from them, on the condition that `~current` still
has the version from which that list was derived.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ses_stack.aws.json_api import Answer, Calls
from ses_stack.aws.retry import Attempt, Retrying
from ses_stack.suppression.adapters.rows import current_item, fact_item, list_item, row_key
from ses_stack.suppression.list_changes import ListChange
from ses_stack.suppression.policy import Policy

ACTIONS_PER_TRANSACTION = 100
_LONGEST_TOKEN = 36  # characters

type _Actions = list[dict[str, Any]]


class ListTransactions:
    """Writes some changes. `conflicts`: the recipients that another writer changed meanwhile."""

    def __init__(self, dynamodb: Calls, changes: Iterable[ListChange], *, name: str, policy: Policy) -> None:
        self._dynamodb = dynamodb
        self._actions = {change.recipient: actions_of(change, name=name, policy=policy) for change in changes}
        self._nonce = secrets.token_hex(8)
        self.conflicts: set[str] = set()

    def run(self, retrying: Retrying, *, until: float) -> dict[str, str]:
        """Writes all changes; returns the recipients that failed, with the reason.

        One recipient in conflict makes DynamoDB cancel a whole transaction: the others are tried again, each alone.
        """

        def attempt(calls: Sequence[Sequence[str]]) -> Attempt[str]:
            left: Attempt[str] = Attempt()
            answers = self._dynamodb.calls("TransactWriteItems", map(self._body, calls), until=until)
            for call, answer in zip(calls, answers, strict=True):
                if answer and answer.error == "TransactionCanceledException":
                    self._sort_cancelled(call, answer, left)
                elif answer is None or answer.error:
                    left.failed(call, answer)
            return left

        return retrying.run(self._actions, attempt, packed=self._packed, until=until)

    def _packed(self, recipients: Iterable[str]) -> list[list[str]]:
        calls: list[list[str]] = []
        room = 0
        for recipient in recipients:
            count = len(self._actions[recipient])
            if count > room:
                calls.append([])
                room = ACTIONS_PER_TRANSACTION
            calls[-1].append(recipient)
            room -= count
        return calls

    def _body(self, recipients: Sequence[str]) -> bytes:
        actions = [action for recipient in recipients for action in self._actions[recipient]]
        transaction = {"TransactItems": actions, "ClientRequestToken": self._token(recipients)}
        return json.dumps(transaction, separators=(",", ":")).encode()

    def _token(self, recipients: Sequence[str]) -> str:
        """Makes DynamoDB answer a repeated call as it answered the first, instead of finding this worker's own rows.

        It keeps the tokens for ten minutes.
        https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
        """
        return hashlib.sha256("\n".join([self._nonce, *recipients]).encode()).hexdigest()[:_LONGEST_TOKEN]

    def _sort_cancelled(self, call: Sequence[str], answer: Answer, left: Attempt[str]) -> None:
        """Sorts the recipients of a cancelled transaction. DynamoDB gives a reason per action, `None` for no fault."""
        reasons = [reason.get("Code", "None") for reason in answer.document.get("CancellationReasons", ())]
        start = 0
        for recipient in call:
            end = start + len(self._actions[recipient])
            codes = set(reasons[start:end]) - {"None"}
            start = end
            if "ConditionalCheckFailed" in codes:
                self.conflicts.add(recipient)
            elif "ValidationError" in codes or "ItemCollectionSizeLimitExceeded" in codes:
                left.refused[recipient] = "ValidationError"
            elif codes or len(call) == 1:
                left.again[recipient] = ", ".join(sorted(codes)) or "TransactionCanceledException"
            else:
                left.alone.append(recipient)


def actions_of(change: ListChange, *, name: str, policy: Policy) -> _Actions:
    """The actions that write one change to the table `name`."""
    before, after = change.before.suppressions, change.after.suppressions
    rows = [fact_item(fact, policy) for fact in change.facts]
    rows += [list_item(line) for scope, line in after.items() if line != before.get(scope)]
    return [
        {"Put": _put_current(change, name)},
        *({"Put": {"TableName": name, "Item": row}} for row in rows),
        *(
            {"Delete": {"TableName": name, "Key": row_key(change.recipient, scope)}}
            for scope in sorted(before.keys() - after.keys())
        ),
    ]


def _put_current(change: ListChange, name: str) -> Mapping[str, Any]:
    put = {"TableName": name, "Item": current_item(change.recipient, change.after, until=change.until)}
    if not change.before.version:
        return put | {"ConditionExpression": "attribute_not_exists(recipient)"}
    return put | {
        "ConditionExpression": "version = :version",
        "ExpressionAttributeValues": {":version": {"N": str(change.before.version)}},
    }
