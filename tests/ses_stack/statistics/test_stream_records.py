"""Which records count, and as what."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ses_stack.statistics.counters import Counter
from ses_stack.statistics.stream_records import CountedEvent, counted_event, sequence_of
from tests.support.statistics_records import record


def event(**changes: Any) -> CountedEvent:
    found = counted_event(record(**changes))
    assert found is not None
    return found


def test_a_new_row_counts() -> None:
    assert event(campaign="launch") == CountedEvent(
        sequence="1".zfill(40),
        minutes="2026-11-24T06:10",
        stream="marketing",
        campaign="launch",
        provider="gmail",
        counter=Counter.SEND,
    )


@pytest.mark.parametrize("name", ["MODIFY", "REMOVE"])
def test_an_event_that_came_again_or_expired_does_not_count(name: str) -> None:
    assert counted_event(record(name=name)) is None


def test_a_row_that_expired_before_it_was_inserted_does_not_count() -> None:
    assert counted_event(record(expires_at=1_000, written_at=1_001.0)) is None
    assert counted_event(record(expires_at=1_000, written_at=1_000.0)) is not None
    assert counted_event(record(expires_at=1_000)) is not None


@pytest.mark.parametrize("time", ["", "yesterday", "2026-13-24T06:13:00.000Z", "2026-11-24T06:7x:00.000Z"])
def test_a_row_without_a_time_does_not_count(time: str) -> None:
    assert counted_event(record(time=time)) is None


def test_a_record_without_its_row_does_not_count() -> None:
    assert counted_event({"eventName": "INSERT", "dynamodb": {"SequenceNumber": "1"}}) is None


@pytest.mark.parametrize("provider", ["", "acme.example"])
def test_providers_are_bounded(provider: str) -> None:
    assert event(provider=provider).provider == "other"


def test_mail_to_the_mailbox_simulator_is_apart_from_all() -> None:
    found = event(provider="simulator", kind="bounce", subtype="Permanent/General", campaign="launch")
    assert (found.stream, found.campaign, found.counter) == ("simulator", "", Counter.HARD_BOUNCE)


def test_bots_and_subtypes_are_read() -> None:
    assert event(kind="open", bot="likely").counter is Counter.OPEN_BOT
    assert event(kind="click", bot="of a new kind").counter is Counter.CLICK_UNKNOWN
    assert event(kind="complaint", subtype="not-spam").counter is Counter.NOT_SPAM
    assert event(kind="bounce", subtype="Transient/General", detail="451").counter is Counter.SOFT_BOUNCE
    assert event(kind="a_type_of_2027").counter is Counter.UNKNOWN


@given(one=st.integers(0, 10**40 - 1), other=st.integers(0, 10**40 - 1))
def test_the_order_of_records_is_that_of_their_numbers(one: int, other: int) -> None:
    first, second = (sequence_of({"dynamodb": {"SequenceNumber": str(number)}}) for number in (one, other))
    assert (first < second) == (one < other)
