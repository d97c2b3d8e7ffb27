"""Writing journals and adding to counters, on moto."""

from __future__ import annotations

from collections import Counter as Tally
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from ses_stack.aws.json_api import Answer
from ses_stack.aws.retry import Retrying
from ses_stack.errors import TableError
from ses_stack.statistics.adapters.rows import counters_in
from ses_stack.statistics.adapters.table import StatisticsTable
from ses_stack.statistics.additions import Additions, CounterRow
from ses_stack.statistics.counters import Counter
from ses_stack.statistics.grains import Grain
from ses_stack.statistics.journal import CountKey, Journal
from ses_stack.statistics.windows import added
from tests.ses_stack.statistics.adapters.conftest import NAME
from tests.support.moto_calls import MotoCalls, error

NOW = datetime(2026, 11, 24, 6, 13, tzinfo=UTC)
UNTIL = float("inf")
ROW = CounterRow(Grain.HOURS, "2026-11-24T06", "marketing", "")
ADDITIONS: Additions = {
    ROW: {("gmail", Counter.SEND): 2, ("gmail", Counter.OPEN_BOT): 1, ("yahoo", Counter.SEND): 1},
    ROW._replace(campaign="launch"): {("gmail", Counter.SEND): 2},
}
KEY = CountKey("2026-11-24T06:10", "marketing", "", "gmail", Counter.SEND)
FIRST = Journal(version=1, last="3", counts={KEY: 3}, since=100)
SECOND = Journal(version=2, last="6", counts={KEY: 6}, since=100)
MOVED = Journal(version=2, last="3", counts={}, since=100, moves=1)


def new_worker(calls: MotoCalls) -> StatisticsTable:
    return StatisticsTable(calls, name=NAME, now=lambda: NOW, retrying=Retrying(max_attempts=4, sleep=lambda _: None))


@pytest.fixture
def table(calls: MotoCalls) -> StatisticsTable:
    return new_worker(calls)


def write(table: StatisticsTable, journal: Journal, additions: Additions | None = None) -> Journal:
    return table.write("shard-1", journal, additions or {}, until=UNTIL)


def rows() -> dict[str, dict[str, Any]]:
    return {row["pk"]["S"]: dict(row) for row in boto3.client("dynamodb").scan(TableName=NAME)["Items"]}


def counters(pk: str = "hours#marketing") -> dict[str, dict[Counter, int]]:
    return added(counters_in(row) for name, row in rows().items() if name == pk)


def test_a_journal_is_written_with_one_update(table: StatisticsTable, calls: MotoCalls) -> None:
    assert write(table, FIRST) == FIRST
    assert write(table, SECOND) == SECOND
    assert calls.made == ["UpdateItem", "UpdateItem"]
    assert new_worker(calls).current("shard-1", until=UNTIL) == SECOND


def test_a_shard_without_a_row_has_an_empty_journal(table: StatisticsTable) -> None:
    assert table.current("shard-1", until=UNTIL) == Journal()


def test_a_worker_knows_the_journal_that_it_wrote(table: StatisticsTable, calls: MotoCalls) -> None:
    write(table, FIRST)
    assert table.known("shard-1", until=UNTIL) == FIRST
    assert calls.made == ["UpdateItem"]


def test_a_new_worker_reads_the_journal_once(table: StatisticsTable, calls: MotoCalls) -> None:
    write(table, FIRST)
    worker = new_worker(calls)
    for _ in range(2):
        assert worker.known("shard-1", until=UNTIL) == FIRST
    assert calls.made == ["UpdateItem", "GetItem"]


def test_another_workers_version_is_not_overwritten(table: StatisticsTable, calls: MotoCalls) -> None:
    write(table, FIRST)
    other = Journal(version=1, last="2", counts={KEY: 2}, since=100)
    late = new_worker(calls)
    assert write(late, other) == FIRST
    assert late.known("shard-1", until=UNTIL) == FIRST
    write(table, SECOND)
    assert write(late, MOVED, ADDITIONS) == SECOND
    assert late.known("shard-1", until=UNTIL) == SECOND
    assert counters() == {}


