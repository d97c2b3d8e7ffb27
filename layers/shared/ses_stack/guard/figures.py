"""A stream's figures: which windows of the counters the guard reads, and the evidence in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ses_stack.guard.decisions import StreamEvidence, fresh_since
from ses_stack.guard.policy import Cause
from ses_stack.guard.ports import GuardedCounters
from ses_stack.statistics.grains import Grain
from ses_stack.statistics.windows import StreamCounts, TimeWindow, last_day, last_hour, window_of

_DAYS_BEFORE = max(cause.latest_days for cause in Cause)


@dataclass(frozen=True, slots=True)
class StreamFigures:
    """The last hour's counters of a stream, and the evidence of the last day and the days before."""

    hour: StreamCounts
    evidence: StreamEvidence


@dataclass(frozen=True, slots=True)
class FigureRequest:
    """A stream, and the moments at which operators saw its events: it was resumed, or they were warned."""

    stream: str
    seen: Sequence[datetime] = ()

    def fresh_since(self, now: datetime) -> datetime | None:
        """From when on the stream's events are new to operators."""
        return fresh_since(*self.seen, window=last_day(now))

    def windows(self, now: datetime) -> list[TimeWindow]:
        """The windows to read: the last hour, the last day, each of the days before, and what is new, if any."""
        days = [now - timedelta(days=number) for number in range(1, _DAYS_BEFORE + 1)]
        windows = [last_hour(now), last_day(now), *(window_of(Grain.DAYS, day, day) for day in days)]
        since = self.fresh_since(now)
        return windows if since is None or since > now else [*windows, window_of(Grain.FIVE_MINUTES, since, now)]

    def figures(self, counts: Sequence[StreamCounts], now: datetime) -> StreamFigures:
        """The figures, of the counters in the windows."""
        hour, day, *rest = counts
        before, new = rest[:_DAYS_BEFORE], rest[_DAYS_BEFORE:]
        fresh = new[0] if new else None
        if fresh is None and self.fresh_since(now) is not None:
            fresh = StreamCounts(stream=self.stream, since=now, until=now)
        days_before = [each.sends for each in before]
        return StreamFigures(hour, StreamEvidence(day=day, days_before=days_before, fresh=fresh))


def read_figures(
    counters: GuardedCounters, requests: Sequence[FigureRequest], now: datetime
) -> dict[str, StreamFigures]:
    """The figures of streams, all of one moment. Raises `TableError`."""
    wanted = {request.stream: request.windows(now) for request in requests}
    counts = iter(counters.together([(stream, window) for stream, windows in wanted.items() for window in windows]))
    return {
        request.stream: request.figures([next(counts) for _ in wanted[request.stream]], now) for request in requests
    }
