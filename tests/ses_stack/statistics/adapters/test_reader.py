"""Reading counters, on moto."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import boto3
import pytest

from ses_stack.aws.retry import Retrying
from ses_stack.errors import TableError
from ses_stack.statistics.adapters.reader import StatisticsReader
from ses_stack.statistics.adapters.rows import campaigns_key, counter_name, counters_key
from ses_stack.statistics.counters import Counter
from ses_stack.statistics.grains import Grain, bucket_at
from tests.ses_stack.statistics.adapters.conftest import NAME
from tests.support.moto_calls import MotoCalls, error

NOW = datetime(2026, 11, 24, 6, 13, tzinfo=UTC)


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
    shard: str = "shardId-1",
) -> None:
    key = counters_key(grain, bucket_at(grain, moment), stream, campaign, shard=shard)
    values = {counter_name("gmail", counter): {"N": str(count)} for counter, count in counters.items()}
    boto3.client("dynamodb").put_item(TableName=NAME, Item={**key, **values})


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


def test_the_rows_of_several_shards_are_one_bucket(reader: StatisticsReader) -> None:
    for number in range(50):
        put(Grain.DAYS, NOW, {Counter.SEND: 1}, shard=f"shardId-{number}")
    (day,) = reader.series(Grain.DAYS, NOW, NOW, stream="marketing")
    assert 1 < day.sends <= 8
    assert (day.since, day.until) == (datetime(2026, 11, 24, tzinfo=UTC), datetime(2026, 11, 25, tzinfo=UTC))


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
        key = counters_key(Grain.HOURS, bucket_at(Grain.HOURS, NOW - timedelta(hours=hours)), "default", "", shard="1")
        item = {**key, counter_name("gmail", Counter.SEND): {"N": "1"}, "padding": {"S": "x" * 390_000}}
        boto3.client("dynamodb").put_item(TableName=NAME, Item=item)
    assert reader.last_day("default").sends == 4
    assert calls.made.count("Query") == 2


def test_an_error_that_stays_is_raised(reader: StatisticsReader, calls: MotoCalls) -> None:
    calls.faults = [("Query", error("ThrottlingException"))] * 3
    with pytest.raises(TableError, match="statistics table answers ThrottlingException"):
        reader.last_hour("marketing")


def test_an_error_that_passes_is_repeated(reader: StatisticsReader, calls: MotoCalls) -> None:
    put(Grain.HOURS, NOW, {Counter.SEND: 3})
    calls.faults = [("Query", error("ThrottlingException")), ("Query", None)]
    assert reader.last_day("marketing").sends == 3
