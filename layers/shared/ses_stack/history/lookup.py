"""Looking: one message's timeline, one recipient's history, and the feed of what an operator reads."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import batched
from typing import Protocol

from ses_stack.history.events import RecipientEvent
from ses_stack.history.keys import event_key, feed_partitions
from ses_stack.history.timeline import Page, Timeline, in_time_order, timeline_of
from ses_stack.mail.addresses import normalized
from ses_stack.mail.event_types import EventType
from ses_stack.mail.times import utc_hours_back, utc_milliseconds

# Read together: enough for the parallel calls of the reader, few enough that a small limit reads little.
_HOURS_AT_ONCE = 4
# An event's partition is that of its own time. It arrives later: a batch waits, and a failed one is retried for a
# quarter of an hour before it counts as a dead letter.
LATENESS = timedelta(minutes=15)
_CLOCK_SKEW = timedelta(minutes=2)
_POLL_SECONDS = 2.0


class Messages(Protocol):
    """What knows the events of a message."""

    def of_message(self, message_id: str, *, raw: bool) -> Sequence[RecipientEvent]:
        """All events of a message, in any order; `raw` payloads only if asked for."""


class Recipients(Protocol):
    """What knows the events of an address."""

    def of_recipient(self, recipient: str, *, limit: int, page: str | None) -> Page:
        """At most `limit` events of an address in lower case, newest first. Raises `PageTokenError`."""


class Feed(Protocol):
    """What knows the events of an hour, but for deliveries, opens and clicks."""

    def in_feed(
        self, partitions: Sequence[str], *, since: str, types: Collection[EventType], limit: int | None
    ) -> Sequence[RecipientEvent]:
        """At least the `limit` newest events in the partitions, in any order; no `types` means all types."""


@dataclass(frozen=True, slots=True)
class RecipientHistory:
    """What is known of one address. Its suppressions will stand here too."""

    recipient: str
    page: Page


@dataclass(frozen=True, slots=True)
class Recent:
    """The newest events of the feed, in time order. `cut`: the limit left older ones out."""

    events: Sequence[RecipientEvent]
    cut: bool


def timeline(messages: Messages, message_id: str) -> Timeline | None:
    """A message's story; None if no event of it is stored."""
    events = messages.of_message(message_id, raw=False)
    return timeline_of(events) if events else None


def raw_payloads(messages: Messages, message_id: str) -> list[str]:
    """The records as they arrived, in time order. A record that names several recipients is given once."""
    return list(dict.fromkeys(event.raw for event in in_time_order(messages.of_message(message_id, raw=True))))


def recipient_history(
    recipients: Recipients, address: str, *, limit: int, page: str | None = None
) -> RecipientHistory | None:
    """An address's events, newest first, however the address is written; None if none is stored."""
    recipient = normalized(address)
    found = recipients.of_recipient(recipient, limit=limit, page=page)
    return RecipientHistory(recipient, found) if found.events or page else None


def recent(
    feed: Feed, *, since: datetime, now: datetime, types: Collection[EventType] = (), limit: int | None = None
) -> Recent:
    """The newest events since a moment. Hours are read from the newest back, until the limit is passed."""
    found: list[RecipientEvent] = []
    wanted = None if limit is None else limit + 1
    for hours in batched(utc_hours_back(since, now + _CLOCK_SKEW), _HOURS_AT_ONCE, strict=False):
        partitions = [partition for hour in hours for partition in feed_partitions(hour)]
        found += feed.in_feed(partitions, since=utc_milliseconds(since), types=types, limit=wanted)
        if wanted and len(found) >= wanted:
            break
    ordered = in_time_order(found)
    cut = limit is not None and len(ordered) > limit
    return Recent(ordered[len(ordered) - limit :] if limit is not None and cut else ordered, cut)


def follow(
    feed: Feed,
    *,
    since: datetime,
    types: Collection[EventType] = (),
    limit: int | None = None,
    clock: Callable[[], datetime],
    sleep: Callable[[float], None],
) -> Iterator[RecipientEvent]:
    """The newest events, then each new one once, for ever; late ones too, up to `LATENESS` after they happened."""
    now = clock()
    first = recent(feed, since=since, now=now, types=types, limit=limit)
    if first.cut and first.events:
        since = datetime.fromisoformat(first.events[0].time)
    told: dict[tuple[str, str], str] = {}
    events = first.events
    while True:
        for event in events:
            key = (event.message_id, event_key(event))
            if key not in told:
                told[key] = event.time
                yield event
        sleep(_POLL_SECONDS)
        since = max(since, now - LATENESS)
        told = {key: time for key, time in told.items() if time >= utc_milliseconds(since)}
        now = clock()
        events = recent(feed, since=since, now=now, types=types).events
