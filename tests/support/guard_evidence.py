"""What the guard knows of a stream, for the tests of its decisions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from ses_stack.guard.decisions import StreamEvidence
from ses_stack.statistics.counters import Counter
from ses_stack.statistics.windows import StreamCounts

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


def counts(
    *, sends: int = 0, complaints: int = 0, bounces: int = 0, stream: str = "marketing", provider: str = "gmail"
) -> StreamCounts:
    """The last day's counters of a stream, all at one provider."""
    counters = {Counter.SEND: sends, Counter.COMPLAINT: complaints, Counter.HARD_BOUNCE: bounces}
    return StreamCounts(stream=stream, since=NOW - timedelta(days=1), until=NOW, by_provider={provider: counters})


def evidence(
    *,
    sends: int,
    complaints: int = 0,
    bounces: int = 0,
    days_before: Sequence[int] = (),
    fresh: StreamCounts | None = None,
    stream: str = "marketing",
) -> StreamEvidence:
    """What was counted for a stream."""
    day = counts(sends=sends, complaints=complaints, bounces=bounces, stream=stream)
    return StreamEvidence(day=day, days_before=days_before, fresh=fresh)
