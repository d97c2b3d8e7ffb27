"""Why a message became a dead letter: the message is parsed again, as the functions parse it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ses_stack.dead_letters.adapters.stream_position import position_of
from ses_stack.dead_letters.messages import DeadLetterMessage, Failure
from ses_stack.dead_letters.queues import DeadLetterKind
from ses_stack.errors import RecordError
from ses_stack.history.adapters import events as ses_events
from ses_stack.mail.adapters.records import type_name_of, unwrap
from ses_stack.mail.event_types import EventType
from ses_stack.sending.adapters.lane_queue import REASON, request_of
from ses_stack.suppression.adapters import feedback as ses_feedback

PARSES_NOW = "parses now: the store or the function failed"
NOT_FINISHED = "received in vain: no worker finished it"


def failure_of(message: DeadLetterMessage, *, kind: DeadLetterKind, stack: str) -> Failure:
    """Why a message of a queue of that kind became a dead letter, and its subject. `stack` is the stack's name."""
    return _READERS[kind](message, stack)


def _event(message: DeadLetterMessage, stack: str) -> Failure:
    return _parsed(message, lambda body: ses_events.parse(body, stack=stack).unreadable)


def _feedback(message: DeadLetterMessage, _stack: str) -> Failure:
    """The suppression writer reads less than the normalizer, and more strictly."""
    return _parsed(message, _unreadable_in_feedback)


def _unreadable_in_feedback(body: str) -> RecordError | None:
    feedback = ses_feedback.parse(body)
    return feedback.unreadable if feedback else None


def _parsed(message: DeadLetterMessage, parse: Callable[[str], RecordError | None]) -> Failure:
    """The failure by the error that `parse` raises, or returns for a recipient that cannot be read."""
    try:
        error = parse(message.body)
    except RecordError as raised:
        error = raised
    cause = error.cause if error else PARSES_NOW
    return Failure(cause=cause, malformed=error is not None, **_subject(message.body))


def _undelivered(message: DeadLetterMessage, _stack: str) -> Failure:
    """No function has read the message: EventBridge gives the error code.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
    """
    return Failure(cause=message.attribute("ERROR_CODE") or "EventBridge gave no reason", **_subject(message.body))


def _request(message: DeadLetterMessage, _stack: str) -> Failure:
    """The sender gives the reason. Without one, SQS moved the message, after the last receive."""
    try:
        request = request_of(message.body)
    except RecordError as error:
        return Failure(cause=error.cause, malformed=True)
    return Failure(
        cause=message.attribute(REASON) or NOT_FINISHED, request_id=request.request_id, stream=request.stream
    )


def _position(message: DeadLetterMessage, _stack: str) -> Failure:
    try:
        position = position_of(message.body)
    except RecordError as error:
        return Failure(cause=error.cause, malformed=True)
    return Failure(cause=f"the function gave up: {position.condition}", records=position.size)


_READERS: Mapping[DeadLetterKind, Callable[[DeadLetterMessage, str], Failure]] = {
    DeadLetterKind.EVENTS: _event,
    DeadLetterKind.UNDELIVERED: _undelivered,
    DeadLetterKind.FEEDBACK: _feedback,
    DeadLetterKind.REQUESTS: _request,
    DeadLetterKind.POSITIONS: _position,
    DeadLetterKind.UNCOUNTED: _position,
}


def _subject(body: str) -> dict[str, Any]:
    """The event type and SES's message id, as far as they can be read."""
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
