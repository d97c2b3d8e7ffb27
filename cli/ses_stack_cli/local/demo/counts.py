"""The demonstration's figures: requests, published and stored events, lanes, the rate."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from ses_stack.mail.event_types import EventType
from ses_stack.sending.outcomes.ledger import LedgerEntry, RequestStatus
from ses_stack.statistics.windows import StreamCounts
from ses_stack_cli.local.demo.campaign import MESSAGES

SETTLED = frozenset({RequestStatus.SENT, RequestStatus.SUPPRESSED, RequestStatus.EXPIRED, RequestStatus.FAILED})
_TYPES = tuple(kind for kind in EventType if kind is not EventType.UNKNOWN)


@dataclass(frozen=True, slots=True)
class DemonstrationCount:
    """The ledger's rows, and rows of history per event type.

    `published`: the rows that the simulator's events make. `stored`: the rows in the table. `pending`: events that the
    simulator has yet to publish. `waiting`: messages in the suppression queue.
    """

    ledger: Sequence[LedgerEntry]
    published: Counter[str]
    stored: Counter[str]
    pending: int
    waiting: int

    @property
    def settled(self) -> int:
        """The number of requests with a final status."""
        return sum(entry.status in SETTLED for entry in self.ledger)

    @property
    def complete(self) -> bool:
        """Whether every request is settled, and the stored events are those that were published."""
        equal = all(self.published[kind] == self.stored[kind] for kind in _TYPES)
        return equal and self.settled == MESSAGES and self.pending == 0

    @property
    def every_type(self) -> bool:
        """Whether all ten types occurred."""
        return all(self.published[kind] > 0 for kind in _TYPES)


@dataclass(frozen=True, slots=True)
class CampaignCounters:
    """The counters of the demonstration's campaign by stream. `stored`: the events in the history that they count.

    Mail to the mailbox simulator is in neither: it is counted apart from all streams and campaigns.
    """

    streams: Sequence[StreamCounts]
    stored: int

    @property
    def complete(self) -> bool:
        """Whether each event is counted, and none twice."""
        return sum(counts.events for counts in self.streams) == self.stored


@dataclass(frozen=True, slots=True)
class LaneWaits:
    """A lane's messages: how many were sent, and the seconds from the queue to SES."""

    name: str
    sent: int
    median_seconds: float
    longest_seconds: float


def lane_waits(ledger: Sequence[LedgerEntry]) -> list[LaneWaits]:
    """The waits of each lane, by its name."""
    waits: dict[str, list[float]] = {}
    for entry in ledger:
        if entry.sent_at is not None:
            waits.setdefault(entry.lane, []).append(entry.sent_at - entry.queued_at)
    return [LaneWaits(lane, len(seconds), median(seconds), max(seconds)) for lane, seconds in sorted(waits.items())]


def sending_rate(ledger: Sequence[LedgerEntry]) -> float:
    """Recipients per second, between the first sent message and the last."""
    sent = sorted((entry.sent_at, entry.recipients) for entry in ledger if entry.sent_at is not None)
    duration = sent[-1][0] - sent[0][0] if sent else 0.0
    return sum(recipients for _, recipients in sent[1:]) / duration if duration else 0.0
