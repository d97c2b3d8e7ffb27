"""What the guard needs from outside: protocols of its collaborators. The adapters implement them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ses_stack.guard.health import AccountHealth
from ses_stack.guard.memory import GuardMemory, GuardRecord
from ses_stack.guard.policy import Cause
from ses_stack.guard.samples import EventSample
from ses_stack.guard.wording import Notification
from ses_stack.sending.limits.rate import SenderCounts
from ses_stack.sending.limits.stream_pauses import StreamPause
from ses_stack.statistics.windows import StreamCounts, TimeWindow


class GuardedCounters(Protocol):
    """The counters of the statistics."""

    def together(self, wanted: Sequence[tuple[str, TimeWindow]]) -> Sequence[StreamCounts]:
        """The counters of streams in windows. Raises `TableError`."""


class GuardedAccount(Protocol):
    """SES's account and its configuration sets. Each method raises `ServiceError`."""

    def health(self, now: float) -> AccountHealth:
        """GetAccount's answer."""

    def is_sending(self, name: str) -> bool:
        """Whether SES accepts mail through a configuration set."""

    def set_sending(self, name: str, sending: bool) -> None:
        """Turns sending through a configuration set on or off."""


class GuardStore(Protocol):
    """The send table's rows that the guard reads and writes. Each method raises `TableError`."""

    def record(self) -> GuardRecord:
        """What all workers know, and what the guard remembers."""

    def pause(self, pause: StreamPause, *, resumed_at: float | None) -> bool:
        """Pauses a stream for all workers, unless it is paused, or was resumed after `resumed_at`; whether it did."""

    def holds(self, pause: StreamPause) -> bool:
        """Whether a pause still stands, and no operator is about to end it."""

    def sender_counts(self, since: int, until: int) -> Mapping[int, SenderCounts]:
        """What the workers counted in each second from `since` to `until`, that one not included."""

    def remember(self, memory: GuardMemory, *, before: GuardMemory) -> bool:
        """Replaces the guard's memory; False if another run has replaced it since it was read."""


class GuardedHistory(Protocol):
    """The history. Each method raises `TableError`."""

    def has_event_of(self, message_id: str) -> bool:
        """Whether an event of a message is stored."""

    def has_event_since(self, since: float, now: float) -> bool:
        """Whether an event of a moment since then is in the feed, which may lack the Send events of send requests."""

    def sample(self, stream: str, cause: Cause, now: float) -> EventSample:
        """The newest events behind a stream's rate."""


class GuardedLanes(Protocol):
    """The lanes' queues."""

    def oldest_seconds(self, now: float) -> float | None:
        """The age of the oldest message of all lanes, 0 if there is none; None: not known. Raises `ServiceError`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardTools:
    """All that the guard works with. `tell` publishes to the topic, and raises `ServiceError`.

    `configuration_sets` are the names of each stream's configuration sets.
    """

    stack: str
    configuration_sets: Mapping[str, Sequence[str]]
    counters: GuardedCounters
    account: GuardedAccount
    store: GuardStore
    history: GuardedHistory
    lanes: GuardedLanes
    notify: Callable[[Notification], None]
    now: Callable[[], datetime]
