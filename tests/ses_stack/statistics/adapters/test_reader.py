"""Reading counters, on moto."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from ses_stack.aws.retry import Retrying
from ses_stack.errors import TableError
from ses_stack.statistics.adapters.reader import StatisticsReader
from ses_stack.statistics.adapters.rows import (
    campaigns_key,
    counter_name,
    counters_key,
    journal_attributes,
    journal_key,
)
from ses_stack.statistics.additions import CounterRow
from ses_stack.statistics.counters import Counter
from ses_stack.statistics.grains import Grain, bucket_at
from ses_stack.statistics.journal import CountKey, Journal
from ses_stack.statistics.windows import last_day, window_of
from tests.ses_stack.statistics.adapters.conftest import NAME
from tests.support.moto_calls import MotoCalls, error

NOW = datetime(2026, 11, 24, 6, 13, tzinfo=UTC)
KEY = CountKey("2026-11-24T06:10", "marketing", "", "gmail", Counter.SEND)


@pytest.fixture
def reader(calls: MotoCalls) -> StatisticsReader:
    return StatisticsReader(calls, name=NAME, now=lambda: NOW, retrying=Retrying(max_attempts=3, sleep=lambda _: None))


def put(
    grain: Grain,
    moment: datetime,
    counters: Mapping[Counter, int],
    *,
    stream: str = "marketing",
    campaign: str = "",
    **more: Any,
) -> None:
    key = counters_key(CounterRow(grain, bucket_at(grain, moment), stream, campaign))
    values = {counter_name("gmail", counter): {"N": str(count)} for counter, count in counters.items()}
    boto3.client("dynamodb").put_item(TableName=NAME, Item={**key, **values, **more})


def put_journal(counts: Mapping[CountKey, int], *, shard: str = "shard-1", moves: int = 0) -> None:
    journal = journal_attributes(Journal(version=1, last="1", counts=counts, since=1, moves=moves))
    journal["counts"]["B"] = b64decode(journal["counts"]["B"])
    boto3.client("dynamodb").put_item(TableName=NAME, Item={**journal_key(shard), **journal})


def test_the_last_hour_adds_the_buckets_of_five_minutes(reader: StatisticsReader) -> None:
    for minutes, count in ((0, 1), (5, 10), (63, 100), (64, 1_000)):
        put(Grain.FIVE_MINUTES, NOW - timedelta(minutes=minutes), {Counter.SEND: count})
    put(Grain.HOURS, NOW, {Counter.SEND: 5})
    put(Grain.FIVE_MINUTES, NOW, {Counter.SEND: 7}, stream="default")
    found = reader.last_hour("marketing")
    assert found.sends == 111
    assert found.since == datetime(2026, 11, 24, 5, 10, tzinfo=UTC)
    assert reader.last_hour("default").sends == 7


def test_the_last_day_adds_the_hours(reader: StatisticsReader) -> None:
    for hours, count in ((0, 1), (23, 10), (24, 100), (25, 1_000)):
        put(Grain.HOURS, NOW - timedelta(hours=hours), {Counter.SEND: count})
    assert reader.last_day("marketing").sends == 111


def test_counts_in_journals_are_added_to_the_rows(reader: StatisticsReader) -> None:
    put(Grain.HOURS, NOW, {Counter.SEND: 100})
    put_journal({KEY: 10, KEY._replace(provider="yahoo"): 5, KEY._replace(stream="default"): 1_000})
    put_journal({KEY: 1, KEY._replace(minutes="2026-11-23T05:55"): 10_000}, shard="shard-2")
    found = reader.last_day("marketing")
    assert (found.sends, found.of_provider("yahoo").sends) == (116, 5)


def test_a_journal_has_counts_of_every_grain_and_campaign(reader: StatisticsReader) -> None:
    put_journal({KEY: 10, KEY._replace(campaign="launch"): 1})
    assert reader.last_hour("marketing").sends == 11
    assert reader.last_hour("marketing", "launch").sends == 1
    (day,) = reader.series(Grain.DAYS, NOW, NOW, stream="marketing")
    assert (day.sends, day.since) == (11, datetime(2026, 11, 24, tzinfo=UTC))
    assert day.until == datetime(2026, 11, 25, tzinfo=UTC)


def test_counts_that_move_while_they_are_read_are_read_once(reader: StatisticsReader, calls: MotoCalls) -> None:
    """The worker moves them before the rows are read, between the journals' two readings."""
    put_journal({KEY: 10})

    def move(_: str) -> None:
        if len(calls.made) == 2:
            put_journal({}, moves=1)
            put(Grain.HOURS, NOW, {Counter.SEND: 10})

    calls.before = move
    assert reader.last_day("marketing").sends == 10
    assert len(calls.made) == 5


