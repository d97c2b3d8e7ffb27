"""Counting published events."""

from __future__ import annotations

from ses_stack.mail.event_types import EventType
from ses_stack_cli.local.simulator.events.published import PublishedEvents
from ses_stack_cli.local.simulator.events.records import Event
from ses_stack_cli.local.simulator.mail.message import AcceptedMessage
from tests.support.simulator import accepted_message

NEWS = accepted_message("a@b.org", "c@b.org", tags={"campaign": ["spring"]})
CODE = accepted_message("a@b.org", subject="Code")


def event(kind: EventType, accepted: AcceptedMessage, rows: int = 1) -> Event:
    return Event(kind=kind, accepted=accepted, at=1.0, key="k", body={}, rows=rows)


def filled() -> PublishedEvents:
    published = PublishedEvents()
    for each in (event(EventType.SEND, NEWS, 2), event(EventType.BOUNCE, NEWS), event(EventType.SEND, CODE)):
        published.add(each)
    return published


def test_records_rows_and_messages_are_counted() -> None:
    tally = filled().tally()
    assert (tally.records["send"], tally.rows["send"], tally.records["bounce"]) == (2, 3, 1)
    assert (tally.records["click"], tally.messages) == (0, 2)
    assert len(tally.records) == 10


def test_a_tally_is_narrowed_by_position_tag_and_message() -> None:
    published = filled()
    assert published.position == 3
    assert published.tally(after=2).records.total() == 1
    assert published.tally(tag="campaign=spring").rows.total() == 3
    assert published.tally(tag="campaign=summer").messages == 0
    assert published.tally(message_id=CODE.message_id).records.total() == 1


def test_the_latest_come_newest_first() -> None:
    assert [each.accepted for each in filled().latest()] == [CODE, NEWS, NEWS]
