"""Which counter an event adds to."""

from __future__ import annotations

import pytest

from ses_stack.history.events import Bot
from ses_stack.mail.event_types import EventType
from ses_stack.statistics.counters import Counter, counter_of


@pytest.mark.parametrize(
    ("subtype", "detail", "counter"),
    [
        ("Permanent/General", "smtp; 550 5.1.1 unknown", Counter.HARD_BOUNCE),
        ("Permanent/NoEmail", "", Counter.HARD_BOUNCE),
        ("Permanent/Suppressed", "", Counter.SUPPRESSION_LIST_BOUNCE),
        ("Permanent/OnAccountSuppressionList", "", Counter.SUPPRESSION_LIST_BOUNCE),
        ("Permanent/OnTenantSuppressionList", "", Counter.SUPPRESSION_LIST_BOUNCE),
        ("Permanent/EmailValidationSuppressed", "", Counter.SUPPRESSION_LIST_BOUNCE),
        ("Permanent/SomethingOf2027", "", Counter.HARD_BOUNCE),
        ("Transient/MailboxFull", "", Counter.SOFT_BOUNCE),
        ("Transient/General", "smtp; 451 try later", Counter.SOFT_BOUNCE),
        ("Transient/General", "", Counter.AUTO_REPLY),
        ("Undetermined/Undetermined", "", Counter.UNDETERMINED_BOUNCE),
        ("", "", Counter.UNDETERMINED_BOUNCE),
    ],
)
def test_bounces_by_type(subtype: str, detail: str, counter: Counter) -> None:
    assert counter_of(EventType.BOUNCE, subtype=subtype, detail=detail) is counter


@pytest.mark.parametrize(
    ("subtype", "counter"),
    [
        ("abuse", Counter.COMPLAINT),
        ("", Counter.COMPLAINT),
        ("not-spam", Counter.NOT_SPAM),
        ("OnAccountSuppressionList", Counter.SUPPRESSION_LIST_COMPLAINT),
    ],
)
def test_complaints_by_type(subtype: str, counter: Counter) -> None:
    assert counter_of(EventType.COMPLAINT, subtype=subtype) is counter


def test_opens_and_clicks_by_verdict() -> None:
    found = {(kind, bot): counter_of(kind, bot=bot) for kind in (EventType.OPEN, EventType.CLICK) for bot in Bot}
    assert found == {
        (EventType.OPEN, Bot.LIKELY): Counter.OPEN_BOT,
        (EventType.OPEN, Bot.UNLIKELY): Counter.OPEN_HUMAN,
        (EventType.OPEN, Bot.UNKNOWN): Counter.OPEN_UNKNOWN,
        (EventType.CLICK, Bot.LIKELY): Counter.CLICK_BOT,
        (EventType.CLICK, Bot.UNLIKELY): Counter.CLICK_HUMAN,
        (EventType.CLICK, Bot.UNKNOWN): Counter.CLICK_UNKNOWN,
    }


def test_every_type_of_event_is_counted() -> None:
    assert {counter_of(kind) for kind in EventType} == {
        Counter.SEND,
        Counter.DELIVERY,
        Counter.UNDETERMINED_BOUNCE,
        Counter.COMPLAINT,
        Counter.REJECT,
        Counter.OPEN_UNKNOWN,
        Counter.CLICK_UNKNOWN,
        Counter.RENDERING_FAILURE,
        Counter.DELIVERY_DELAY,
        Counter.SUBSCRIPTION,
        Counter.UNKNOWN,
    }
