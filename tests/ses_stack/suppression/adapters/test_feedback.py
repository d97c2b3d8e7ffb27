"""SES's records, parsed for suppression."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given

from ses_stack.errors import FieldError, NotAnEventError, RecordError
from ses_stack.mail.addresses import address_key
from ses_stack.mail.event_types import EventType
from ses_stack.suppression.adapters import feedback as ses_feedback
from ses_stack.suppression.facts import Fact
from ses_stack.suppression.feedback import Feedback, facts_of
from tests.support import payloads
from tests.support.event_strategies import ANY_JSON, MARK, damaged_records
from tests.support.payloads import MESSAGE_ID, Json, bounced, preferences

ANN, BEN = "Ann.Lee@example.org", "ben@example.org"


def parse(record: Json) -> Feedback | None:
    return ses_feedback.parse(payloads.body(record))


def recipients(record: Json) -> list[str]:
    feedback = parse(record)
    assert feedback
    return list(feedback.recipients)


@pytest.mark.parametrize(
    ("record", "feedback"),
    [
        pytest.param(
            payloads.bounce(),
            Feedback(
                type=EventType.BOUNCE,
                message_id=MESSAGE_ID,
                time="2026-11-24T06:10:03.001Z",
                recipients=[ANN],
                bounce_type="Permanent",
                subtype="General",
                with_status=[ANN],
            ),
            id="bounce",
        ),
        pytest.param(
            payloads.delivery(),
            Feedback(type=EventType.DELIVERY, message_id=MESSAGE_ID, time="2026-11-24T06:10:02.456Z", recipients=[ANN]),
            id="delivery",
        ),
        pytest.param(
            payloads.complaint(),
            Feedback(
                type=EventType.COMPLAINT,
                message_id=MESSAGE_ID,
                time="2026-11-24T09:30:00.000Z",
                recipients=[ANN],
                subtype="abuse",
            ),
            id="complaint",
        ),
        pytest.param(
            payloads.subscription(),
            Feedback(
                type=EventType.SUBSCRIPTION,
                message_id=MESSAGE_ID,
                time="2026-11-24T08:00:00.250Z",
                recipients=[ANN],
                unsubscribed=True,
                topics={"offers": True},
            ),
            id="subscription",
        ),
    ],
)
def test_each_type_complete(record: Json, feedback: Feedback) -> None:
    assert parse(record) == feedback


@pytest.mark.parametrize(
    "make",
    [payloads.send, payloads.reject, payloads.delivery_delay, payloads.opened, payloads.click]
    + [payloads.rendering_failure],
)
def test_other_types_have_no_bearing_on_suppression(make: Any) -> None:
    assert parse(make()) is None


def test_unknown_types_and_events_not_about_mail_have_no_bearing_either() -> None:
    assert parse({"eventType": "Teleport", "mail": None}) is None
    assert ses_feedback.parse('{"notificationType":"AmazonSnsSubscriptionSucceeded"}') is None


def test_identity_feedback_is_the_same_feedback() -> None:
    record = payloads.bounce()
    record["notificationType"] = record.pop("eventType")

    assert parse(record) == parse(payloads.bounce())


class TestRecipients:
    def test_keep_the_case_in_which_ses_spells_them(self) -> None:
        assert recipients(payloads.delivery(recipients=["Ann <Ann.Lee@Example.org>", BEN])) == [
            "Ann.Lee@Example.org",
            BEN,
        ]

    def test_that_the_event_does_not_name_are_the_mails_if_there_was_one(self) -> None:
        assert recipients(payloads.bounce(bouncedRecipients=[])) == [ANN]
        assert recipients(payloads.bounce(bouncedRecipients=[], mail={"destination": [ANN, BEN]})) == []
        assert recipients(payloads.bounce(bouncedRecipients=[], mail={"destination": None})) == []

    def test_of_a_subscription_are_known_only_if_the_mail_had_one(self) -> None:
        assert recipients(payloads.subscription(mail={"destination": [ANN, ANN.lower()]})) == [ANN]
        assert recipients(payloads.subscription(mail={"destination": [ANN, BEN]})) == []
        assert recipients(payloads.subscription(mail={"destination": [ANN, "user"]})) == []

    def test_that_cannot_be_read_do_not_block_the_others(self) -> None:
        named = [ANN, "undisclosed-recipients:;"]
        feedback = parse(payloads.bounce(bouncedRecipients=list(map(bounced, named)), mail={"destination": named}))

        assert feedback
        assert feedback.recipients == [ANN]
        assert str(feedback.unreadable) == "bounce.bouncedRecipients[1].emailAddress is not an e-mail address"


class TestDeliveryStatus:
    @pytest.mark.parametrize("member", ["action", "status", "diagnosticCode"])
    def test_is_any_of_three_members(self, member: str) -> None:
        bounce = parse(payloads.bounce(bouncedRecipients=[{"emailAddress": ANN, member: "x"}, {"emailAddress": BEN}]))

        assert bounce
        assert (bounce.recipients, bounce.with_status) == ([ANN, BEN], [ANN])

    @pytest.mark.parametrize("value", [None, "", " ", 5, ["5.1.1"], {}])
    def test_is_a_text(self, value: Any) -> None:
        empty = {"emailAddress": ANN, "action": value, "status": value, "diagnosticCode": value}
        bounce = parse(payloads.bounce(bouncedRecipients=[empty]))

        assert bounce
        assert (bounce.recipients, bounce.with_status) == ([ANN], [])

    def test_is_missing_for_a_recipient_that_the_event_does_not_name(self) -> None:
        bounce = parse(payloads.bounce(bouncedRecipients=[]))

        assert bounce
        assert (bounce.recipients, bounce.with_status) == ([ANN], [])


class TestTopicPreferences:
    @pytest.mark.parametrize(("choice", "out"), [("OptIn", False), ("OptOut", True), ("OPT_OUT", True)])
    def test_are_read_in_every_spelling(self, choice: str, out: bool) -> None:
        feedback = parse(payloads.subscription(newTopicPreferences=preferences(news=choice)))

        assert feedback
        assert (feedback.unsubscribed, feedback.topics) == (False, {"news": out})

    @pytest.mark.parametrize("written", [{}, {"unsubscribeAll": None, "topicSubscriptionStatus": None}])
    def test_may_be_missing(self, written: Json) -> None:
        feedback = parse(payloads.subscription(newTopicPreferences=written))

        assert feedback
        assert (feedback.unsubscribed, feedback.topics) == (None, {})

    def test_that_are_no_choice_are_refused_without_the_value(self) -> None:
        with pytest.raises(FieldError, match="subscriptionStatus is neither OptIn nor OptOut") as error:
            parse(payloads.subscription(newTopicPreferences=preferences(offers="Perhaps")))

        assert "Perhaps" not in str(error.value)


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ({"bounceType": None}, "bounce.bounceType has the wrong kind or size: null"),
        ({"timestamp": "yesterday"}, "bounce.timestamp is not an ISO-8601 time"),
        ({"bouncedRecipients": None}, "bounce.bouncedRecipients has the wrong kind or size: null"),
        ({"mail": {"messageId": ""}}, "mail.messageId has the wrong kind or size: an empty string"),
    ],
)
def test_a_bad_record_fails_with_the_name_of_its_field(change: Json, cause: str) -> None:
    with pytest.raises(FieldError, match=cause):
        parse(payloads.bounce(**change))


def test_a_body_that_is_no_record_fails() -> None:
    with pytest.raises(NotAnEventError):
        ses_feedback.parse("[]")


@given(ANY_JSON)
def test_any_json_parses_or_fails_with_a_name(value: Any) -> None:
    for body in (json.dumps(value), json.dumps({"eventType": "Bounce", "mail": value, "bounce": value})):
        with contextlib.suppress(RecordError):
            ses_feedback.parse(body)


def facts_or_error(body: str) -> list[Fact] | RecordError:
    try:
        feedback = ses_feedback.parse(body)
    except RecordError as error:
        return error
    if feedback and feedback.unreadable:
        return feedback.unreadable
    return facts_of(feedback) if feedback else []


@given(damaged_records())
def test_a_damaged_record_becomes_facts_or_fails_without_its_content(record: Json) -> None:
    outcome = facts_or_error(json.dumps(record))

    if isinstance(outcome, RecordError):
        assert MARK not in outcome.cause
    else:
        assert all(fact.recipient == address_key(fact.as_spelled) and "@" in fact.recipient for fact in outcome)
