"""Mail that was sent: what the sender's workers counted, whether SES's count grew, and whether events follow."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from ses_stack.guard.health import AccountHealth
from ses_stack.guard.memory import GuardMemory
from ses_stack.guard.ports import GuardTools
from ses_stack.guard.report import GuardReport
from ses_stack.sending.limits.rate import SenderCounts

# A worker adds to the row of the second in which its batch ends: the rows of the last moments may still grow.
_SETTLING_SECONDS = 2
_FIRST_SECONDS, _MOST_SECONDS = 60, 300


@dataclass(frozen=True, slots=True)
class FollowedMail:
    """What the workers counted since the last run, the memory after it, and whether events are silent.

    None: it is not known.
    """

    counts: SenderCounts | None
    memory: GuardMemory
    silent: bool | None


def follow_mail(
    tools: GuardTools,
    memory: GuardMemory,
    account: AccountHealth | None,
    report: GuardReport,
    *,
    own: int | None,
    now: float,
    silent_seconds: float,
) -> FollowedMail:
    """Follows the mail since the last run. `own` is this stack's mail of the last day, None if that is not known."""
    until = int(now) - _SETTLING_SECONDS
    since = max(memory.counted_until or until - _FIRST_SECONDS, until - _MOST_SECONDS)
    by_second = report.attempt("the sender's counts", lambda: tools.store.sender_counts(since, until))
    sent = [float(second) for second, counts in (by_second or {}).items() if counts.recipients]
    if account and own is not None and account.count.has_grown_since(memory.ses, own=own) and memory.ses:
        sent.append(memory.ses.read_at)
    span = (min(sent), max(sent)) if sent else None
    silence = report.attempt(
        "the newest event",
        lambda: memory.silence.after(span, lambda moment: tools.history.has_event_since(moment, now)),
    )
    is_known = by_second is not None and silence is not None
    after = replace(
        memory,
        counted_until=memory.counted_until if by_second is None else max(until, memory.counted_until),
        silence=memory.silence.after(span, lambda _: False) if silence is None else silence,
        ses=account.count if account else memory.ses,
    )
    return FollowedMail(
        counts=None if by_second is None else _sum(by_second.values()),
        memory=after,
        silent=after.silence.is_silent(now, silent_seconds) if is_known else None,
    )


def _sum(counts: Iterable[SenderCounts]) -> SenderCounts:
    found = list(counts)
    return SenderCounts(
        recipients=sum(each.recipients for each in found),
        deferrals=sum(each.deferrals for each in found),
        throttles=sum(each.throttles for each in found),
    )
