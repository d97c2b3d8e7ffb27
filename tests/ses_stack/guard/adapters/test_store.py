"""The send table as the guard uses it, on moto."""

from __future__ import annotations

import asyncio

import boto3
import pytest

from ses_stack.aws.retry import Retrying
from ses_stack.aws.threads import Threads
from ses_stack.errors import TableError
from ses_stack.guard.adapters.store import GuardTable
from ses_stack.guard.memory import GuardMemory
from ses_stack.guard.silence import SentSign, Silence
from ses_stack.mail.lanes import Lane
from ses_stack.sending.adapters.pauses import LearnedPauses, OperatorPauses
from ses_stack.sending.adapters.table import SendTable
from ses_stack.sending.adapters.windows import RateWindows
from ses_stack.sending.limits.rate import SenderCounts
from ses_stack.sending.limits.stream_pauses import StreamPause
from tests.support.moto_calls import MotoCalls, error

PAUSE = StreamPause(stream="marketing", since=1_790_000_000.25, by="guard", reason="too many")
SECOND = 1_790_000_000


@pytest.fixture
def table(calls: MotoCalls) -> SendTable:
    return SendTable(calls, name="SendTable", retrying=Retrying(max_attempts=2, sleep=lambda _: None))


@pytest.fixture
def store(table: SendTable) -> GuardTable:
    return GuardTable(table)


@pytest.fixture
def operator(calls: MotoCalls) -> OperatorPauses:
    return OperatorPauses(boto3.client("dynamodb"), name="SendTable")


def test_a_pause_is_written_once_and_stands(store: GuardTable) -> None:
    assert store.pause(PAUSE, resumed_at=None)
    assert store.record().known.pauses == {"marketing": PAUSE}
    assert store.holds(PAUSE)
    assert not store.pause(StreamPause(stream="marketing", since=9e9, by="guard"), resumed_at=None)
    assert store.record().known.pauses == {"marketing": PAUSE}


def test_a_pause_over_a_broken_connection_is_the_guards_own(store: GuardTable, calls: MotoCalls) -> None:
    calls.broken = ["UpdateItem"]
    assert store.pause(PAUSE, resumed_at=None)


def test_an_operators_and_a_workers_pause_stay(store: GuardTable, operator: OperatorPauses, table: SendTable) -> None:
    operator.put(StreamPause(stream="marketing", since=1.0, by="ann"))
    asyncio.run(LearnedPauses(lambda: table, threads=Threads(1)).put_learned("default", 1.0))
    assert not store.pause(PAUSE, resumed_at=None)
    assert not store.pause(StreamPause(stream="default", since=2.0, by="guard"), resumed_at=None)


def test_a_resumption_that_the_guard_has_not_seen_wins(store: GuardTable, operator: OperatorPauses) -> None:
    operator.note_resumed("marketing", 5.5)
    assert not store.pause(PAUSE, resumed_at=None)
    assert store.record().known.resumed == {"marketing": 5.5}
    assert store.pause(PAUSE, resumed_at=5.5)
    operator.remove("marketing")
    operator.note_resumed("marketing", 7.0)
    assert not store.pause(PAUSE, resumed_at=5.5)


def test_a_pause_that_an_operator_is_about_to_end_no_longer_holds(store: GuardTable, operator: OperatorPauses) -> None:
    store.pause(PAUSE, resumed_at=None)
    operator.note_resumed("marketing", PAUSE.since + 1)
    assert not store.holds(PAUSE)
    operator.remove("marketing")
    assert not store.holds(PAUSE)


def test_the_workers_counts_are_read_by_second(store: GuardTable, table: SendTable) -> None:
    windows = RateWindows(lambda: table, threads=Threads(1))
    for second, counts in (
        (0, SenderCounts(recipients=2, message_id="0100")),
        (59, SenderCounts(deferrals=3)),
        (60, SenderCounts(throttles=1)),
    ):
        asyncio.run(windows.count_sent(SECOND + second, Lane.BULK, counts))
    assert store.sender_counts(SECOND, SECOND + 60) == {
        SECOND: SenderCounts(recipients=2, message_id="0100"),
        SECOND + 59: SenderCounts(deferrals=3),
    }
    assert store.sender_counts(SECOND, SECOND) == {}


def test_a_memory_replaces_the_one_that_was_read(store: GuardTable, calls: MotoCalls) -> None:
    first = store.record().memory
    assert store.remember(first, before=first), "a first run that could not read the counts"
    second = GuardMemory(counted_until=10, silence=Silence(unanswered=SentSign(3.5, "0100")))
    assert store.remember(second, before=first)
    assert store.record().memory == second
    assert not store.remember(GuardMemory(counted_until=20), before=first)

    calls.broken = ["UpdateItem"]
    third = GuardMemory(counted_until=30, warned={"transactional": 4.0})
    assert store.remember(third, before=second)
    assert store.record().memory == third


def test_a_table_that_does_not_answer_raises(store: GuardTable, calls: MotoCalls) -> None:
    calls.faults = [("BatchGetItem", error("ThrottlingException"))] * 2
    with pytest.raises(TableError):
        store.record()
