"""Reading the history, with a table in memory."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest

from ses_stack.history import lookup as history
from ses_stack.history.events import RecipientEvent
from ses_stack.history.keys import feed_partition
from ses_stack.history.lookup import EventPage
from ses_stack.mail.event_types import EventType
from ses_stack.mail.times import utc_milliseconds
from tests.ses_stack.history.test_timeline import event

NOW = datetime(2026, 11, 24, 12, 30, tzinfo=UTC)


class Table:
    """EventTable, in memory. `asked` are the partitions that were read."""

    def __init__(self, events: Sequence[RecipientEvent] = ()) -> None:
        self.events = list(events)
        self.asked: list[str] = []

    def of_message(self, message_id: str, *, raw: bool) -> list[RecipientEvent]:
        return [each for each in self.events if each.message_id == message_id]

    def of_recipient(self, recipient: str, *, limit: int, page: str | None) -> EventPage:
        found = [each for each in self.events if each.recipient == recipient]
        return EventPage([] if page else found[:limit], None)

    def in_feed(
        self, partitions: Sequence[str], *, since: str, types: Collection[EventType], limit: int | None
    ) -> list[RecipientEvent]:
        self.asked += partitions
        found = [each for each in self.events if feed_partition(each) in partitions and each.time >= since]
        return sorted((each for each in found if not types or each.type in types), key=_newest)[:limit]


def _newest(each: RecipientEvent) -> float:
    return -datetime.fromisoformat(each.time).timestamp()


def sent(ago: timedelta, message_id: str, kind: str = "send") -> RecipientEvent:
    return event(kind, message_id=message_id, time=utc_milliseconds(NOW - ago))


def names(events: Sequence[RecipientEvent]) -> list[str]:
    return [each.message_id for each in events]


def test_the_timeline_of_a_message_and_of_none() -> None:
    table = Table([event("delivery", minute=1), event("send")])
    found = history.timeline(table, "m-1")
    assert found
    assert found.status == "delivered"
    assert history.timeline(table, "m-2") is None


def test_a_record_that_names_two_recipients_is_one_raw_payload() -> None:
    table = Table(
        [event("bounce", "zoe@example.org", 1, raw="two"), event("bounce", minute=1, raw="two"), event("send")]
    )
    assert history.raw_payloads(table, "m-1") == ["{}", "two"]


@pytest.mark.parametrize("address", ["ann@example.org", " ANN@Example.org ", "Ann Lee <Ann@Example.Org>"])
def test_an_address_is_found_however_it_is_written(address: str) -> None:
    found = history.recipient_history(Table([event("send")]), address, limit=10)
    assert found
    assert found.recipient == "ann@example.org"
    assert len(found.page.events) == 1


def test_an_unknown_address_is_none_but_an_empty_last_page_is_not() -> None:
    assert history.recipient_history(Table(), "bob@example.org", limit=10) is None
    assert history.recipient_history(Table(), "bob@example.org", limit=10, page="p") is not None


def test_recent_events_come_in_time_order_and_none_is_older_than_asked() -> None:
    table = Table([sent(timedelta(minutes=m), f"m-{m}") for m in (1, 59, 61, 5, 30)])
    found = history.recent(table, since=NOW - timedelta(hours=1), now=NOW)
    assert names(found.events) == ["m-59", "m-30", "m-5", "m-1"]
    assert not found.truncated
    assert {partition[:13] for partition in table.asked} == {"2026-11-24T11", "2026-11-24T12"}


def test_a_limit_keeps_the_newest_and_leaves_old_hours_unread() -> None:
    table = Table([sent(timedelta(minutes=5 * n), f"m-{n}") for n in range(1, 40)])
    found = history.recent(table, since=NOW - timedelta(days=7), now=NOW, limit=3)
    assert names(found.events) == ["m-3", "m-2", "m-1"]
    assert found.truncated
    assert len(table.asked) <= 5 * 8


def test_a_limit_that_is_not_passed_cuts_nothing() -> None:
    table = Table([sent(timedelta(minutes=n), f"m-{n}") for n in (1, 2, 3)])
    assert not history.recent(table, since=NOW - timedelta(hours=1), now=NOW, limit=3).truncated


def test_only_the_types_that_are_asked_for() -> None:
    table = Table([sent(timedelta(minutes=1), "m-1"), sent(timedelta(minutes=2), "m-2", "bounce")])
    found = history.recent(table, since=NOW - timedelta(hours=1), now=NOW, types={EventType.BOUNCE})
    assert names(found.events) == ["m-2"]


class Time:
    """A clock that only sleeping moves. At each poll, the event that is planned for it arrives."""

    def __init__(self, table: Table, plan: dict[int, RecipientEvent]) -> None:
        self.table = table
        self.plan = plan
        self.polls = 0

    def now(self) -> datetime:
        return NOW + timedelta(seconds=2 * self.polls)

    def sleep(self, seconds: float) -> None:
        assert seconds == 2
        self.polls += 1
        if self.polls in self.plan:
            self.table.events.append(self.plan[self.polls])


def following(table: Table, time: Time, **options: int) -> Iterator[RecipientEvent]:
    return history.follow(table, since=NOW - timedelta(hours=1), clock=time.now, sleep=time.sleep, **options)


def test_following_gives_each_event_once_and_late_ones_too() -> None:
    table = Table([sent(timedelta(minutes=30), "old"), sent(timedelta(seconds=5), "new")])
    time = Time(table, {3: sent(timedelta(minutes=10), "late"), 5: sent(timedelta(seconds=-8), "newer")})
    assert names(list(islice(following(table, time), 4))) == ["old", "new", "late", "newer"]
    assert time.polls == 5


def test_following_does_not_give_later_what_the_limit_left_out() -> None:
    table = Table([sent(timedelta(minutes=n), f"m-{n}") for n in (5, 4, 3)])
    time = Time(table, {2: sent(timedelta(0), "new")})
    assert names(list(islice(following(table, time, limit=2), 3))) == ["m-4", "m-3", "new"]


def test_following_forgets_events_that_are_out_of_reach() -> None:
    table = Table([sent(timedelta(minutes=50), "old")])
    time = Time(table, {1000: sent(timedelta(seconds=-2000), "new")})
    assert names(list(islice(following(table, time), 2))) == ["old", "new"]
