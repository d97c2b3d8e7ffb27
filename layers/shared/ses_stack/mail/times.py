"""Times as the tables hold them."""

from __future__ import annotations

from datetime import UTC, datetime


def utc_milliseconds(moment: datetime) -> str:
    """A moment as the tables hold it: `2026-11-24T06:10:00.123Z`. Text order is then time order."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
