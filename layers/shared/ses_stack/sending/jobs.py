"""The messages of a lane, and the jobs that the sender makes of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ses_stack.requests.request import SendRequest
from ses_stack.sending.outcomes.ledger import LedgerChange, LedgerEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneRecord:
    """One SQS message of a lane.

    `id` is the SQS message id. `queued_at` is the moment at which the request was first queued. `deferrals` counts the
    copies that the sender has made of it. `fault_seconds` is the time that it has been deferred because of faults.
    `received` is SQS's receive count. `redriven`: the message was a dead letter that an operator redrove. `group` is
    SQS's MessageGroupId.
    """

    id: str
    body: str = field(repr=False)
    queued_at: float
    deferrals: int = 0
    fault_seconds: int = 0
    received: int = 1
    redriven: bool = False
    group: str | None = None


@dataclass(frozen=True, slots=True)
class LaneCopy:
    """A copy of a record, to be queued with a delay. `fault_seconds` is the copy's `LaneRecord.fault_seconds`."""

    record: LaneRecord
    delay_seconds: int
    fault_seconds: int = 0


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A record for the dead-letter queue, and the reason."""

    record: LaneRecord
    reason: str


@dataclass(slots=True, kw_only=True)
class Job:
    """A send request on its way through one batch.

    `entry` is the request's ledger row as this worker knows it; `in_ledger`: the row exists. `claimed`: this worker
    has claimed the row. `is_disposed_of`: it has its disposition, the only one. `may_have_been_sent`: SES took the
    message from this worker, or did not answer.

    `recipients` are the keys of the addresses that may be mailed. `suppressed` are those that may not, each with its
    reason; None until the suppression list was asked. `slots` are the moments of its slots, and `due_at` is
    the last of them; it got them at `assigned_at`. `throttles` counts SES's throttle answers in this batch.
    `uses_shared_addresses`: it goes through SES's shared IP addresses, because the stream's own addresses are warming
    up. `is_alone`: it shares no call, because SES refused one that it shared.
    """

    record: LaneRecord
    request: SendRequest
    entry: LedgerEntry
    in_ledger: bool = False
    claimed: bool = False
    is_disposed_of: bool = False
    may_have_been_sent: bool = False
    recipients: frozenset[str] = frozenset()
    suppressed: Mapping[str, str] | None = None
    slots: tuple[float, ...] = ()
    due_at: float = 0.0
    assigned_at: float = 0.0
    throttles: int = 0
    uses_shared_addresses: bool = False
    is_alone: bool = False

    @property
    def recipient_count(self) -> int:
        """How many recipients SES will count."""
        return len(self.recipients)

    def change_to(self, entry: LedgerEntry) -> LedgerChange:
        """The change of the request's row to an entry, which names the addresses that this attempt leaves out."""
        if self.suppressed is not None and self.suppressed != entry.suppressed:
            entry = replace(entry, suppressed=self.suppressed)
        return LedgerChange(entry, self.entry if self.in_ledger else None)
