"""Both sides of a request's story."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ses_stack.history.adapters.events import parse
from ses_stack.history.events import RecipientEvent
from ses_stack.sending.outcomes.ledger import LedgerEntry, RequestStatus
from ses_stack.sending.outcomes.story import story
from tests.support import payloads

ENTRY = LedgerEntry(
    request_id="r",
    status=RequestStatus.SENT,
    stream="marketing",
    lane="bulk",
    recipients=1,
    queued_at=1.0,
    changed_at=2.0,
)


class Messages:
    def __init__(self, *events: RecipientEvent) -> None:
        self._events = events

    def of_message(self, message_id: str, *, raw: bool) -> Sequence[RecipientEvent]:
        return [event for event in self._events if event.message_id == message_id]


class Requests:
    def __init__(self, entry: LedgerEntry) -> None:
        self._entry = entry

    def of_request(self, request_id: str) -> LedgerEntry | None:
        return self._entry if request_id == self._entry.request_id else None


def test_nothing_is_known_of_either() -> None:
    assert story(Messages(), Requests(ENTRY), "other") is None
    assert story(Messages(), None, "r") is None


def test_a_request_that_was_not_sent_has_an_entry_only() -> None:
    found = story(Messages(), Requests(ENTRY), "r")

    assert found
    assert (found.entry, found.timeline) == (ENTRY, None)


def test_a_request_and_its_message_are_told_together_by_either_id() -> None:
    events = Messages(*parse(payloads.body(payloads.delivery()), stack=payloads.STACK).events)
    entry = replace(ENTRY, request_id="order-1001", message_id=payloads.MESSAGE_ID)

    by_request = story(events, Requests(entry), "order-1001")
    by_message = story(events, Requests(entry), payloads.MESSAGE_ID)

    assert by_request == by_message
    assert by_request
    assert by_request.timeline
    assert by_request.timeline.message_id == payloads.MESSAGE_ID


def test_mail_that_was_not_queued_has_events_only() -> None:
    events = Messages(*parse(payloads.body(payloads.delivery()), stack=payloads.STACK).events)

    for requests in (None, Requests(ENTRY)):
        found = story(events, requests, payloads.MESSAGE_ID)
        assert found
        assert found.entry is None
        assert found.timeline
