"""One message's timeline, whatever the order in which its events arrive."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ses_stack.history.events import RecipientEvent
from ses_stack.history.timeline import MessageStatus, in_time_order, status_of, timeline_of
from ses_stack.mail.event_types import EventType


def event(kind: str, recipient: str | None = "ann@example.org", minute: int = 0, **changes: object) -> RecipientEvent:
    values: dict[str, object] = {
        "message_id": "m-1",
        "type": EventType(kind),
        "time": f"2026-11-24T06:{minute:02}:00.000Z",
        "fingerprint": f"{kind}-{minute}",
        "recipient": recipient,
        "provider": None,
        "stream": "marketing",
        "raw": "{}",
    }
    return RecipientEvent(**(values | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kinds", "status"),
    [
        (["send"], "sent"),
        (["send", "delivery_delay"], "delayed"),
        (["send", "delivery_delay", "delivery"], "delivered"),
        (["send", "rendering_failure"], "failed"),
        (["send", "reject"], "rejected"),
        (["send", "delivery", "bounce"], "bounced"),
        (["send", "delivery", "complaint"], "complained"),
        (["send", "bounce", "complaint"], "complained"),
        (["send", "delivery", "open", "click", "subscription"], "delivered"),
        (["open"], "sent"),
        (["unknown"], "sent"),
    ],
)
def test_the_most_serious_event_decides_the_status(kinds: list[str], status: str) -> None:
    assert status_of(event(kind) for kind in kinds) == status


def test_a_complaint_that_says_not_spam_is_no_complaint() -> None:
    assert status_of([event("delivery"), event("complaint", subtype="not-spam")]) is MessageStatus.DELIVERED
    assert status_of([event("complaint", subtype="not-spam")]) is MessageStatus.SENT
    assert status_of([event("complaint", subtype="abuse")]) is MessageStatus.COMPLAINED


AUTO_REPLY = {"subtype": "Transient/General"}


@pytest.mark.parametrize(("replied", "delivered"), [(0, 1), (1, 0)])
def test_an_auto_reply_to_a_delivered_message_is_no_bounce(replied: int, delivered: int) -> None:
    events = [event("send"), event("bounce", minute=replied, **AUTO_REPLY), event("delivery", minute=delivered)]
    assert status_of(events) is MessageStatus.DELIVERED
    assert [each.status for each in timeline_of(events).recipients] == [MessageStatus.DELIVERED]


def test_a_bounce_with_an_answer_or_without_a_delivery_is_a_bounce() -> None:
    delivered = event("delivery")
    assert status_of([delivered, event("bounce", **AUTO_REPLY, detail="5.4.4")]) is MessageStatus.BOUNCED
    assert status_of([delivered, event("bounce", subtype="Transient/MailboxFull")]) is MessageStatus.BOUNCED
    assert status_of([delivered, event("bounce", subtype="Permanent/General")]) is MessageStatus.BOUNCED
    assert status_of([event("bounce", **AUTO_REPLY)]) is MessageStatus.BOUNCED


def test_an_auto_reply_of_one_recipient_says_nothing_of_another() -> None:
    timeline = timeline_of([event("bounce", **AUTO_REPLY), event("delivery", "zoe@example.org")])
    assert [each.status for each in timeline.recipients] == [MessageStatus.BOUNCED, MessageStatus.DELIVERED]


def test_each_recipient_has_a_status_and_the_message_has_the_most_serious() -> None:
    timeline = timeline_of(
        [
            event("delivery", "zoe@example.org", 2),
            event("bounce", "ann@example.org", 3),
            event("send", "zoe@example.org"),
            event("send", "ann@example.org"),
        ]
    )
    assert timeline.status is MessageStatus.BOUNCED
    assert [(each.recipient, each.status) for each in timeline.recipients] == [
        ("ann@example.org", MessageStatus.BOUNCED),
        ("zoe@example.org", MessageStatus.DELIVERED),
    ]
    assert [each.type for each in timeline.recipients[1].events] == ["send", "delivery"]


def test_events_that_name_no_recipient_are_last_and_have_no_status() -> None:
    timeline = timeline_of([event("open", None, 5), event("send", "ann@example.org")])
    assert [(each.recipient, each.status) for each in timeline.recipients] == [
        ("ann@example.org", "sent"),
        (None, None),
    ]


def test_a_message_without_known_recipients_has_a_status() -> None:
    assert timeline_of([event("send", None), event("reject", None)]).status is MessageStatus.REJECTED


def test_the_send_comes_before_a_reject_of_the_same_millisecond() -> None:
    assert [each.type for each in in_time_order([event("reject"), event("send")])] == ["send", "reject"]


def test_what_some_events_lack_is_taken_from_the_others() -> None:
    timeline = timeline_of(
        [
            event("send", stream="default"),
            event("open", minute=1, subject="Boots", sender="shop@example.com", request_id="order-1"),
        ]
    )
    assert (timeline.subject, timeline.sender, timeline.stream, timeline.request_id) == (
        "Boots",
        "shop@example.com",
        "marketing",
        "order-1",
    )


def test_a_bare_message_has_empty_headers() -> None:
    timeline = timeline_of([event("send", stream="")])
    assert (timeline.subject, timeline.sender, timeline.stream, timeline.request_id) == (None, None, "default", None)


EVENTS = st.builds(
    event,
    st.sampled_from([kind.value for kind in EventType]),
    st.sampled_from(["ann@example.org", "bob@example.org", None]),
    st.integers(0, 59),
    subtype=st.sampled_from([None, "not-spam", "abuse", "Transient/General"]),
)


@given(
    st.lists(EVENTS, min_size=1, max_size=12).flatmap(
        lambda events: st.tuples(st.just(events), st.permutations(events))
    )
)
def test_the_order_of_arrival_changes_nothing(orders: tuple[list[RecipientEvent], list[RecipientEvent]]) -> None:
    arrived, shuffled = map(timeline_of, orders)
    assert (arrived.status, arrived.message_id) == (shuffled.status, shuffled.message_id)
    assert [each.status for each in arrived.recipients] == [each.status for each in shuffled.recipients]
    for one, other in zip(arrived.recipients, shuffled.recipients, strict=True):
        assert [e.time for e in one.events] == [e.time for e in other.events]
        assert all(before.time <= after.time for before, after in pairwise(one.events))
    assert sum(len(each.events) for each in arrived.recipients) == len(orders[0])
