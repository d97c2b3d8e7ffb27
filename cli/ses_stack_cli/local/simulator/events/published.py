"""The events that were published: the truth that the stack's history is compared with."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from ses_stack.mail.event_types import EventType
from ses_stack_cli.local.simulator.events.records import Event

_WHOLE_EVENTS = 5_000


@dataclass(frozen=True, slots=True)
class PublishedEvent:
    """One published event, in short. `rows`: the rows of history that it makes. `tags`: as `name=value`."""

    kind: EventType
    message_id: str
    rows: int
    tags: frozenset[str]


@dataclass(frozen=True, slots=True)
class Tally:
    """Records per type, the rows of history that they make per type, and the number of messages."""

    records: Counter[str]
    rows: Counter[str]
    messages: int


class PublishedEvents:
    """Every distinct event that was published, in order; the latest 5,000 with their whole content.

    A duplicate is not counted again.
    """

    def __init__(self) -> None:
        self._all: list[PublishedEvent] = []
        self._latest: deque[Event] = deque(maxlen=_WHOLE_EVENTS)

    @property
    def position(self) -> int:
        """The number of events. A later `tally(after=position)` counts only what came since."""
        return len(self._all)

    def add(self, event: Event) -> None:
        """Notes an event that was published for the first time."""
        tags = frozenset(f"{name}={value}" for name, values in event.accepted.message.tags.items() for value in values)
        self._all.append(PublishedEvent(event.kind, event.accepted.message_id, event.rows, tags))
        self._latest.append(event)

    def tally(self, *, after: int = 0, tag: str | None = None, message_id: str | None = None) -> Tally:
        """Counts the events after a position, optionally only those with a tag (`name=value`) or of one message."""
        records: Counter[str] = Counter({kind.value: 0 for kind in EventType if kind is not EventType.UNKNOWN})
        rows, messages = records.copy(), set()
        for event in islice(self._all, after, None):
            if (tag is None or tag in event.tags) and message_id in (None, event.message_id):
                records[event.kind.value] += 1
                rows[event.kind.value] += event.rows
                messages.add(event.message_id)
        return Tally(records, rows, len(messages))

    def latest(self) -> Iterator[Event]:
        """The latest events, newest first."""
        return reversed(self._latest)