def test_counts_move_with_the_journal(table: StatisticsTable, calls: MotoCalls) -> None:
    write(table, FIRST)
    assert write(table, MOVED, ADDITIONS) == MOVED
    assert counters() == {"gmail": {Counter.SEND: 2, Counter.OPEN_BOT: 1}, "yahoo": {Counter.SEND: 1}}
    assert counters("hours#marketing#launch") == {"gmail": {Counter.SEND: 2}}
    assert new_worker(calls).current("shard-1", until=UNTIL) == MOVED
    assert calls.made[:2] == ["UpdateItem", "TransactWriteItems"]


def test_counts_are_added_to_those_that_are_there(table: StatisticsTable, calls: MotoCalls) -> None:
    for shard in ("shard-1", "shard-2"):
        table.write(shard, FIRST, {}, until=UNTIL)
        table.write(shard, MOVED, ADDITIONS, until=UNTIL)
    assert counters()["gmail"] == {Counter.SEND: 4, Counter.OPEN_BOT: 2}


def test_every_row_expires_but_a_journal_with_counts(table: StatisticsTable) -> None:
    def expiry() -> dict[str, int | None]:
        return {name: int(row["expires_at"]["N"]) if "expires_at" in row else None for name, row in rows().items()}

    write(table, FIRST)
    assert expiry() == {"journals": None}
    write(table, MOVED, ADDITIONS)
    hour = int(datetime(2027, 2, 22, 6, tzinfo=UTC).timestamp())
    week = int(datetime(2026, 12, 1, 6, 13, tzinfo=UTC).timestamp())
    assert expiry() == {"hours#marketing": hour, "hours#marketing#launch": hour, "journals": week}
    write(table, Journal(version=3, last="9", counts={KEY: 1}, since=100, moves=1))
    assert expiry()["journals"] is None


def test_a_journal_that_expired_begins_anew(table: StatisticsTable) -> None:
    write(table, FIRST)
    boto3.client("dynamodb").delete_item(TableName=NAME, Key={"pk": {"S": "journals"}, "sk": {"S": "shard-1"}})
    assert write(table, SECOND) == Journal()


@pytest.mark.parametrize("additions", [{}, ADDITIONS], ids=["UpdateItem", "TransactWriteItems"])
def test_a_call_that_was_made_twice_is_written_once(
    table: StatisticsTable, calls: MotoCalls, additions: Additions
) -> None:
    write(table, FIRST)
    calls.broken = ["TransactWriteItems" if additions else "UpdateItem"]
    assert write(table, MOVED, additions) == MOVED
    assert not additions or counters()["gmail"][Counter.SEND] == 2


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
    write(table, FIRST)
    calls.faults = [("TransactWriteItems", answer)] * 2
    assert write(table, MOVED, ADDITIONS) == MOVED
    assert counters()["gmail"][Counter.SEND] == 2
    assert Tally(calls.made)["TransactWriteItems"] == 3


def test_a_fault_that_does_not_pass_is_raised(table: StatisticsTable, calls: MotoCalls) -> None:
    calls.faults = [("TransactWriteItems", cancelled("None", "ValidationError"))]
    with pytest.raises(TableError, match="does not take counters: ValidationError"):
        write(table, MOVED, ADDITIONS)
    assert len(calls.made) == 1


@pytest.mark.parametrize("answer", [error("ThrottlingException"), cancelled("TransactionConflict"), None])
def test_a_fault_that_stays_is_raised(table: StatisticsTable, calls: MotoCalls, answer: Answer | None) -> None:
    calls.faults = [("TransactWriteItems", answer)] * 4
    with pytest.raises(TableError, match="the statistics table does not take counters"):
        write(table, MOVED, ADDITIONS)


def test_a_missing_permission_is_raised_at_once(table: StatisticsTable, calls: MotoCalls) -> None:
    calls.faults = [("UpdateItem", error("AccessDeniedException")), ("GetItem", error("AccessDeniedException"))]
    with pytest.raises(TableError, match="the statistics table answers AccessDeniedException"):
        write(table, FIRST)
    with pytest.raises(TableError, match="the statistics table answers AccessDeniedException"):
        table.current("shard-1", until=UNTIL)
    assert calls.made == ["UpdateItem", "GetItem"]
