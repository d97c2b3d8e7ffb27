"""The streams as operators see them: each one's rates, how it stands by them, and whether it is paused."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

from ses_stack.guard.decisions import StreamEvidence, StreamHealth, health
from ses_stack.guard.figures import FigureRequest, read_figures
from ses_stack.guard.policy import Cause, GuardPolicy
from ses_stack.guard.ports import GuardedCounters
from ses_stack.mail.streams import STREAMS
from ses_stack.sending.limits.account_limits import KnownLimits
from ses_stack.sending.limits.stream_pauses import StreamPause
from ses_stack.statistics.rates import EventRate


@dataclass(frozen=True, slots=True)
class StreamRate:
    """One rate of a stream. `threshold` is the rate from which it is critical."""

    rate: EventRate
    threshold: float
    health: StreamHealth


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamStatus:
    """A stream. `pause` is what the workers know; `is_refused`: SES refuses its mail.

    `guard_pauses`: the guard pauses the stream if it is critical; otherwise it warns. `resumed_at` is when an operator
    last resumed it, within the counted day: the guard counts from then on.
    """

    stream: str
    sends: int
    hard_bounces: StreamRate
    complaints: StreamRate
    pause: StreamPause | None
    is_refused: bool
    guard_pauses: bool
    resumed_at: float | None


def stream_statuses(
    counters: GuardedCounters,
    known: KnownLimits,
    *,
    refused: Collection[str],
    policy: GuardPolicy,
    now: datetime,
) -> list[StreamStatus]:
    """All streams. `refused` are those whose mail SES refuses. Raises `TableError`."""
    figures = read_figures(counters, [FigureRequest(stream) for stream in STREAMS], now)
    return [_status(figures[stream].evidence, known, stream in refused, policy) for stream in STREAMS]


def _status(evidence: StreamEvidence, known: KnownLimits, is_refused: bool, policy: GuardPolicy) -> StreamStatus:
    stream = evidence.stream
    resumed_at = known.resumed.get(stream)
    is_recent = resumed_at is not None and datetime.fromtimestamp(resumed_at, UTC) >= evidence.day.since
    return StreamStatus(
        stream=stream,
        sends=evidence.day.sends,
        hard_bounces=_rate(evidence, Cause.HARD_BOUNCES, policy),
        complaints=_rate(evidence, Cause.COMPLAINTS, policy),
        pause=known.pauses.get(stream),
        is_refused=is_refused,
        guard_pauses=policy.may_pause(stream),
        resumed_at=resumed_at if is_recent else None,
    )


def _rate(evidence: StreamEvidence, cause: Cause, policy: GuardPolicy) -> StreamRate:
    rate = evidence.rate(cause)
    return StreamRate(rate, policy.threshold(cause), health(rate, cause, policy))
