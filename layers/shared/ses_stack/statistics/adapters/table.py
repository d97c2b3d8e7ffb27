"""StatisticsTable's writer: the journals of shards, and the rows of counters.

A journal alone is an update of one row. Counts that move to the rows do so in a transaction with the journal, which
costs two write units for each KB; DynamoDB cancels it while another transaction writes one of its rows, and it is tried
again after a pause.
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from ses_stack.aws.items import Item
from ses_stack.aws.json_api import Answer, Calls
from ses_stack.aws.retry import Attempt, Retrying, is_transient
from ses_stack.errors import TableError
from ses_stack.statistics.adapters.rows import (
    counter_name,
    counters_key,
    journal_attributes,
    journal_in,
    journal_key,
)
from ses_stack.statistics.additions import Additions, CounterRow
from ses_stack.statistics.counters import Counter
from ses_stack.statistics.grains import expires_at
from ses_stack.statistics.journal import Journal

# The table stream keeps its records for a day: after that, no record of a shard can come again.
_JOURNAL_KEPT = timedelta(days=7)
_CANCELED = "TransactionCanceledException"
_CONDITION_FAILED = ("ConditionalCheckFailedException", "ConditionalCheckFailed")


class StatisticsTable:
    """Writes journals, and adds to counters. One thread at a time may use it."""

    def __init__(
        self,
        dynamodb: Calls,
        *,
        name: str,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        retrying: Retrying | None = None,
    ) -> None:
        self._dynamodb = dynamodb
        self._name = name
        self._now = now
        self._retrying = retrying or Retrying(attempt_seconds=5)
        self._journals: dict[str, Journal] = {}

    def known(self, shard: str, *, until: float) -> Journal:
        """The journal of a shard, as this worker has last seen it. Raises `TableError`."""
        return self._journals[shard] if shard in self._journals else self.current(shard, until=until)

    def current(self, shard: str, *, until: float) -> Journal:
        """The journal of a shard. Raises `TableError`."""
        request = {"TableName": self._name, "Key": journal_key(shard), "ConsistentRead": True}
        answer = self._retrying.call(self._dynamodb, "GetItem", request, until=until)
        if answer.error:
            raise TableError(f"the statistics table answers {answer.error}")
        return self._seen(shard, answer.document.get("Item", {}))

    def write(self, shard: str, journal: Journal, additions: Additions, *, until: float) -> Journal:
        """Writes the next version of a journal, and adds to rows of counters: both or neither.

        Returns the journal as it is now: another one, if it had not the version before. Then nothing is written. After
        a lost answer, it is the one that this call wrote. Raises `TableError`.
        """
        update = self._journal_update(shard, journal)
        if additions:
            actions = [update, *(self._counters_update(row, counters) for row, counters in additions.items())]
            row = self._transact([{"Update": action} for action in actions], until)
        else:
            row = self._update(update, until)
        if row is not None:
            return self._seen(shard, row)
        self._journals[shard] = journal
        return journal

    def _seen(self, shard: str, row: Item) -> Journal:
        journal = self._journals[shard] = journal_in(row)
        return journal

    def _update(self, update: Mapping[str, Any], until: float) -> Item | None:
        """Updates one row; the row that is there if its condition failed."""
        answer = self._retrying.call(self._dynamodb, "UpdateItem", update, until=until)
        if answer.error in _CONDITION_FAILED:
            row: Item = answer.document.get("Item", {})
            return row
        if answer.error:
            raise TableError(f"the statistics table answers {answer.error}")
        return None

    def _transact(self, actions: Sequence[Mapping[str, Any]], until: float) -> Item | None:
        """Carries out all actions or none; the journal's row that is there if its condition failed."""
        body = json.dumps({"TransactItems": actions}, separators=(",", ":")).encode()
        conflict: list[Item] = []

        def attempt(_: object) -> Attempt[str]:
            left: Attempt[str] = Attempt()
            moment = self._retrying.attempt_until(until)
            (answer,) = self._dynamodb.calls("TransactWriteItems", [body], until=moment)
            if answer is None or answer.error != _CANCELED:
                if answer is None or answer.error:
                    left.failed([self._name], answer)
                return left
            reasons = _reasons(answer)
            if reasons and reasons[0].get("Code") in _CONDITION_FAILED:
                conflict.append(reasons[0].get("Item", {}))
            else:
                _sort(self._name, reasons, left)
            return left

        if failed := self._retrying.run(
            [self._name], attempt, packed=lambda names: [[name] for name in names], until=until
        ):
            raise TableError(f"the statistics table does not take counters: {failed[self._name]}")
        return conflict[0] if conflict else None

    def _journal_update(self, shard: str, journal: Journal) -> dict[str, Any]:
        """A journal expires only while it is empty."""
        attributes = journal_attributes(journal)
        if not journal.counts:
            attributes["expires_at"] = {"N": str(int((self._now() + _JOURNAL_KEPT).timestamp()))}
        values = {f":{name}": value for name, value in attributes.items()}
        assignments = ", ".join(f"#{name} = :{name}" for name in attributes)
        names = {f"#{name}": name for name in attributes}
        if journal.counts:
            assignments += " REMOVE expires_at"
        condition = "attribute_not_exists(#version)"
        if journal.version > 1:
            condition = "#version = :before"
            values[":before"] = {"N": str(journal.version - 1)}
        return {
            "TableName": self._name,
            "Key": journal_key(shard),
            "ConditionExpression": condition,
            "UpdateExpression": f"SET {assignments}",
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": values,
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }

    def _counters_update(self, row: CounterRow, counters: Mapping[tuple[str, Counter], int]) -> dict[str, Any]:
        names = {f"#{number}": counter_name(*counter) for number, counter in enumerate(counters)}
        values = {f":{number}": {"N": str(count)} for number, count in enumerate(counters.values())}
        added = ", ".join(f"{name} {value}" for name, value in zip(names, values, strict=True))
        expires = str(expires_at(row.grain, row.bucket))
        return {
            "TableName": self._name,
            "Key": counters_key(row),
            "UpdateExpression": f"SET expires_at = :expires ADD {added}",
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": {":expires": {"N": expires}, **values},
        }


def _reasons(answer: Answer) -> Sequence[Mapping[str, Any]]:
    """Why a transaction was cancelled: one reason for each action, in their order, `None` for no fault."""
    return answer.document.get("CancellationReasons") or ()


def _sort(piece: str, reasons: Iterable[Mapping[str, Any]], left: Attempt[str]) -> None:
    """A cancelled transaction can be tried again if all of its faults pass by themselves: conflicts, throttling."""
    codes = sorted({str(reason.get("Code", "None")) for reason in reasons} - {"None"})
    if all(map(is_transient, codes)):
        left.again[piece] = ", ".join(codes) or _CANCELED
    else:
        left.refused[piece] = ", ".join(codes)
