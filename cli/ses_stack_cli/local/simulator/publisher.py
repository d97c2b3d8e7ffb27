"""Publishes events when their time comes, to every event destination that asks for them, until they are taken."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from ses_stack_cli.local.simulator.cloud import Clock, Cloud, ConfigurationSet, Entry
from ses_stack_cli.local.simulator.errors import CloudError
from ses_stack_cli.local.simulator.ledger import Ledger
from ses_stack_cli.local.simulator.records import NAMES, Event
from ses_stack_cli.local.simulator.schedule import Schedule, Waiting
from ses_stack_cli.local.simulator.settings import Chaos, Settings

logger = logging.getLogger(__name__)
_BATCH = 10
_ROUND = 0.05  # seconds in which events gather, so that they go out by tens
_PAUSE = 0.3


@dataclass(slots=True)
class Counts:
    """What became of events. `failed` counts failed attempts: none of those events is lost."""

    published: Counter[str] = field(default_factory=Counter)
    duplicates: int = 0
    dropped: int = 0
    failed: int = 0
    unwanted: Counter[str] = field(default_factory=Counter)


class Publisher:
    """One background task; `publish_due` is all that it does."""

    def __init__(self, cloud: Cloud, settings: Settings, clock: Clock, effect: Callable[[Event], None]) -> None:
        self.schedule = Schedule()
        self.ledger = Ledger()
        self.counts = Counts()
        self.notes: dict[str, str] = {}
        self.chaos: Chaos = settings.chaos
        self._cloud = cloud
        self._settings = settings
        self._clock = clock
        self._effect = effect
        self._default_bus = f"arn:aws:events:{settings.region}:{settings.account_id}:event-bus/default"
        self._in_flight = 0
        self._news = asyncio.Event()

    @property
    def pending(self) -> int:
        """How many events wait or are on their way."""
        return len(self.schedule) + self._in_flight

    def add(self, events: Iterable[Event]) -> None:
        """Takes events to publish."""
        for event in events:
            self.schedule.add(event, self.chaos)
        self._news.set()

    def reset(self) -> None:
        """Forgets what waits, what was counted and what was noted."""
        self.schedule.clear()
        self.ledger, self.counts, self.notes = Ledger(), Counts(), {}

    async def run(self) -> None:
        """Publishes for ever."""
        while True:
            await asyncio.sleep(_ROUND if await self.publish_due() else _PAUSE)
            self._news.clear()
            due = self.schedule.next_due()
            wait = None if due is None else max(due - self._clock(), 0.0)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), wait)

    async def publish_due(self) -> bool:
        """Publishes every event whose time has come; False if the local cloud failed and the rest waits for it."""
        now = self._clock()
        while batch := self.schedule.pop_due(now, _BATCH):
            self._in_flight = len(batch)
            try:
                await self._publish(batch)
            except CloudError as error:
                self._put_back(batch, str(error))
                return False
            finally:
                self._in_flight = 0
        return True

    async def _publish(self, batch: Sequence[Waiting]) -> None:
        wanted: list[tuple[Waiting, str]] = []
        for waiting in batch:
            buses = [] if waiting.lost else await self._buses(waiting.event)
            wanted += [(waiting, bus) for bus in buses]
        refused = await self._put([(waiting, waiting.event.entry(self._settings, bus)) for waiting, bus in wanted])
        done = [waiting for waiting in batch if id(waiting) not in {id(each) for each in refused}]
        for waiting in done:
            self._happened(waiting, published=any(waiting is each for each, _ in wanted))
        self._put_back(refused, "EventBridge refused some entries")

    async def _put(self, entries: Sequence[tuple[Waiting, Entry]]) -> list[Waiting]:
        """Publishes; returns the events of which an entry was refused."""
        refused: list[Waiting] = []
        for start in range(0, len(entries), _BATCH):
            part = entries[start : start + _BATCH]
            taken = await self._cloud.put_events([entry for _, entry in part])
            refused += [waiting for (waiting, _), yes in zip(part, taken, strict=True) if not yes]
        return refused

    def _put_back(self, batch: Sequence[Waiting], why: str) -> None:
        if not batch:
            return
        self.counts.failed += len(batch)
        self.note("publishing", f"{why}; it is tried again")
        for waiting in batch:
            self.schedule.put_back(waiting, self._clock() + min(0.2 * 2**waiting.attempts, 5.0))

    def _happened(self, waiting: Waiting, *, published: bool) -> None:
        event, name = waiting.event, NAMES[waiting.event.kind][1]
        if waiting.again:
            self.counts.duplicates += published
            return
        if event.effect:
            self._effect(event)
        if waiting.lost:
            self.counts.dropped += 1
        elif published:
            self.counts.published[name] += 1
            self.ledger.add(event)
        else:
            self.counts.unwanted[name] += 1

    async def _buses(self, event: Event) -> list[str]:
        """The buses on which the event's configuration set wants it."""
        name = event.configuration_set
        if name is None:
            return []
        found = await self._cloud.configuration_set(name)
        if found is None:
            self.note(name, f"configuration set {name} does not exist any more: its events go nowhere")
            return []
        return self._asked_for(event, found)

    def _asked_for(self, event: Event, found: ConfigurationSet) -> list[str]:
        """SES publishes to the account's default bus and to no other.

        https://docs.aws.amazon.com/ses/latest/dg/event-publishing-add-event-destination-eventbridge.html
        """
        kind = NAMES[event.kind][1]
        asking = [each for each in found.destinations if each.bus_arn and each.enabled and event.kind in each.types]
        if not asking:
            self.note(f"{found.name} {kind}", f"no event destination of {found.name} asks for {kind} on EventBridge")
        for each in asking:
            if each.bus_arn != self._default_bus:
                self.note(
                    f"{found.name} {each.name}",
                    f"event destination {each.name} of {found.name} names {each.bus_arn}, but SES publishes to"
                    f" {self._default_bus} only: it gets nothing",
                )
        return [self._default_bus for each in asking if each.bus_arn == self._default_bus]

    def note(self, about: str, text: str) -> None:
        """Says something once, in the log and in the status."""
        if self.notes.get(about) != text:
            self.notes[about] = text
            logger.warning("%s", text)