def test_counts_that_move_after_the_rows_were_read_are_not_missed(reader: StatisticsReader, calls: MotoCalls) -> None:
    put_journal({KEY: 10})

    def move(_: str) -> None:
        if len(calls.made) == 3:
            put_journal({}, moves=1)
            put(Grain.HOURS, NOW, {Counter.SEND: 10})

    calls.before = move
    assert reader.last_day("marketing").sends == 10


def test_a_month_is_a_range_of_days(reader: StatisticsReader) -> None:
    for day in range(40):
        put(Grain.DAYS, NOW - timedelta(days=day), {Counter.SEND: 1, Counter.COMPLAINT: 2})
    found = reader.range(Grain.DAYS, NOW - timedelta(days=30), NOW, stream="marketing")
    assert (found.sends, found.complaints) == (31, 62)


def test_a_series_is_in_order_and_has_no_empty_buckets(reader: StatisticsReader) -> None:
    for hours in (3, 1):
        put(Grain.HOURS, NOW - timedelta(hours=hours), {Counter.SEND: hours})
    found = reader.series(Grain.HOURS, NOW - timedelta(hours=5), NOW, stream="marketing")
    assert [(each.since.hour, each.sends) for each in found] == [(3, 3), (5, 1)]


def test_a_campaign_is_read_apart_from_its_stream(reader: StatisticsReader) -> None:
    put(Grain.HOURS, NOW, {Counter.SEND: 3}, campaign="launch")
    put(Grain.HOURS, NOW, {Counter.SEND: 5})
    assert reader.last_day("marketing", "launch").sends == 3
    assert reader.last_day("marketing", "launch").campaign == "launch"
    assert reader.last_day("marketing").sends == 5


def test_the_campaigns_of_some_days_are_listed(reader: StatisticsReader) -> None:
    for day, names in (("2026-11-22", ["old"]), ("2026-11-23", ["b", "a"]), ("2026-11-24", ["b"])):
        item = {**campaigns_key("marketing", day), "names": {"SS": names}}
        boto3.client("dynamodb").put_item(TableName=NAME, Item=item)
    assert reader.campaigns("marketing", NOW - timedelta(days=1), NOW) == ["a", "b", "other"]
    assert reader.campaigns("default", NOW, NOW) == []


def test_pages_are_read_to_their_end(reader: StatisticsReader, calls: MotoCalls) -> None:
    for hours in range(4):
        put(Grain.HOURS, NOW - timedelta(hours=hours), {Counter.SEND: 1}, padding={"S": "x" * 390_000})
    assert reader.last_day("marketing").sends == 4
    assert len(calls.made) == 4


def test_an_error_that_stays_is_raised(reader: StatisticsReader, calls: MotoCalls) -> None:
    calls.faults = [("Query", error("ThrottlingException"))] * 3
    with pytest.raises(TableError, match="statistics table answers ThrottlingException"):
        reader.last_hour("marketing")


def test_an_error_that_passes_is_repeated(reader: StatisticsReader, calls: MotoCalls) -> None:
    put(Grain.HOURS, NOW, {Counter.SEND: 3})
    calls.faults = [("Query", error("ThrottlingException")), ("Query", None)]
    assert reader.last_day("marketing").sends == 3


def test_windows_that_are_read_together_share_one_reading_of_the_journals(
    reader: StatisticsReader, calls: MotoCalls
) -> None:
    put(Grain.HOURS, NOW, {Counter.SEND: 100})
    put(Grain.DAYS, NOW, {Counter.SEND: 500})
    put(Grain.HOURS, NOW, {Counter.SEND: 7}, stream="default")
    put_journal({KEY: 10, KEY._replace(stream="default"): 1})
    today = window_of(Grain.DAYS, NOW, NOW)

    found = reader.together([("marketing", last_day(NOW)), ("marketing", today), ("default", last_day(NOW))])

    assert [(each.stream, each.sends) for each in found] == [("marketing", 110), ("marketing", 510), ("default", 8)]
    assert calls.made == ["Query"] * 5
    assert reader.together([]) == []
