"""Why a message became a dead letter."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ses_stack.dead_letters.adapters.failures import NOT_FINISHED, PARSES_NOW, failure_of
from ses_stack.dead_letters.messages import DeadLetterMessage, Failure
from ses_stack.dead_letters.queues import DeadLetterKind
from ses_stack.mail.event_types import EventType
from tests.support import payloads


def diagnosed(body: str, kind: DeadLetterKind = DeadLetterKind.EVENTS, **attributes: str) -> Failure:
    named: dict[str, Any] = {name: {"DataType": "String", "StringValue": text} for name, text in attributes.items()}
    letter = DeadLetterMessage(id="1", receipt="", body=body, sent_at=0.0, receive_count=1, attributes=named)
    return failure_of(letter, kind=kind, stack=payloads.STACK)


@pytest.mark.parametrize("kind", payloads.EVERY)
def test_a_good_letter_died_of_something_else(kind: str) -> None:
    assert diagnosed(payloads.body(payloads.EVERY[kind]())) == Failure(
        cause=PARSES_NOW, type=EventType(kind), message_id=payloads.MESSAGE_ID
    )


def test_a_fault_in_a_field_is_the_cause() -> None:
    record = payloads.bounce()
    del record["mail"]["timestamp"]
    assert diagnosed(payloads.body(record)) == Failure(
        cause="FieldError: mail.timestamp is missing",
        type=EventType.BOUNCE,
        message_id=payloads.MESSAGE_ID,
        malformed=True,
    )


@pytest.mark.parametrize(
    ("body", "error"), [("{", "NotJsonError"), ("[]", "NotAnEventError"), ("{}", "NotAnEventError")]
)
def test_what_is_no_event_has_neither_type_nor_message(body: str, error: str) -> None:
    found = diagnosed(body)
    assert found.cause.startswith(f"{error}: ")
    assert (found.type, found.message_id, found.malformed) == (None, None, True)


@pytest.mark.parametrize("mail", [None, [], {"messageId": 7}])
def test_a_broken_mail_object_has_no_message_id(mail: Any) -> None:
    found = diagnosed(json.dumps({"eventType": "Send", "send": {}, "mail": mail}))
    assert (found.type, found.message_id, found.malformed) == (EventType.SEND, None, True)


def test_an_event_that_is_not_about_mail_parses() -> None:
    body = json.dumps({"source": "aws.ses", "detail-type": "Sending Status Enabled", "detail": {"version": "1"}})
    assert diagnosed(body) == Failure(cause=PARSES_NOW)


def test_an_undelivered_event_says_itself_why() -> None:
    body = payloads.body(payloads.send())
    found = diagnosed(body, DeadLetterKind.UNDELIVERED, ERROR_CODE="NO_PERMISSIONS")
    assert (found.cause, found.type, found.malformed) == ("NO_PERMISSIONS", EventType.SEND, False)
    assert diagnosed("{", DeadLetterKind.UNDELIVERED).cause == "EventBridge gave no reason"


def test_a_letter_for_the_suppression_writer_is_read_as_it_reads() -> None:
    choice = payloads.preferences(offers="Perhaps")
    body = payloads.body(payloads.subscription(newTopicPreferences=choice))
    named = diagnosed(body, DeadLetterKind.FEEDBACK)
    assert named.malformed
    assert "subscriptionStatus is neither OptIn nor OptOut" in named.cause
    assert not diagnosed(body).malformed


@pytest.mark.parametrize("kind", [DeadLetterKind.EVENTS, DeadLetterKind.FEEDBACK])
def test_a_recipient_that_cannot_be_read_is_the_cause(kind: DeadLetterKind) -> None:
    named = ["ann@x.org", "undisclosed-recipients:;"]
    record = payloads.bounce(bouncedRecipients=list(map(payloads.bounced, named)), mail={"destination": named})
    found = diagnosed(payloads.body(record), kind)
    assert (found.type, found.malformed) == (EventType.BOUNCE, True)
    assert found.cause == "FieldError: bounce.bouncedRecipients[1].emailAddress is not an e-mail address"


REQUEST = {
    "v": 1,
    "request_id": "r1",
    "stream": "marketing",
    "from": "app@example.com",
    "to": ["ann@example.com"],
    "subject": "Hi",
    "text": "Hello",
}


def test_a_request_carries_the_senders_reason() -> None:
    named = diagnosed(json.dumps(REQUEST), DeadLetterKind.REQUESTS, reason="NotFoundException: no template")
    assert named == Failure(cause="NotFoundException: no template", request_id="r1", stream="marketing")


def test_a_request_without_a_reason_was_never_finished() -> None:
    assert diagnosed(json.dumps(REQUEST), DeadLetterKind.REQUESTS).cause == NOT_FINISHED


def test_a_request_that_cannot_be_read_says_why() -> None:
    named = diagnosed(
        json.dumps(REQUEST | {"stream": "pigeon"}), DeadLetterKind.REQUESTS, reason="RequestError: whatever"
    )
    assert named.malformed
    assert named.cause.startswith("RequestError: stream")


def test_a_place_in_a_table_stream_says_why_the_function_gave_up() -> None:
    batch = dict.fromkeys(("streamArn", "shardId", "startSequenceNumber", "endSequenceNumber"), "1")
    letter = {"requestContext": {"condition": "RetryAttemptsExhausted"}, "DDBStreamBatchInfo": batch | {"batchSize": 7}}
    named = diagnosed(json.dumps(letter), DeadLetterKind.POSITIONS)
    assert named == Failure(cause="the function gave up: RetryAttemptsExhausted", records=7)
    assert diagnosed("{}", DeadLetterKind.POSITIONS) == Failure(
        cause="FieldError: DDBStreamBatchInfo is missing", malformed=True
    )
