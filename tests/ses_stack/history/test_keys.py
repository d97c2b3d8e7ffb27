"""The keys of EventTable."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ses_stack.history.events import RecipientEvent
from ses_stack.history.keys import FEED_SHARDS, event_key, expires_at, feed_partition, feed_partitions, fingerprint
from ses_stack.mail.event_types import EventType
from ses_stack.mail.times import utc_milliseconds

EVENT = RecipientEvent(
    message_id="m-1",
    type=EventType.BOUNCE,
    time="2026-11-24T06:10:00.123Z",
    fingerprint="0123456789abcdef",
    recipient="ann@example.org",
    provider="other",
    stream="default",
    raw="{}",
)


def test_a_key_is_time_type_and_fingerprint() -> None:
    assert event_key(EVENT) == "2026-11-24T06:10:00.123Z#bounce#0123456789abcdef"


def test_keys_sort_by_time() -> None:
    moments = [datetime(2026, 11, 24, tzinfo=UTC) + timedelta(milliseconds=997 * step) for step in range(50)]
    keys = [event_key(replace(EVENT, time=utc_milliseconds(moment))) for moment in moments]
    shuffled = random.Random(1).sample(keys, len(keys))

    assert sorted(shuffled) == keys


def test_a_fingerprint_is_16_hex_digits_of_type_recipient_and_identity() -> None:
    fingerprints = [
        fingerprint(EventType.CLICK, "a@x.org", ("link", None)),
        fingerprint(EventType.CLICK, "a@x.org", ("link", "None")),
        fingerprint(EventType.CLICK, "a@x.org", ("link",)),
        fingerprint(EventType.CLICK, None, ("link", None)),
        fingerprint(EventType.OPEN, "a@x.org", ("link", None)),
    ]

    assert len(set(fingerprints)) == len(fingerprints)
    assert all(len(digits) == 16 and int(digits, 16) >= 0 for digits in fingerprints)


def test_a_fingerprint_does_not_depend_on_the_order_of_names() -> None:
    one, other = ({"a": 1, "b": [2]}, {"b": [2], "a": 1})

    assert fingerprint(EventType.CLICK, None, (one,)) == fingerprint(EventType.CLICK, None, (other,))


@pytest.mark.parametrize("kind", list(EventType))
def test_the_feed_has_what_is_sent_and_what_goes_wrong(kind: EventType) -> None:
    partition = feed_partition(replace(EVENT, type=kind))

    if kind in {EventType.DELIVERY, EventType.OPEN, EventType.CLICK}:
        assert partition is None
    else:
        assert partition in feed_partitions("2026-11-24T06")


def test_the_feed_is_spread_over_its_shards() -> None:
    partitions = {feed_partition(replace(EVENT, message_id=f"m-{number}")) for number in range(200)}

    assert partitions == set(feed_partitions("2026-11-24T06"))
    assert len(partitions) == FEED_SHARDS


def test_rows_expire_in_epoch_seconds_after_the_event() -> None:
    assert expires_at("2026-11-24T06:10:00.999Z", 90) == 1_795_500_600 + 90 * 86_400
    assert expires_at("9999-12-31T23:59:59.999Z", 3650) > 0


@pytest.mark.parametrize(
    ("kind", "request_id", "is_in_feed"),
    [
        (EventType.SEND, "r1", False),
        (EventType.SEND, None, True),
        (EventType.BOUNCE, "r1", True),
        (EventType.REJECT, "r1", True),
        (EventType.DELIVERY, None, False),
    ],
)
def test_send_events_of_requests_may_be_left_out_of_the_feed(
    kind: EventType, request_id: str | None, is_in_feed: bool
) -> None:
    event = replace(EVENT, type=kind, request_id=request_id)
    assert (feed_partition(event, request_sends=False) is not None) == is_in_feed
