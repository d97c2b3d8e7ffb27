"""What all workers know of the account, on moto."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import boto3
import pytest

from ses_stack.aws.threads import Threads
from ses_stack.sending.adapters.account import AccountRows
from ses_stack.sending.adapters.reader import SendTableReader
from ses_stack.sending.adapters.table import SendTable
from ses_stack.sending.limits.account_limits import AccountLimits, KnownLimits
from ses_stack.sending.limits.rate import Backoff
from ses_stack.sending.limits.shared_limits import AskCause
from tests.support.moto_calls import MotoCalls

NOW = 1_790_000_000.0


@pytest.fixture
def rows(own_table: Callable[[], SendTable], threads: Threads) -> AccountRows:
    return AccountRows(own_table, threads=threads)


def test_what_one_worker_learns_of_the_account_all_know(rows: AccountRows) -> None:
    account = AccountLimits(rate=14, most=50_000, sent=10, read_at=NOW, stopped="paused")
    assert asyncio.run(rows.known()) == KnownLimits()
    assert asyncio.run(rows.lease(NOW, 10, AskCause.TIME))
    assert not asyncio.run(rows.lease(NOW + 5, 10, AskCause.TIME))
    asyncio.run(rows.put_account(account))
    asyncio.run(rows.count(3))
    asyncio.run(rows.count(4))
    asyncio.run(rows.refuse(NOW))
    asyncio.run(rows.refuse(NOW - 60))  # speaks of what was known before
    asyncio.run(rows.put_account(replace(account, read_at=NOW - 60)))  # came late
    known = asyncio.run(rows.known()).account
    assert known == replace(account, since=7, refused=True)
    assert SendTableReader(boto3.client("dynamodb"), name="SendTable").known().account == known
    asyncio.run(rows.put_account(replace(account, read_at=NOW + 60, stopped=None)))
    assert asyncio.run(rows.known()).account == AccountLimits(rate=14, most=50_000, sent=10, read_at=NOW + 60)


def test_a_lease_ends(rows: AccountRows) -> None:
    asyncio.run(rows.lease(NOW, 10, AskCause.TIME))

    assert not asyncio.run(rows.lease(NOW + 10, 10, AskCause.TIME))
    assert asyncio.run(rows.lease(NOW + 10.1, 10, AskCause.TIME))


def test_a_throttle_answer_has_a_lease_of_its_own(rows: AccountRows) -> None:
    assert asyncio.run(rows.lease(NOW, 10, AskCause.TIME))
    assert [asyncio.run(rows.lease(NOW + after, 2, AskCause.THROTTLE)) for after in (1, 2, 3.1)] == [True, False, True]
    assert not asyncio.run(rows.lease(NOW + 5, 10, AskCause.TIME))


def test_nothing_is_counted_before_the_first_answer(rows: AccountRows) -> None:
    asyncio.run(rows.lease(NOW, 10, AskCause.TIME))
    asyncio.run(rows.count(3))

    assert asyncio.run(rows.known()) == KnownLimits()


def test_the_rate_is_lowered_by_one_of_two_workers_that_saw_the_same(rows: AccountRows) -> None:
    first = Backoff().lowered(NOW)
    assert first is not None
    asyncio.run(rows.lower(first, Backoff()))
    asyncio.run(rows.lower(Backoff(0.1, NOW + 1), Backoff()))
    assert asyncio.run(rows.known()).backoff == first
    second = first.lowered(NOW + 3)
    assert second is not None
    asyncio.run(rows.lower(second, first))
    assert asyncio.run(rows.known()).backoff == second == Backoff(0.97, NOW + 3, 0.99, 2)


def test_a_lease_taken_over_a_broken_connection_is_the_workers_own(rows: AccountRows, calls: MotoCalls) -> None:
    calls.broken = ["UpdateItem"]
    assert asyncio.run(rows.lease(NOW, 10, AskCause.TIME))
    calls.broken = ["UpdateItem"]
    assert not asyncio.run(rows.lease(NOW + 1, 10, AskCause.TIME))
