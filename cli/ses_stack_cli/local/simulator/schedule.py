"""Events that wait for their time, and what chaos makes of them."""

from __future__ import annotations

import heapq
import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from ses_stack_cli.local.simulator.records import Event
from ses_stack_cli.local.simulator.settings import Chaos


@dataclass(order=True, slots=True)
class Waiting:
    """An event and when to publish it. `number` keeps events of one moment in order."""

    due: float
    number: int
    event: Event = field(compare=False)
    attempts: int = field(default=0, compare=False)
    again: bool = field(default=False, compare=False)
    lost: bool = field(default=False, compare=False)


class Schedule:
    """A queue ordered by time."""

    def __init__(self) -> None:
        self._heap: list[Waiting] = []
        self._number = 0

    def __len__(self) -> int:
        return len(self._heap)

    def add(self, event: Event, chaos: Chaos) -> None:
        """Lets the event, and whatever chaos makes of it, wait."""
        lost = _chance(event, "drop").random() < chaos.drop
        for number, due in enumerate(_times(event, chaos)):
            self._push(Waiting(due, 0, event, again=number > 0, lost=lost))

    def put_back(self, waiting: Waiting, due: float) -> None:
        """Lets an event that could not be published wait again."""
        self._push(Waiting(due, 0, waiting.event, waiting.attempts + 1, waiting.again, waiting.lost))

    def pop_due(self, now: float, limit: int) -> list[Waiting]:
        """The events whose time has come, at most so many."""
        due: list[Waiting] = []
        while self._heap and self._heap[0].due <= now and len(due) < limit:
            due.append(heapq.heappop(self._heap))
        return due

    def next_due(self) -> float | None:
        """When the next one is due."""
        return self._heap[0].due if self._heap else None

    def clear(self) -> None:
        """Forgets everything that waits."""
        self._heap.clear()

    def _push(self, waiting: Waiting) -> None:
        self._number += 1
        waiting.number = self._number
        heapq.heappush(self._heap, waiting)


def _chance(event: Event, purpose: str) -> random.Random:
    """Chance for this event alone, so that chaos is the same whatever the order of things."""
    return random.Random(f"{event.key}:{purpose}")


def _times(event: Event, chaos: Chaos) -> Sequence[float]:
    """When to publish the event: once, or twice for a duplicate."""
    first = event.at
    for purpose, rate, seconds in (
        ("shuffle", chaos.shuffle, chaos.shuffle_seconds),
        ("delay", chaos.delay, chaos.delay_seconds),
    ):
        chance = _chance(event, purpose)
        if chance.random() < rate:
            first += chance.uniform(0, seconds)
    chance = _chance(event, "duplicate")
    if chance.random() < chaos.duplicate:
        return [first, first + chance.uniform(0, chaos.shuffle_seconds)]
    return [first]
