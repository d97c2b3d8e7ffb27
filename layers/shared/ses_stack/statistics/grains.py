"""Grains: the lengths of time that are counted, and how long their counters are kept.

A bucket is one such length. Its name is the first part of the times in it, so that names are in the order of time.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum

from ses_stack.mail.times import utc_milliseconds


class Grain(StrEnum):
    """Five minutes, hours and days, all in UTC."""

    FIVE_MINUTES = "five_minutes"
    HOURS = "hours"
    DAYS = "days"

    @property
    def length(self) -> timedelta:
        """How long a bucket is."""
        return _LENGTHS[self]

    @property
    def kept(self) -> timedelta:
        """How long a bucket's counters are kept, counted from its start."""
        return _KEPT[self]


_LENGTHS = {
    Grain.FIVE_MINUTES: timedelta(minutes=5),
    Grain.HOURS: timedelta(hours=1),
    Grain.DAYS: timedelta(days=1),
}
_KEPT = {
    Grain.FIVE_MINUTES: timedelta(days=3),
    Grain.HOURS: timedelta(days=90),
    Grain.DAYS: timedelta(days=730),
}


def bucket_of(grain: Grain, time: str) -> str:
    """The bucket of a time as the tables hold it: `2026-11-24T06:10`, `2026-11-24T06` or `2026-11-24`."""
    match grain:
        case Grain.FIVE_MINUTES:
            return f"{time[:14]}{int(time[14:16]) // 5 * 5:02}"
        case Grain.HOURS:
            return time[:13]
        case Grain.DAYS:
            return time[:10]


def bucket_at(grain: Grain, moment: datetime) -> str:
    """The bucket of a moment, which must have a time zone."""
    return bucket_of(grain, utc_milliseconds(moment))


def start_of(bucket: str) -> datetime:
    """When a bucket starts, in UTC."""
    return datetime.fromisoformat(bucket).replace(tzinfo=UTC)


def expires_at(grain: Grain, bucket: str) -> int:
    """When DynamoDB may delete a bucket's counters, in epoch seconds."""
    return int((start_of(bucket) + grain.kept).timestamp())
