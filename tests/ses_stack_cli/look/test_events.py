"""Stored events, as the commands that look at them print them."""

from __future__ import annotations

from ses_stack.history.adapters.events import parse
from ses_stack.history.events import RecipientEvent
from ses_stack_cli.look.events import event_cells, event_document
from tests.support import payloads


def stored(record: payloads.Json) -> RecipientEvent:
    (event,) = parse(payloads.body(record), stack=payloads.STACK).events
    return event


def test_an_event_as_json() -> None:
    assert event_document(stored(payloads.bounce())) == {
        "type": "bounce",
        "subtype": "Permanent/General",
        "time": "2026-11-24T06:10:03.001Z",
        "detail": "smtp; 550 5.1.1 user unknown",
        "bot": None,
    }


def test_the_cells_of_an_event() -> None:
    event_time, event_type, subtype = event_cells(stored(payloads.bounce()))
    assert (event_time, str(event_type), subtype) == ("2026-11-24T06:10:03.001Z", "bounce", "Permanent/General")


def test_an_open_by_a_likely_bot_says_so_in_place_of_the_subtype() -> None:
    assert event_cells(stored(payloads.opened(isBotEvent="Likely")))[2] == "likely a bot"
    assert event_cells(stored(payloads.opened(isBotEvent="Unlikely")))[2] == ""
