"""Publishes events when they are due, to every event destination that asks for them, until EventBridge accepts them."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from ses_stack_cli.local.simulator.clock import Clock
from ses_stack_cli.local.simulator.emulator.protocol import ConfigurationSet, Emulator, Entry
from ses_stack_cli.local.simulator.errors import EmulatorError
from ses_stack_cli.local.simulator.events.published import PublishedEvents
from ses_stack_cli.local.simulator.events.records import NAMES, Event
from ses_stack_cli.local.simulator.events.schedule import Schedule, ScheduledEvent
from ses_stack_cli.local.simulator.settings import Chaos, Settings

logger = logging.getLogger(__name__)
_MAX_ENTRIES = 10  # of one PutEvents call
_GATHER_SECONDS = 0.05  # in which events gather, so that a call has ten of them
_FAILURE_PAUSE_SECONDS = 0.3
_FIRST_RETRY_SECONDS = 0.2
_LONGEST_RETRY_SECONDS = 5.0


@dataclass(slots=True)
class PublishCounts:
    """Events per `eventType`. `failed` counts failed attempts: none of those events is lost.

    `unwanted`: no event destination asks for them.
    """

    published: Counter[str] = field(default_factory=Counter)
    duplicates: int = 0
    dropped: int = 0
    failed: int = 0
    unwanted: Counter[str] = field(default_factory=Counter)


class Publisher:
    """The schedule of events, and one background task (`run`) that publishes those that are due.

    `apply_effect` is called once for each event that happens. `notes` are remarks for the operator, by subject.
    """

    def __init__(
        self, emulator: Emulator, settings: Settings, clock: Clock, apply_effect: Callable[[Event], None]
    ) -> None:
        self.schedule = Schedule()
        self.published = PublishedEvents()
        self.counts = PublishCounts()
        self.notes: dict[str, str] = {}
        self.chaos: Chaos = settings.chaos
        self._emulator = emulator
        self._settings = settings
        self._clock = clock
        self._apply_effect = apply_effect
        self._default_bus = f"arn:aws:events:{settings.region}:{settings.account_id}:event-bus/default"
        self._in_flight = 0
        self._added = asyncio.Event()

    @property
    def pending(self) -> int:
        """The number of events that wait or are being published."""
        return len(self.schedule) + self._in_flight

    def add(self, events: Iterable[Event]) -> None:
        """Schedules events."""
        for event in events:
            self.schedule.add(event, self.chaos)
        self._added.set()

    def reset(self) -> None:
        """Removes scheduled events, counts and notes."""
        self.schedule.clear()
        self.published, self.counts, self.notes = PublishedEvents(), PublishCounts(), {}

    async def run(self) -> None:
        """Publishes until it is cancelled."""
        while True:
            await asyncio.sleep(_GATHER_SECONDS if await self.publish_due() else _FAILURE_PAUSE_SECONDS)
            self._added.clear()
            due = self.schedule.next_due()
            wait = None if due is None else max(due - self._clock(), 0.0)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._added.wait(), wait)

    async def publish_due(self) -> bool:
        """Publishes every event that is due. False if the emulator failed: the events are scheduled again."""
        now = self._clock()
        while batch := self.schedule.pop_due(now, _MAX_ENTRIES):
            self._in_flight = len(batch)
            try:
                await self._publish(batch)
            except EmulatorError as error:
                self._reschedule(batch, str(error))
                return False
            finally:
                self._in_flight = 0
        return True

    def note(self, subject: str, text: str) -> None:
        """Writes a remark once, to the log and to the status."""
        if self.notes.get(subject) != text:
            self.notes[subject] = text
            logger.warning("%s", text)

    async def _publish(self, batch: Sequence[ScheduledEvent]) -> None:
        wanted: list[tuple[ScheduledEvent, str]] = []
        for scheduled in batch:
            buses = [] if scheduled.dropped else await self._buses(scheduled.event)
            wanted += [(scheduled, bus) for bus in buses]
        refused = await self._put_events([(each, each.event.entry(self._settings, bus)) for each, bus in wanted])
        refused_ids, wanted_ids = {id(each) for each in refused}, {id(each) for each, _ in wanted}
        for scheduled in batch:
            if id(scheduled) not in refused_ids:
                self._settle(scheduled, published=id(scheduled) in wanted_ids)
        self._reschedule(refused, "EventBridge refused some entries")

    async def _put_events(self, entries: Sequence[tuple[ScheduledEvent, Entry]]) -> list[ScheduledEvent]:
        """Publishes entries; returns the events of which EventBridge refused an entry."""
        refused: list[ScheduledEvent] = []
        for start in range(0, len(entries), _MAX_ENTRIES):
            part = entries[start : start + _MAX_ENTRIES]
            accepted = await self._emulator.put_events([entry for _, entry in part])
            refused += [scheduled for (scheduled, _), success in zip(part, accepted, strict=True) if not success]
        return refused

    def _reschedule(self, batch: Sequence[ScheduledEvent], reason: str) -> None:
        if not batch:
            return
        self.counts.failed += len(batch)
        self.note("publishing", f"{reason}; it is tried again")
        for scheduled in batch:
            wait = min(_FIRST_RETRY_SECONDS * 2**scheduled.attempts, _LONGEST_RETRY_SECONDS)
            self.schedule.reschedule(scheduled, self._clock() + wait)

    def _settle(self, scheduled: ScheduledEvent, *, published: bool) -> None:
        """Counts an event that is done, and applies its effect."""
        event, name = scheduled.event, NAMES[scheduled.event.kind][1]
        if scheduled.duplicate:
            self.counts.duplicates += published
            return
        if event.effect:
            self._apply_effect(event)
        if scheduled.dropped:
            self.counts.dropped += 1
        elif published:
            self.counts.published[name] += 1
            self.published.add(event)
        else:
            self.counts.unwanted[name] += 1

    async def _buses(self, event: Event) -> list[str]:
        """The ARN of the bus for every event destination that asks for the event."""
        name = event.configuration_set
        if name is None:
            return []
        configuration_set = await self._emulator.configuration_set(name)
        if configuration_set is None:
            self.note(name, f"configuration set {name} does not exist any more: its events go nowhere")
            return []
        return self._buses_of(configuration_set, event)

    def _buses_of(self, configuration_set: ConfigurationSet, event: Event) -> list[str]:
        """SES publishes to the account's default bus and to no other.

        https://docs.aws.amazon.com/ses/latest/dg/event-publishing-add-event-destination-eventbridge.html
        """
        kind, set_name = NAMES[event.kind][1], configuration_set.name
        asking = [
            each
            for each in configuration_set.destinations
            if each.bus_arn and each.enabled and event.kind in each.types
        ]
        if not asking:
            self.note(f"{set_name} {kind}", f"no event destination of {set_name} asks for {kind} on EventBridge")
        for each in asking:
            if each.bus_arn != self._default_bus:
                self.note(
                    f"{set_name} {each.name}",
                    f"event destination {each.name} of {set_name} names {each.bus_arn}, but SES publishes to"
                    f" {self._default_bus} only: it gets nothing",
                )
        return [self._default_bus for each in asking if each.bus_arn == self._default_bus]
