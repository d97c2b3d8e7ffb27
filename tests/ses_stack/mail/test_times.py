"""Times as the tables hold them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from itertools import islice

import pytest

from ses_stack.mail.times import epoch_seconds, epoch_utc_milliseconds, utc_hours_back, utc_milliseconds, zone_or_utc

IN_INDIA = timezone(timedelta(hours=5, minutes=30))


@pytest.mark.parametrize(
    ("moment", "written"),
    [
        (datetime(2026, 11, 24, 6, 10, tzinfo=UTC), "2026-11-24T06:10:00.000Z"),
        (datetime(2026, 11, 24, 6, 10, 0, 123_999, tzinfo=timezone(timedelta(hours=2))), "2026-11-24T04:10:00.123Z"),
        (datetime(1, 1, 1, tzinfo=UTC), "0001-01-01T00:00:00.000Z"),
    ],
)
def test_moments_are_written_in_utc(moment: datetime, written: str) -> None:
    assert utc_milliseconds(moment) == written


def test_epoch_seconds_and_texts_are_the_same_moments() -> None:
    assert epoch_utc_milliseconds(1_795_500_600.25) == "2026-11-24T06:10:00.250Z"
    assert epoch_seconds("2026-11-24T06:10:00.250Z") == 1_795_500_600.25


def test_a_time_without_a_zone_is_taken_as_utc() -> None:
    assert zone_or_utc(datetime.fromisoformat("2026-11-24T06:10:00")) == datetime(2026, 11, 24, 6, 10, tzinfo=UTC)


def test_a_zone_is_kept() -> None:
    moment = datetime(2026, 11, 24, 6, 10, tzinfo=IN_INDIA)

    assert zone_or_utc(moment) is moment


@pytest.mark.parametrize(
    ("since", "until", "hours"),
    [
        ("2026-11-24T06:59:59Z", "2026-11-24T08:00:00Z", ["2026-11-24T08", "2026-11-24T07", "2026-11-24T06"]),
        ("2026-11-24T06:00:00Z", "2026-11-24T06:00:00Z", ["2026-11-24T06"]),
        ("2026-11-23T23:30:00Z", "2026-11-24T00:10:00Z", ["2026-11-24T00", "2026-11-23T23"]),
        ("2026-11-24T12:15:00+05:30", "2026-11-24T12:45:00+05:30", ["2026-11-24T07", "2026-11-24T06"]),
        ("2026-11-24T09:00:00Z", "2026-11-24T07:30:00Z", []),
    ],
)
def test_hours_are_counted_back_in_utc(since: str, until: str, hours: list[str]) -> None:
    assert list(utc_hours_back(datetime.fromisoformat(since), datetime.fromisoformat(until))) == hours


def test_hours_are_made_only_as_they_are_asked_for() -> None:
    hours = utc_hours_back(datetime(1970, 1, 1, tzinfo=UTC), datetime(2026, 11, 24, 6, tzinfo=UTC))

    assert list(islice(hours, 2)) == ["2026-11-24T06", "2026-11-24T05"]
