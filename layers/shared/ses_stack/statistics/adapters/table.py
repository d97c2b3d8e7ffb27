"""StatisticsTable's writer: counters and a shard's last counted record, in one transaction.

A transaction costs two write units for each KB of a row, and DynamoDB cancels it while another transaction writes one
of its rows: it is tried again after a pause.
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from ses_stack.aws.json_api import Answer, Calls
from ses_stack.aws.retry import Attempt, Retrying, is_transient
from ses_stack.errors import TableError
from ses_stack.statistics.adapters.rows import counter_name, counters_key, shard_key
from ses_stack.statistics.additions import Additions, CounterRow
from ses_stack.statistics.counters import Counter
from ses_stack.statistics.grains import expires_at

# The table stream keeps its records for a day: after that, no record of a shard can come again.
_SHARD_KEPT = timedelta(days=7)
_CANCELED = "TransactionCanceledException"
_CONDITION_FAILED = "ConditionalCheckFailed"


class StatisticsTable:
    """Adds to counters. One thread at a time may use it."""

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

    def add(self, additions: Additions, *, shard: str, first: str, last: str, until: float) -> str | None:
        """Adds all or nothing, and makes `last` the shard's last counted record.

        Adds nothing if the last counted record is not older than `first`, and returns that record: after a lost answer,
        it may be this call's own `last`. Raises `TableError`.
        """
        actions = [self._shard_update(shard, first, last)]
        actions += [self._counters_update(row, counters, shard) for row, counters in additions.items()]
        body = json.dumps({"TransactItems": actions}, separators=(",", ":")).encode()
        counted: list[str] = []

        def attempt(_: Sequence[Sequence[str]]) -> Attempt[str]:
            left: Attempt[str] = Attempt()
            (answer,) = self._dynamodb.calls("TransactWriteItems", [body], until=self._retrying.attempt_until(until))
            if answer is None or answer.error != _CANCELED:
                if answer is None or answer.error:
                    left.failed([shard], answer)
                return left
            reasons = _reasons(answer)
            if reasons and reasons[0].get("Code") == _CONDITION_FAILED:
                counted.append(reasons[0]["Item"]["last_record"]["S"])
            else:
                _sort(shard, reasons, left)
            return left

        if failed := self._retrying.run([shard], attempt, packed=_alone, until=until):
            raise TableError(f"the statistics table does not take counters: {failed[shard]}")
        return counted[0] if counted else None

    def _shard_update(self, shard: str, first: str, last: str) -> dict[str, Any]:
        expires = int((self._now() + _SHARD_KEPT).timestamp())
        return {
            "Update": {
                "TableName": self._name,
                "Key": shard_key(shard),
                "ConditionExpression": "attribute_not_exists(pk) OR last_record < :first",
                "UpdateExpression": "SET last_record = :last, expires_at = :expires",
                "ExpressionAttributeValues": {
                    ":first": {"S": first},
                    ":last": {"S": last},
                    ":expires": {"N": str(expires)},
                },
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            }
        }

    def _counters_update(
        self, row: CounterRow, counters: Mapping[tuple[str, Counter], int], shard: str
    ) -> dict[str, Any]:
        names = {f"#{number}": counter_name(*counter) for number, counter in enumerate(counters)}
        values = {f":{number}": {"N": str(count)} for number, count in enumerate(counters.values())}
        added = ", ".join(f"{name} {value}" for name, value in zip(names, values, strict=True))
        expires = str(expires_at(row.grain, row.bucket))
        return {
            "Update": {
                "TableName": self._name,
                "Key": counters_key(row.grain, row.bucket, row.stream, row.campaign, shard=shard),
                "UpdateExpression": f"SET expires_at = :expires ADD {added}",
                "ExpressionAttributeNames": names,
                "ExpressionAttributeValues": {":expires": {"N": expires}, **values},
            }
        }


def _reasons(answer: Answer) -> Sequence[Mapping[str, Any]]:
    """Why a transaction was cancelled: one reason for each action, in their order, `None` for no fault."""
    return answer.document.get("CancellationReasons") or ()


def _sort(shard: str, reasons: Iterable[Mapping[str, Any]], left: Attempt[str]) -> None:
    """A cancelled transaction can be tried again if all of its faults pass by themselves: conflicts, throttling."""
    codes = sorted({str(reason.get("Code", "None")) for reason in reasons} - {"None"})
    if all(map(is_transient, codes)):
        left.again[shard] = ", ".join(codes) or _CANCELED
    else:
        left.refused[shard] = ", ".join(codes)


def _alone(shards: Iterable[str]) -> list[list[str]]:
    return [[shard] for shard in shards]
