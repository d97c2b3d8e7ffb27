"""Why a letter is dead, found by reading it again as the functions do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ses_stack.dead_letters.adapters.stream_replay import position_of
from ses_stack.dead_letters.letters import Diagnosis, Holds, Letter
from ses_stack.errors import RecordError
from ses_stack.history.adapters import events as ses_events
from ses_stack.mail.adapters.records import type_name_of, unwrap
from ses_stack.mail.event_types import EventType
from ses_stack.sending.adapters.lane_queue import REASON, request_of
from ses_stack.suppression.adapters import feedback as ses_feedback

PARSES_NOW = "parses now: the store or the function failed"
IN_VAIN = "received in vain: no worker finished it"


def diagnosis(letter: Letter, *, holds: Holds, stack: str) -> Diagnosis:
    """The cause of a letter's death, and what it is about."""
    return _READERS[holds](letter, stack)


def _event(letter: Letter, stack: str) -> Diagnosis:
    return _parsed(letter, lambda body: ses_events.parse(body, stack=stack))


def _feedback(letter: Letter, _stack: str) -> Diagnosis:
    """The suppression writer reads less than the normalizer, and more strictly."""
    return _parsed(letter, ses_feedback.parse)


def _parsed(letter: Letter, parse: Callable[[str], object]) -> Diagnosis:
    try:
        parse(letter.body)
    except RecordError as error:
        return Diagnosis(cause=error.cause, malformed=True, **_subject(letter.body))
    return Diagnosis(cause=PARSES_NOW, **_subject(letter.body))


def _undelivered(letter: Letter, _stack: str) -> Diagnosis:
    """Nothing has read the letter yet: EventBridge says what went wrong."""
    return Diagnosis(cause=letter.attribute("ERROR_CODE") or "EventBridge gave no reason", **_subject(letter.body))


def _request(letter: Letter, _stack: str) -> Diagnosis:
    """The sender says why it gave up. Where it says nothing, SQS did, after the last receive."""
    try:
        request = request_of(letter.body)
    except RecordError as error:
        return Diagnosis(cause=error.cause, malformed=True)
    return Diagnosis(cause=letter.attribute(REASON) or IN_VAIN, request_id=request.request_id, stream=request.stream)


def _position(letter: Letter, _stack: str) -> Diagnosis:
    try:
        position = position_of(letter.body)
    except RecordError as error:
        return Diagnosis(cause=error.cause, malformed=True)
    return Diagnosis(cause=f"the function gave up: {position.condition}", records=position.size)


_READERS: Mapping[Holds, Callable[[Letter, str], Diagnosis]] = {
    Holds.EVENTS: _event,
    Holds.UNDELIVERED: _undelivered,
    Holds.FEEDBACK: _feedback,
    Holds.REQUESTS: _request,
    Holds.POSITIONS: _position,
}


def _subject(body: str) -> dict[str, Any]:
    """The event type and SES's message id, as far as they can be made out."""
    try:
        record = unwrap(body) or {}
    except RecordError:
        return {}
    type_name, mail = type_name_of(record), record.get("mail")
    message_id = mail.get("messageId") if isinstance(mail, dict) else None
    return {
        "type": EventType.from_name(type_name) if type_name else None,
        "message_id": message_id if isinstance(message_id, str) else None,
    }
