"""Buckets of time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from ses_stack.mail.times import utc_milliseconds
from ses_stack.statistics.grains import Grain, bucket_at, bucket_of, expires_at, start_of

TIME = "2026-11-24T06:13:59.999Z"
MOMENTS = st.datetimes(datetime(2011, 1, 1), datetime(2099, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


def test_a_time_has_one_bucket_of_each_grain() -> None:
    assert [bucket_of(grain, TIME) for grain in Grain] == ["2026-11-24T06:10", "2026-11-24T06", "2026-11-24"]


def test_a_bucket_is_in_utc() -> None:
    moment = datetime(2026, 11, 24, 1, 4, tzinfo=timezone(timedelta(hours=2)))
    assert [bucket_at(grain, moment) for grain in Grain] == ["2026-11-23T23:00", "2026-11-23T23", "2026-11-23"]


def test_counters_are_kept_three_days_ninety_days_and_two_years() -> None:
    kept = {grain: expires_at(grain, bucket_of(grain, TIME)) for grain in Grain}
    assert kept == {
        Grain.FIVE_MINUTES: int(datetime(2026, 11, 27, 6, 10, tzinfo=UTC).timestamp()),
        Grain.HOURS: int(datetime(2027, 2, 22, 6, tzinfo=UTC).timestamp()),
        Grain.DAYS: int(datetime(2028, 11, 23, tzinfo=UTC).timestamp()),
    }


@given(moment=MOMENTS)
def test_a_bucket_holds_its_moments(moment: datetime) -> None:
    for grain in Grain:
        start = start_of(bucket_of(grain, utc_milliseconds(moment)))
        assert start <= moment < start + grain.length


@given(one=MOMENTS, other=MOMENTS)
def test_buckets_are_in_the_order_of_time(one: datetime, other: datetime) -> None:
    first, last = sorted((one, other))
    for grain in Grain:
        assert bucket_at(grain, first) <= bucket_at(grain, last)
