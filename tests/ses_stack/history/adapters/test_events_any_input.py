"""What the parser does with any input: a record becomes rows that DynamoDB takes, or it fails alone."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ses_stack.errors import RecordError
from ses_stack.history.adapters.events import parse
from ses_stack.history.adapters.rows import ITEM_LIMIT, event_of, item_of, size_of
from ses_stack.history.events import RecipientEvent
from ses_stack.history.keys import event_key, feed_partition
from tests.support import payloads
from tests.support.event_strategies import ANY_JSON, ANY_TEXT, MARK, EventTraits, body_of, damaged_records, event_traits
from tests.support.payloads import STACK, Json


def events_and_error(text: str) -> tuple[Sequence[RecipientEvent], RecordError | None]:
    try:
        record = parse(text, stack=STACK)
    except RecordError as error:
        return (), error
    return record.events, record.unreadable


def check_rows_or_error(text: str) -> None:
    """The record becomes rows that DynamoDB takes, or it fails with an error that holds no content of it, or both."""
    events, error = events_and_error(text)
    if error:
        assert MARK not in error.cause
        assert error.cause.isascii()
        assert len(error.cause) < 200
        assert error.__cause__ is None
    for event in events:
        item = item_of(event, retention_days=90)
        assert 0 < len(event.message_id.encode()) <= 2048
        assert 0 < len(event_key(event).encode()) <= 1024
        assert event.recipient is None or 0 < len(event.recipient.encode()) <= 2048
        assert size_of(item) < ITEM_LIMIT
        assert feed_partition(event) != ""
        back = event_of(item)
        assert (back.raw, event_key(back)) == (text, event_key(event))


@given(st.text(st.characters(exclude_categories=())) | ANY_TEXT.map(json.dumps))
def test_any_text_is_a_record_or_fails_alone(text: str) -> None:
    check_rows_or_error(text)


@given(ANY_JSON, st.booleans())
def test_any_json_is_a_record_or_fails_alone(value: Any, ascii_only: bool) -> None:
    check_rows_or_error(json.dumps(value, ensure_ascii=ascii_only))


@given(damaged_records(), st.booleans())
def test_a_damaged_event_is_a_record_or_fails_alone(record: Json, enveloped: bool) -> None:
    check_rows_or_error(json.dumps(payloads.envelope({}) | {"detail": record} if enveloped else record))


@given(event_traits(), event_traits())
def test_two_events_share_a_key_only_if_they_are_one(one: EventTraits, other: EventTraits) -> None:
    (first,), (second,) = (parse(body_of(each), stack=STACK).events for each in (one, other))

    same_key = (first.message_id, event_key(first)) == (second.message_id, event_key(second))

    assert same_key == (one == other)


@given(st.lists(st.sampled_from(["A@x.org", "a@x.org", "Ann <a@X.org>", "b@x.org", "c@x.org"]), min_size=1))
def test_each_recipient_has_one_row_however_named(named: list[str]) -> None:
    events = parse(payloads.body(payloads.delivery(recipients=named)), stack=STACK).events

    recipients = [event.recipient for event in events]
    assert len(set(recipients)) == len(recipients)
    assert set(recipients) == {address.lower().removeprefix("ann <").removesuffix(">") for address in named}
