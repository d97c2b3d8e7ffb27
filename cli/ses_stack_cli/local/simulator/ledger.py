"""What was published: the truth that the stack's history is compared with."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from ses_stack.mail.event_types import EventType
from ses_stack_cli.local.simulator.records import Event

_FULL_EVENTS = 5_000


@dataclass(frozen=True, slots=True)
class Line:
    """One published event, in short."""

    kind: EventType
    message_id: str
    rows: int
    tags: frozenset[str]


@dataclass(frozen=True, slots=True)
class Tally:
    """How many records per type, and how many rows of history they make."""

    records: Counter[str]
    rows: Counter[str]
    messages: int


class Ledger:
    """Every distinct event that was published, once however often it was; the latest ones whole."""

    def __init__(self) -> None:
        self._lines: list[Line] = []
        self._events: deque[Event] = deque(maxlen=_FULL_EVENTS)

    @property
    def position(self) -> int:
        """How many there are: pass it to `tally` later to count what came since."""
        return len(self._lines)

    def add(self, event: Event) -> None:
        """Notes an event that was published for the first time."""
        tags = frozenset(f"{name}={value}" for name, values in event.accepted.message.tags.items() for value in values)
        self._lines.append(Line(event.kind, event.accepted.message_id, event.rows, tags))
        self._events.append(event)

    def tally(self, *, after: int = 0, tag: str | None = None, message_id: str | None = None) -> Tally:
        """Counts what was published after a position, with a tag (`name=value`), for a message."""
        records: Counter[str] = Counter({kind.value: 0 for kind in EventType if kind is not EventType.UNKNOWN})
        rows, messages = records.copy(), set()
        for line in islice(self._lines, after, None):
            if (tag is None or tag in line.tags) and message_id in (None, line.message_id):
                records[line.kind.value] += 1
                rows[line.kind.value] += line.rows
                messages.add(line.message_id)
        return Tally(records, rows, len(messages))

    def latest(self) -> Iterator[Event]:
        """The latest events, newest first."""
        return reversed(self._events)
