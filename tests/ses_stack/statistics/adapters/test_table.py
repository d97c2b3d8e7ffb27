"""Adding to counters, on moto."""

from __future__ import annotations

from collections import Counter as Tally
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from ses_stack.aws.json_api import Answer
from ses_stack.aws.retry import Retrying
from ses_stack.errors import TableError
from ses_stack.statistics.adapters.rows import counters_in, shard_key
from ses_stack.statistics.adapters.table import StatisticsTable
from ses_stack.statistics.additions import Additions, CounterRow
from ses_stack.statistics.counters import Counter
from ses_stack.statistics.grains import Grain
from ses_stack.statistics.windows import added
from tests.ses_stack.statistics.adapters.conftest import NAME
from tests.support.moto_calls import MotoCalls, error

NOW = datetime(2026, 11, 24, 6, 13, tzinfo=UTC)
ROW = CounterRow(Grain.HOURS, "2026-11-24T06", "marketing", "")
ADDITIONS: Additions = {
    ROW: {("gmail", Counter.SEND): 2, ("gmail", Counter.OPEN_BOT): 1, ("yahoo", Counter.SEND): 1},
    ROW._replace(campaign="launch"): {("gmail", Counter.SEND): 2},
}


@pytest.fixture
def table(calls: MotoCalls) -> StatisticsTable:
    return StatisticsTable(calls, name=NAME, now=lambda: NOW, retrying=Retrying(max_attempts=4, sleep=lambda _: None))


def add(table: StatisticsTable, first: int, last: int, *, shard: str = "shard-1") -> str | None:
    until = float("inf")
    return table.add(ADDITIONS, shard=shard, first=f"{first:040}", last=f"{last:040}", until=until)


def rows() -> list[dict[str, Any]]:
    return [dict(row) for row in boto3.client("dynamodb").scan(TableName=NAME)["Items"]]


def counters(pk: str = "hours#marketing") -> dict[str, dict[Counter, int]]:
    return added(counters_in(row) for row in rows() if row["pk"]["S"] == pk)


def test_counters_are_added_with_the_shards_last_record(table: StatisticsTable, calls: MotoCalls) -> None:
    assert add(table, 1, 3) is None
    assert counters() == {"gmail": {Counter.SEND: 2, Counter.OPEN_BOT: 1}, "yahoo": {Counter.SEND: 1}}
    assert counters("hours#marketing#launch") == {"gmail": {Counter.SEND: 2}}
    (shard,) = (row for row in rows() if row["pk"] == shard_key("shard-1")["pk"])
    assert shard["last_record"] == {"S": f"{3:040}"}
    assert calls.made == ["TransactWriteItems"]


def test_every_row_expires(table: StatisticsTable) -> None:
    add(table, 1, 3)
    expiry = {row["pk"]["S"]: int(row["expires_at"]["N"]) for row in rows()}
    assert expiry == {
        "hours#marketing": int(datetime(2027, 2, 22, 6, tzinfo=UTC).timestamp()),
        "hours#marketing#launch": int(datetime(2027, 2, 22, 6, tzinfo=UTC).timestamp()),
        "shard#shard-1": int(datetime(2026, 12, 1, 6, 13, tzinfo=UTC).timestamp()),
    }


def test_later_records_add_to_the_same_counters(table: StatisticsTable) -> None:
    add(table, 1, 3)
    assert add(table, 4, 6) is None
    assert add(table, 1, 3, shard="shard-2") is None
    assert counters()["gmail"] == {Counter.SEND: 6, Counter.OPEN_BOT: 3}


@pytest.mark.parametrize("first", [1, 3])
def test_records_that_were_counted_are_not_added(table: StatisticsTable, first: int) -> None:
    add(table, 1, 3)
    assert add(table, first, 9) == f"{3:040}"
    assert counters()["gmail"][Counter.SEND] == 2


def test_a_call_that_was_made_twice_adds_once(table: StatisticsTable, calls: MotoCalls) -> None:
    calls.broken = ["TransactWriteItems"]
    assert add(table, 1, 3) == f"{3:040}"
    assert counters()["gmail"][Counter.SEND] == 2


def cancelled(*codes: str) -> Answer:
    reasons = [{"Code": code} for code in codes]
    return Answer(400, {"__type": "com.amazonaws#TransactionCanceledException", "CancellationReasons": reasons})


@pytest.mark.parametrize(
    "answer",
    [
        cancelled("None", "TransactionConflict", "None"),
        cancelled("TransactionConflict", "ThrottlingError", "None"),
        cancelled("None", "ProvisionedThroughputExceeded"),
        cancelled(),
        error("ThrottlingException"),
        error("TransactionInProgressException"),
        error("InternalServerError", 500),
        None,
    ],
)
def test_a_fault_that_passes_is_tried_again(table: StatisticsTable, calls: MotoCalls, answer: Answer | None) -> None:
    calls.faults = [("TransactWriteItems", answer)] * 2
    assert add(table, 1, 3) is None
    assert counters()["gmail"][Counter.SEND] == 2
    assert Tally(calls.made) == {"TransactWriteItems": 3}


def test_a_fault_that_does_not_pass_is_raised(table: StatisticsTable, calls: MotoCalls) -> None:
    calls.faults = [("TransactWriteItems", cancelled("None", "ValidationError"))]
    with pytest.raises(TableError, match="does not take counters: ValidationError"):
        add(table, 1, 3)
    assert len(calls.made) == 1


@pytest.mark.parametrize("answer", [error("ThrottlingException"), cancelled("TransactionConflict"), None])
def test_a_fault_that_stays_is_raised(table: StatisticsTable, calls: MotoCalls, answer: Answer | None) -> None:
    calls.faults = [("TransactWriteItems", answer)] * 4
    with pytest.raises(TableError, match="the statistics table does not take counters"):
        add(table, 1, 3)


def test_a_missing_permission_is_raised_at_once(table: StatisticsTable, calls: MotoCalls) -> None:
    calls.faults = [("TransactWriteItems", error("AccessDeniedException"))]
    with pytest.raises(TableError, match="AccessDeniedException"):
        add(table, 1, 3)
