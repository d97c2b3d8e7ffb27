"""Mail that was sent: what the sender's workers counted, whether SES's count grew, and whether events follow."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import reduce

from ses_stack.guard.health import AccountHealth
from ses_stack.guard.memory import GuardMemory
from ses_stack.guard.ports import GuardTools
from ses_stack.guard.report import GuardReport
from ses_stack.guard.silence import SentSign, SesCount
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
    signs = _signs(by_second or {}, memory.ses, account, own)
    silence = report.attempt(
        "the newest event", lambda: memory.silence.after(signs, lambda sign: _is_answered(tools, sign, now))
    )
    after = replace(
        memory,
        counted_until=memory.counted_until if by_second is None else max(until, memory.counted_until),
        silence=silence or memory.silence.after(signs, lambda _: False),
        ses=account.count if account else memory.ses,
    )
    if by_second is None:
        return FollowedMail(counts=None, memory=after, silent=None)
    counts = reduce(operator.add, by_second.values(), SenderCounts())
    return FollowedMail(counts, after, silence.is_silent(now, silent_seconds) if silence else None)


def _signs(
    by_second: Mapping[int, SenderCounts], before: SesCount | None, account: AccountHealth | None, own: int | None
) -> list[SentSign]:
    """The signs of sent mail, in order of time. SES's count tells that mail was sent since it was last read."""
    signs = [SentSign(second, counts.message_id) for second, counts in by_second.items() if counts.recipients]
    if before and account and own is not None and account.count.has_grown_since(before, own=own):
        signs.append(SentSign(before.read_at))
    return sorted(signs, key=lambda sign: sign.at)


def _is_answered(tools: GuardTools, sign: SentSign, now: float) -> bool:
    """Whether the history has an event of the message; of any mail of that time, if no message is known."""
    if sign.message_id:
        return tools.history.has_event_of(sign.message_id)
    return tools.history.has_event_since(sign.event_since, now)
