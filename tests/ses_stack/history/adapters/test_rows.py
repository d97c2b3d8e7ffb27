"""Recipient events as rows, and back."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ses_stack.aws.items import Item
from ses_stack.history.adapters.events import parse
from ses_stack.history.adapters.rows import event_of, item_of, key_of, size_of
from tests.support import payloads
from tests.support.payloads import MESSAGE_ID, STACK, Json


@pytest.mark.parametrize("make", list(payloads.EVERY.values()))
def test_a_row_becomes_its_event_again(make: Callable[[], Json]) -> None:
    for event in parse(payloads.body(make()), stack=STACK).events:
        item = item_of(event, retention_days=90)

        assert event_of(item) == event
        without_raw = {name: value for name, value in item.items() if name != "raw"}
        assert event_of(without_raw).raw == ""


def test_a_row_has_no_attribute_for_a_missing_value() -> None:
    (event,) = parse(payloads.body(payloads.opened(mail={"destination": [], "tags": None})), stack=STACK).events

    item = item_of(event, retention_days=90)

    assert not item.keys() & {"recipient", "provider", "subtype", "tags", "request_id", "feed"}
    assert all(value != {"S": ""} for value in item.values())


def test_a_row_expires_by_retention_and_event_time() -> None:
    (event,) = parse(payloads.body(payloads.send()), stack=STACK).events

    assert item_of(event, retention_days=2)["expires_at"] == {"N": str(1_795_500_600 + 2 * 86_400)}


def test_the_primary_key_is_message_id_and_event_key() -> None:
    (event,) = parse(payloads.body(payloads.send()), stack=STACK).events

    assert key_of(item_of(event, retention_days=1)) == (MESSAGE_ID, f"{event.time}#send#{event.fingerprint}")


def test_what_an_index_leaves_out_is_empty() -> None:
    event = event_of({"message_id": {"S": "m-1"}, "event_key": {"S": "2026-11-24T06:10:00.123Z#open#0123456789abcdef"}})

    assert (event.message_id, event.type, event.time) == ("m-1", "open", "2026-11-24T06:10:00.123Z")
    assert (event.recipient, event.raw, event.stream, event.bot, event.tags) == (None, "", "", None, {})


@pytest.mark.parametrize(
    ("item", "size"),
    [
        ({"id": {"S": "abc"}}, 2 + 3),
        ({"id": {"S": "\u00e4"}}, 2 + 2),
        ({"raw": {"B": b"12345"}}, 3 + 5),
        ({"n": {"N": "1795587000"}}, 1 + 5),
        ({"n": {"N": "0"}}, 1 + 2),
        ({"m": {"M": {"ab": {"S": "c"}}}}, 1 + 3 + 1 + 2 + 1),
        ({"l": {"L": [{"S": "a"}, {"S": "bc"}]}}, 1 + 3 + 1 + 1 + 1 + 2),
    ],
)
def test_sizes_are_counted_by_type(item: Item, size: int) -> None:
    assert size_of(item) == size
