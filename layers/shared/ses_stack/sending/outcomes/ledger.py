"""The ledger: one row per send request, with its status.

A worker claims the row before it calls SES, and settles it after SES's answer. Claims are numbered, and every change
names the status and the claim that the row must have, so that two workers never both act on one request.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum


class RequestStatus(StrEnum):
    """A request's status. The last four are final, unless an operator redrives the dead letter."""

    SENDING = "sending"
    DEFERRED = "deferred"
    SENT = "sent"
    SUPPRESSED = "suppressed"
    EXPIRED = "expired"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """One request's row. Moments are the epoch's seconds.

    `recipient` is the key of the first recipient, as long as the request is unsent. `further_recipients` are the keys
    of the others: a worker knows them from the request, and a row that was read does not name them.
    `claim` is the number of claims, `claimed_at` the moment of the last one. `in_doubt` is how many earlier claims
    have no known outcome. `deferrals` is the number of deferrals; `until` and `deferral` are the end and the reason of
    the last one, and stay when the message is sent. An end that depends on an operator is None. `reason` is why the
    request failed, expired or has no known outcome. `suppressed` maps each suppressed address to its reason.
    `evidence_at` is the moment of the SES event that proved the outcome.
    """

    request_id: str
    status: RequestStatus
    stream: str
    lane: str
    recipients: int
    queued_at: float
    changed_at: float
    recipient: str | None = None
    further_recipients: tuple[str, ...] = ()
    claim: int = 0
    in_doubt: int = 0
    claimed_at: float | None = None
    sent_at: float | None = None
    message_id: str | None = None
    reason: str | None = None
    until: float | None = None
    deferral: str | None = None
    deferrals: int = 0
    suppressed: Mapping[str, str] = field(default_factory=dict)
    evidence_at: float | None = None


def is_unsent(entry: LedgerEntry) -> bool:
    """Whether a request is held up or over without having been sent, so that it is listed under its recipients.

    Not while a worker sends it for the first time: a request that is sent at once is never listed, and costs nothing.
    """
    if entry.status is RequestStatus.SENDING:
        return bool(entry.deferrals or entry.reason)
    return entry.status is not RequestStatus.SENT


@dataclass(frozen=True, slots=True)
class LedgerChange:
    """A row's new state. `expected` is the row before it, by status and claim; None: there must be no row yet."""

    entry: LedgerEntry
    expected: LedgerEntry | None


class Step(StrEnum):
    """What the worker does with a request that has a row."""

    CLAIM = "claim"
    DROP = "drop"
    WAIT = "wait"
    GIVE_UP = "give up"


@dataclass(frozen=True, slots=True)
class Decision:
    """The next step; `until` is the end of `Step.WAIT`."""

    step: Step
    until: float = 0.0


# After so many calls of SES without an answer or a Send event, the request is given up.
MOST_CALLS_IN_DOUBT = 3


def next_step(
    entry: LedgerEntry, *, now: float, evidence_seconds: float, redriven: bool, may_send_twice: bool
) -> Decision:
    """What the worker does with a request that has a row.

    A row that is `sending` belongs to a worker that stopped, or that got no answer: SES may have sent the message. The
    Send event settles such a row within `evidence_seconds`. Without one, the request is sent again if `may_send_twice`
    or an operator asks for it; but only a few times, for SES may have sent the message each time.
    """
    match entry.status:
        case RequestStatus.DEFERRED:
            return Decision(Step.CLAIM)
        case RequestStatus.FAILED | RequestStatus.UNKNOWN if redriven:
            return Decision(Step.CLAIM)
        case RequestStatus.SENDING:
            until = (entry.claimed_at or entry.changed_at) + evidence_seconds
            if now < until:
                return Decision(Step.WAIT, until)
            may_send = (may_send_twice or redriven) and entry.in_doubt + 1 < MOST_CALLS_IN_DOUBT
            return Decision(Step.CLAIM if may_send else Step.GIVE_UP)
    return Decision(Step.DROP)


def claimed(entry: LedgerEntry, now: float) -> LedgerEntry:
    """The row while SES is called. The claim before it is in doubt if SES may have sent the message."""
    return replace(
        entry,
        status=RequestStatus.SENDING,
        claim=entry.claim + 1,
        in_doubt=entry.in_doubt + (entry.status in {RequestStatus.SENDING, RequestStatus.UNKNOWN}),
        claimed_at=now,
        changed_at=now,
    )


def sent(entry: LedgerEntry, now: float, message_id: str) -> LedgerEntry:
    """The row after SES has accepted the message."""
    return replace(entry, status=RequestStatus.SENT, sent_at=now, changed_at=now, message_id=message_id, reason=None)


def deferred(entry: LedgerEntry, now: float, *, until: float | None, reason: str) -> LedgerEntry:
    """The row of a request that is requeued, to be sent later. `until` is None if an operator decides."""
    return replace(
        entry,
        status=RequestStatus.DEFERRED,
        changed_at=now,
        until=until,
        deferral=reason,
        deferrals=entry.deferrals + 1,
    )


def ended(entry: LedgerEntry, status: RequestStatus, now: float, reason: str) -> LedgerEntry:
    """The row of a request that is over without having been sent."""
    return replace(entry, status=status, changed_at=now, reason=reason)
