"""Times, as the tables hold them: ISO-8601 text in UTC with milliseconds, such as `2026-11-24T06:10:00.123Z`.

The order of these texts is the order of the times. Expiry alone is a number, because DynamoDB's TTL wants one.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta


def utc_milliseconds(moment: datetime) -> str:
    """The text of a moment. `moment` must have a time zone; what is finer than a millisecond is cut off."""
    return _utc_text(moment.astimezone(UTC))


def epoch_utc_milliseconds(seconds: float) -> str:
    """The text of a moment given in seconds since the epoch."""
    return _utc_text(datetime.fromtimestamp(seconds, UTC))


def epoch_seconds(text: str) -> float:
    """The seconds since the epoch at the moment that a table's text names."""
    return datetime.fromisoformat(text).timestamp()


def zone_or_utc(moment: datetime) -> datetime:
    """The same moment with a time zone: a time without one is taken as UTC, as SES means its times."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def utc_hours_back(since: datetime, until: datetime) -> Iterator[str]:
    """The hours in UTC that a span of time touches, newest first, each as in `2026-11-24T06`."""
    hour = until.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    while hour > since - timedelta(hours=1):
        yield hour.strftime("%Y-%m-%dT%H")
        hour -= timedelta(hours=1)


def _utc_text(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
