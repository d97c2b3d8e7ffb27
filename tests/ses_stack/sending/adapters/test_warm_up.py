"""The warm-up's counts on moto."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import boto3
import pytest

from ses_stack.aws.threads import Threads
from ses_stack.sending.adapters.table import SendTable
from ses_stack.sending.adapters.warm_up import WarmUpCounts
from tests.support.moto_calls import MotoCalls

KEY = "WARMUP#own#2026-09-21"
NOW = 1_790_000_000.5


@pytest.fixture
def counts(own_table: Callable[[], SendTable], threads: Threads) -> WarmUpCounts:
    return WarmUpCounts(own_table, threads=threads, now=lambda: NOW)


def test_a_warm_up_day_admits_no_more_than_its_limit(counts: WarmUpCounts) -> None:
    def admit(provider: str, wanted: int) -> int:
        return asyncio.run(counts.admit(KEY, provider, wanted=wanted, limit=10))

    assert [admit("gmail", 4), admit("gmail", 4), admit("gmail", 4), admit("gmail", 1)] == [4, 4, 2, 0]
    assert [admit("yahoo", 25), admit("yahoo", 0)] == [10, 0]
    asyncio.run(counts.give_back(KEY, {"gmail": 3, "yahoo": 1, "other": 0}))
    assert [admit("gmail", 4), admit("yahoo", 4)] == [3, 1]


def test_a_day_is_kept_for_a_week(counts: WarmUpCounts) -> None:
    asyncio.run(counts.admit(KEY, "gmail", wanted=1, limit=10))

    row = boto3.client("dynamodb").get_item(TableName="SendTable", Key={"pk": {"S": KEY}})["Item"]
    assert row.pop("writer")
    assert row == {"pk": {"S": KEY}, "gmail": {"N": "1"}, "expires_at": {"N": str(1_790_000_000 + 7 * 86_400)}}


def test_nothing_is_written_where_nothing_is_given_back(counts: WarmUpCounts, calls: MotoCalls) -> None:
    asyncio.run(counts.give_back(KEY, {"gmail": 0}))

    assert calls.made == []


def test_counts_over_a_broken_connection_are_made_once(counts: WarmUpCounts, calls: MotoCalls) -> None:
    calls.broken = ["UpdateItem"]
    assert asyncio.run(counts.admit(KEY, "gmail", wanted=10, limit=10)) == 10
    calls.broken = ["UpdateItem"]
    asyncio.run(counts.give_back(KEY, {"gmail": 3}))
    assert asyncio.run(counts.admit(KEY, "gmail", wanted=10, limit=10)) == 3
