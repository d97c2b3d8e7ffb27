"""The ledger: one row per send request, and where it stands.

A row is claimed before SES is called and settled after. Only its own claim may settle it: each claim has a number, and
every change names the status and the claim that it follows from, so that two workers never both act on one request.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum


class RequestStatus(StrEnum):
    """Where a request stands. The last four are final, but for a failed one that an operator puts back."""

    SENDING = "sending"
    DEFERRED = "deferred"
    SENT = "sent"
    SUPPRESSED = "suppressed"
    EXPIRED = "expired"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """One request. Moments are the epoch's seconds.

    `claim` counts the claims; `claimed_at` is the last one's. `until`, `deferrals` and `deferral` speak of the last
    deferral, and stay when the mail is sent. `reason` says why a request failed, expired or is in doubt. `suppressed`
    maps addresses that were left out to why. `evidence_at`: when SES's own event proved what became of it.
    """

    request_id: str
    status: RequestStatus
    stream: str
    lane: str
    recipients: int
    queued_at: float
    changed_at: float
    claim: int = 0
    claimed_at: float | None = None
    sent_at: float | None = None
    message_id: str | None = None
    reason: str | None = None
    until: float | None = None
    deferral: str | None = None
    deferrals: int = 0
    suppressed: Mapping[str, str] = field(default_factory=dict)
    evidence_at: float | None = None


@dataclass(frozen=True, slots=True)
class LedgerChange:
    """A row's new state. `over` is what it must be before, to the claim; None: there is no row."""

    entry: LedgerEntry
    over: LedgerEntry | None


class Step(StrEnum):
    """What to do with a request whose row is already there."""

    CLAIM = "claim"
    DROP = "drop"
    WAIT = "wait"
    GIVE_UP = "give up"


@dataclass(frozen=True, slots=True)
class Found:
    """What a row that is already there asks for; `until` for `Step.WAIT`."""

    step: Step
    until: float = 0.0


# Calls of SES without an answer, and without a Send event, after which nobody asks again.
MOST_DOUBTS = 3


def found(entry: LedgerEntry, *, now: float, evidence_seconds: float, redriven: bool, again: bool) -> Found:
    """What a request that arrives, and has a row, asks for.

    A row that is `sending` was claimed by a worker that died, or got no answer: SES may have the mail. Its Send event
    settles the row. When it stays out, `again` says whether the stream rather sends twice than not at all; but not
    without end, for SES may have taken the mail each time.
    """
    match entry.status:
        case RequestStatus.DEFERRED:
            return Found(Step.CLAIM)
        case RequestStatus.FAILED | RequestStatus.UNKNOWN if redriven:
            return Found(Step.CLAIM)
        case RequestStatus.SENDING:
            until = (entry.claimed_at or entry.changed_at) + evidence_seconds
            if now < until:
                return Found(Step.WAIT, until)
            return Found(Step.CLAIM if (again or redriven) and _doubts(entry) < MOST_DOUBTS else Step.GIVE_UP)
    return Found(Step.DROP)


def _doubts(entry: LedgerEntry) -> int:
    """How many claims of a row that is `sending` have no known end, at least: a deferral followed each other one."""
    return entry.claim - entry.deferrals


def claimed(entry: LedgerEntry, now: float) -> LedgerEntry:
    """The row while SES is called."""
    return replace(entry, status=RequestStatus.SENDING, claim=entry.claim + 1, claimed_at=now, changed_at=now)


def sent(entry: LedgerEntry, now: float, message_id: str) -> LedgerEntry:
    """The row after SES took the mail."""
    return replace(entry, status=RequestStatus.SENT, sent_at=now, changed_at=now, message_id=message_id, reason=None)


def deferred(entry: LedgerEntry, now: float, *, until: float, why: str) -> LedgerEntry:
    """The row of a request that was put back for later."""
    return replace(
        entry, status=RequestStatus.DEFERRED, changed_at=now, until=until, deferral=why, deferrals=entry.deferrals + 1
    )


def ended(entry: LedgerEntry, status: RequestStatus, now: float, reason: str) -> LedgerEntry:
    """The row of a request that is over without having been sent."""
    return replace(entry, status=status, changed_at=now, reason=reason)
