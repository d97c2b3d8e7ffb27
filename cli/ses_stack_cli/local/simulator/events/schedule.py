"""Events that wait until they are due. Chaos moves, duplicates and drops some of them."""

from __future__ import annotations

import heapq
import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from ses_stack_cli.local.simulator.events.records import Event
from ses_stack_cli.local.simulator.settings import Chaos


@dataclass(order=True, slots=True)
class ScheduledEvent:
    """An event and when to publish it, in seconds since 1970. `sequence` keeps events that are due together in order.

    `attempts`: failed publishes. `duplicate`: a second copy of the event. `dropped`: it is never published.
    """

    due: float
    sequence: int
    event: Event = field(compare=False)
    attempts: int = field(default=0, compare=False)
    duplicate: bool = field(default=False, compare=False)
    dropped: bool = field(default=False, compare=False)


class Schedule:
    """A priority queue, ordered by time."""

    def __init__(self) -> None:
        self._heap: list[ScheduledEvent] = []
        self._sequence = 0

    def __len__(self) -> int:
        return len(self._heap)

    def add(self, event: Event, chaos: Chaos) -> None:
        """Schedules the event, disturbed by chaos."""
        dropped = _generator(event, "drop").random() < chaos.drop
        for number, due in enumerate(_due_times(event, chaos)):
            self._push(ScheduledEvent(due, 0, event, duplicate=number > 0, dropped=dropped))

    def reschedule(self, scheduled: ScheduledEvent, due: float) -> None:
        """Schedules an event that could not be published again."""
        attempts = scheduled.attempts + 1
        self._push(ScheduledEvent(due, 0, scheduled.event, attempts, scheduled.duplicate, scheduled.dropped))

    def pop_due(self, now: float, limit: int) -> list[ScheduledEvent]:
        """Removes and returns the events that are due, at most `limit`."""
        due: list[ScheduledEvent] = []
        while self._heap and self._heap[0].due <= now and len(due) < limit:
            due.append(heapq.heappop(self._heap))
        return due

    def next_due(self) -> float | None:
        """When the next event is due."""
        return self._heap[0].due if self._heap else None

    def clear(self) -> None:
        """Removes all events."""
        self._heap.clear()

    def _push(self, scheduled: ScheduledEvent) -> None:
        self._sequence += 1
        scheduled.sequence = self._sequence
        heapq.heappush(self._heap, scheduled)


def _generator(event: Event, purpose: str) -> random.Random:
    """A random generator for this event and purpose, so that chaos does not depend on the order of events."""
    return random.Random(f"{event.key}:{purpose}")


def _due_times(event: Event, chaos: Chaos) -> Sequence[float]:
    """When to publish the event: once, or twice for a duplicate."""
    first = event.at
    for purpose, rate, seconds in (
        ("shuffle", chaos.shuffle, chaos.shuffle_seconds),
        ("delay", chaos.delay, chaos.delay_seconds),
    ):
        rng = _generator(event, purpose)
        if rng.random() < rate:
            first += rng.uniform(0, seconds)
    rng = _generator(event, "duplicate")
    if rng.random() < chaos.duplicate:
        return [first, first + rng.uniform(0, chaos.shuffle_seconds)]
    return [first]
