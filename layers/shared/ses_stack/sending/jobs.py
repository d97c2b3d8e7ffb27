"""What the sender works on: messages of a lane, and the requests that they carry."""

from __future__ import annotations

from dataclasses import dataclass, field

from ses_stack.requests.request import SendRequest
from ses_stack.sending.ledger import LedgerEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneRecord:
    """One message of a lane. `queued_at` is when its request was first queued, `deferrals` how many copies were made.

    `waited`: seconds that it was put back for what somebody must mend. `redriven`: it was a dead letter, and somebody
    put it back.
    """

    id: str
    body: str = field(repr=False)
    queued_at: float
    deferrals: int = 0
    waited: int = 0
    received: int = 1
    redriven: bool = False
    group: str | None = None


@dataclass(frozen=True, slots=True)
class LaneCopy:
    """A record to be queued again, hidden for `delay` seconds. `waited` is its new `LaneRecord.waited`."""

    record: LaneRecord
    delay: int
    waited: int = 0


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A record to become a dead letter, and why."""

    record: LaneRecord
    reason: str


@dataclass(slots=True, kw_only=True)
class Job:
    """A request on its way through one batch."""

    record: LaneRecord
    request: SendRequest
    entry: LedgerEntry
    exists: bool = False
    claimed: bool = False
    recipients: frozenset[str] = frozenset()
    due: float = 0.0
    throttled: int = 0
    # Through SES's shared addresses instead of the stream's own: those are warming up.
    shared: bool = False

    @property
    def count(self) -> int:
        """The recipients that SES will count."""
        return len(self.recipients)
