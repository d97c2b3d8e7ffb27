"""Mail that was sent: what the sender's workers counted, whether SES's count grew, and whether events follow."""

from __future__ import annotations

import operator
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import reduce

from ses_stack.guard.health import AccountHealth
from ses_stack.guard.memory import GuardMemory
from ses_stack.guard.ports import GuardTools
from ses_stack.guard.report import GuardReport
from ses_stack.guard.silence import SentSign
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
    signs = [SentSign(second, counts.message_id) for second, counts in (by_second or {}).items() if counts.recipients]
    if account and own is not None and account.count.has_grown_since(memory.ses, own=own) and memory.ses:
        signs.append(SentSign(memory.ses.read_at))
    signs.sort(key=lambda sign: sign.at)
    silence = report.attempt(
        "the newest event", lambda: memory.silence.after(signs, lambda sign: _is_answered(tools, sign, now))
    )
    is_known = by_second is not None and silence is not None
    after = replace(
        memory,
        counted_until=memory.counted_until if by_second is None else max(until, memory.counted_until),
        silence=memory.silence.after(signs, lambda _: False) if silence is None else silence,
        ses=account.count if account else memory.ses,
    )
    return FollowedMail(
        counts=None if by_second is None else _sum(by_second.values()),
        memory=after,
        silent=after.silence.is_silent(now, silent_seconds) if is_known else None,
    )


def _is_answered(tools: GuardTools, sign: SentSign, now: float) -> bool:
    """Whether the history has an event that follows the mail: of the message, or any of that time."""
    if sign.message_id and tools.history.has_event_of(sign.message_id):
        return True
    return tools.history.has_event_since(sign.event_since, now)


def _sum(counts: Iterable[SenderCounts]) -> SenderCounts:
    return reduce(operator.add, counts, SenderCounts())
