"""The recipient event."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from ses_stack.history.events import Bot, RecipientEvent
from ses_stack.mail.event_types import EventType

EVENT = RecipientEvent(
    message_id="m-1",
    type=EventType.OPEN,
    time="2026-11-24T07:00:00.500Z",
    fingerprint="0123456789abcdef",
    recipient=None,
    provider=None,
    stream="marketing",
    raw="{}",
)


def test_what_only_some_events_have_is_missing_by_default() -> None:
    assert (EVENT.subtype, EVENT.detail, EVENT.subject, EVENT.sender, EVENT.request_id) == (None,) * 5
    assert EVENT.bot is None
    assert EVENT.tags == {}


def test_an_event_never_changes() -> None:
    with pytest.raises(FrozenInstanceError):
        EVENT.recipient = "ann@example.org"  # type: ignore[misc]


def test_a_missing_verdict_is_another_value_than_unlikely() -> None:
    assert [Bot("likely"), Bot("unlikely"), Bot("unknown")] == [Bot.LIKELY, Bot.UNLIKELY, Bot.UNKNOWN]
