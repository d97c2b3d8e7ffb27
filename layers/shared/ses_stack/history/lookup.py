"""Reading the history: a message's timeline, an address's events, and the feed of recent events."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import batched
from typing import Protocol

from ses_stack.history.events import RecipientEvent
from ses_stack.history.keys import event_key, feed_partitions
from ses_stack.history.timeline import Timeline, in_time_order, timeline_of
from ses_stack.mail.addresses import checked_key
from ses_stack.mail.event_types import EventType
from ses_stack.mail.times import utc_hours_back, utc_milliseconds

# How late `follow` still finds an event. The feed sorts an event by its own time, and the event's row is written later:
# a batch waits, and a failed batch is retried for a quarter of an hour before its records become dead letters.
LATENESS = timedelta(minutes=15)
# Enough partitions for the reader's parallel calls, and few enough that a small limit reads little.
_HOURS_PER_READ = 4
_CLOCK_SKEW = timedelta(minutes=2)
_POLL_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class EventPage:
    """Some of a recipient's events, newest first. `next` asks for the older ones; None: there are none."""

    events: Sequence[RecipientEvent]
    next: str | None


class MessageReader(Protocol):
    """Reads the events of a message."""

    def of_message(self, message_id: str, *, raw: bool) -> Sequence[RecipientEvent]:
        """All events of a message, in any order. Without `raw`, their raw payloads are empty."""


class RecipientReader(Protocol):
    """Reads the events of an address."""

    def of_recipient(self, recipient: str, *, limit: int, page: str | None) -> EventPage:
        """At most `limit` events of an address, given by its key, newest first. Raises `PageTokenError`."""


class FeedReader(Protocol):
    """Reads the events of the feed, which has no deliveries, opens and clicks."""

    def in_feed(
        self, partitions: Sequence[str], *, since: str, types: Collection[EventType], limit: int | None
    ) -> Sequence[RecipientEvent]:
        """At least the `limit` newest events in the partitions, in any order. Empty `types` means all types."""


@dataclass(frozen=True, slots=True)
class RecipientHistory:
    """The key of an address, and a page of its events."""

    recipient: str
    page: EventPage


@dataclass(frozen=True, slots=True)
class RecentEvents:
    """The newest events of the feed, in time order. `truncated`: the limit left older events out."""

    events: Sequence[RecipientEvent]
    truncated: bool


def timeline(reader: MessageReader, message_id: str) -> Timeline | None:
    """A message's timeline; None if no event of the message is stored."""
    events = reader.of_message(message_id, raw=False)
    return timeline_of(events) if events else None


def raw_payloads(reader: MessageReader, message_id: str) -> list[str]:
    """The queue messages as they arrived, in time order. One that names several recipients is returned once."""
    return list(dict.fromkeys(event.raw for event in in_time_order(reader.of_message(message_id, raw=True))))


def recipient_history(
    reader: RecipientReader, address: str, *, limit: int, page: str | None = None
) -> RecipientHistory | None:
    """An address's events, newest first; None if no event is stored. `address` may have a display name and capitals.

    Raises `AddressError`, and `PageTokenError` for a page that no earlier answer gave.
    """
    recipient = checked_key(address, "the address")
    found = reader.of_recipient(recipient, limit=limit, page=page)
    return RecipientHistory(recipient, found) if found.events or page else None


def recent(
    reader: FeedReader, *, since: datetime, now: datetime, types: Collection[EventType] = (), limit: int | None = None
) -> RecentEvents:
    """The newest events since a moment, at most `limit`. Hours are read from the newest back, as far as needed."""
    found: list[RecipientEvent] = []
    wanted = None if limit is None else limit + 1
    for hours in batched(utc_hours_back(since, now + _CLOCK_SKEW), _HOURS_PER_READ, strict=False):
        partitions = [partition for hour in hours for partition in feed_partitions(hour)]
        found += reader.in_feed(partitions, since=utc_milliseconds(since), types=types, limit=wanted)
        if wanted and len(found) >= wanted:
            break
    ordered = in_time_order(found)
    if limit is None or len(ordered) <= limit:
        return RecentEvents(ordered, truncated=False)
    return RecentEvents(ordered[len(ordered) - limit :], truncated=True)


def follow(
    reader: FeedReader,
    *,
    since: datetime,
    types: Collection[EventType] = (),
    limit: int | None = None,
    clock: Callable[[], datetime],
    sleep: Callable[[float], None],
) -> Iterator[RecipientEvent]:
    """The newest events, at most `limit`, then without end each new event once.

    An event that arrives late is found too, up to `LATENESS` after its time.
    """
    now = clock()
    found = recent(reader, since=since, now=now, types=types, limit=limit)
    if found.truncated and found.events:
        since = datetime.fromisoformat(found.events[0].time)
    shown: dict[tuple[str, str], str] = {}
    while True:
        for event in found.events:
            key = (event.message_id, event_key(event))
            if key not in shown:
                shown[key] = event.time
                yield event
        sleep(_POLL_SECONDS)
        since = max(since, now - LATENESS)
        shown = {key: time for key, time in shown.items() if time >= utc_milliseconds(since)}
        now = clock()
        found = recent(reader, since=since, now=now, types=types)
