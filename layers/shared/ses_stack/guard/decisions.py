"""Decisions: whether a stream's own bounces or complaints are critical beyond doubt.

Beyond doubt means: enough mail, enough events, and a rate that lies above the threshold even at the lower bound of its
95% interval. What is not known is never a verdict.

An event is counted when it happens, which may be days after its mail was sent. So today's events are compared with the
busiest of the days whose mail they may be about: a campaign's late complaints say nothing about the few messages that
followed it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from ses_stack.guard.policy import Cause, GuardPolicy
from ses_stack.statistics.grains import Grain, bucket_at, start_of
from ses_stack.statistics.rates import EventRate
from ses_stack.statistics.windows import StreamCounts, TimeWindow

# A rate of less mail says little, whatever its interval: one message to several recipients of one provider makes
# several complaints.
MINIMUM_SENDS = 50
# The guard warns about a stream that it may not pause at most this often.
_WARNING_INTERVAL = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamEvidence:
    """What is known about one stream.

    `day` counts the last day, and `days_before` the mail of each of the whole days before, the latest first. `fresh`
    counts what came after an operator resumed the stream, or after the guard warned about it; None: neither happened
    within that day.
    """

    day: StreamCounts
    days_before: Sequence[int] = ()
    fresh: StreamCounts | None = None

    @property
    def stream(self) -> str:
        """The stream's name."""
        return self.day.stream

    def volume(self, cause: Cause) -> int:
        """The most mail that was sent on one of the days whose mail the last day's events may be about."""
        return max(self.day.sends, *self.days_before[: cause.latest_days], 0)

    def rate(self, cause: Cause) -> EventRate:
        """The rate of the last day."""
        return EventRate(self.day.total(cause.counter), self.volume(cause))

    def new_rate(self, cause: Cause) -> EventRate:
        """The rate of those events alone that no operator has seen yet."""
        counts = self.day if self.fresh is None else self.fresh
        return EventRate(min(counts.total(cause.counter), self.day.total(cause.counter)), self.volume(cause))


class StreamHealth(StrEnum):
    """How a stream stands."""

    HEALTHY = "healthy"
    UNSURE = "too little mail"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class CriticalRate:
    """A rate of a stream that is critical beyond doubt."""

    stream: str
    cause: Cause
    rate: EventRate
    threshold: float


def is_critical(rate: EventRate, cause: Cause, policy: GuardPolicy) -> bool:
    """Whether a rate is critical beyond doubt."""
    enough = rate.volume >= MINIMUM_SENDS and rate.count >= cause.minimum_count
    return enough and rate.lower > policy.threshold(cause)


def health(rate: EventRate, cause: Cause, policy: GuardPolicy) -> StreamHealth:
    """How a stream stands by one rate, for operators: `UNSURE` if the rate is too high, but not beyond doubt."""
    if is_critical(rate, cause, policy):
        return StreamHealth.CRITICAL
    return StreamHealth.UNSURE if rate.value > policy.threshold(cause) else StreamHealth.HEALTHY


def critical_rate(evidence: StreamEvidence, policy: GuardPolicy) -> CriticalRate | None:
    """The rate for which the stream must be paused or warned about; None if there is none.

    Both the last day and the events that no operator has seen must be critical by themselves. Complaints come first:
    mailbox providers act on fewer of them.
    """
    for cause in (Cause.COMPLAINTS, Cause.HARD_BOUNCES):
        rate = evidence.new_rate(cause)
        if is_critical(rate, cause, policy) and is_critical(evidence.rate(cause), cause, policy):
            return CriticalRate(evidence.stream, cause, rate, policy.threshold(cause))
    return None


def fresh_since(*seen: datetime | None, window: TimeWindow) -> datetime | None:
    """From when on events are new to operators, by the moments at which they saw the older ones; None: all of a window.

    Counters are kept for five minutes together: the bucket in which an operator resumed the stream is not new.
    """
    latest = max((moment for moment in seen if moment), default=None)
    if latest is None or latest < window.since:
        return None
    return start_of(bucket_at(Grain.FIVE_MINUTES, latest)) + Grain.FIVE_MINUTES.length


def may_warn(warned_at: datetime | None, now: datetime) -> bool:
    """Whether the last warning about a stream is long enough ago."""
    return warned_at is None or now >= warned_at + _WARNING_INTERVAL
