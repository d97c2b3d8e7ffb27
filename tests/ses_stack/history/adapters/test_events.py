"""From the text of a queue message to recipient events: the ten types, and the traps in SES's records."""

from __future__ import annotations

import json
from bisect import bisect_left
from typing import Any, ClassVar

import pytest

from ses_stack.errors import FieldError, NotJsonError, RecordError
from ses_stack.history.adapters import events as ses_events
from ses_stack.history.adapters.rows import event_of, item_of
from ses_stack.history.events import Bot, RecipientEvent
from ses_stack.history.keys import feed_partition
from ses_stack.mail.adapters.records import unwrap
from ses_stack.mail.event_types import EventType
from tests.support import payloads
from tests.support.payloads import BROWSER, MESSAGE_ID, SENT_AT, STACK, Json, bounced, delayed, mail, preferences

ANN, BEN = "ann.lee@example.org", "ben@gmail.com"


def parse(record: Json) -> list[RecipientEvent]:
    return parsed(payloads.body(record))


def parsed(text: str) -> list[RecipientEvent]:
    record = ses_events.parse(text, stack=STACK)
    assert record.unreadable is None
    return list(record.events)


def only(record: Json) -> RecipientEvent:
    (event,) = parse(record)
    return event


def recipients(record: Json) -> list[str | None]:
    return [event.recipient for event in parse(record)]


def problem(text: str) -> str:
    with pytest.raises(RecordError) as caught:
        ses_events.parse(text, stack=STACK)
    return caught.value.cause


def readable_and_problem(record: Json) -> tuple[list[str | None], str | None]:
    """The recipients that could be read, and the error of the first one that could not."""
    found = ses_events.parse(payloads.body(record), stack=STACK)
    return [event.recipient for event in found.events], found.unreadable and found.unreadable.cause


# What the rows below have in common; `feed` and the start of `event_key` follow from the event's time.
COMMON: dict[str, Any] = {
    "message_id": MESSAGE_ID,
    "recipient": ANN,
    "provider": "other",
    "stream": "marketing",
    "subject": "Winter boots are here",
    "sender": "Example Shop <news@example.com>",
    "tags": {"campaign": ["winter-26"]},
    "request_id": "order-1001",
}


def row_of(event: RecipientEvent) -> dict[str, Any]:
    """The row as plain values; its raw payload unpacked, its key without the fingerprint."""
    item = item_of(event, retention_days=1)
    row = {name: value for name, typed in item.items() for value in typed.values()}
    tags = {name: [value["S"] for value in values["L"]] for name, values in row["tags"].items()}
    key, _, fingerprint = row["event_key"].rpartition("#")
    assert fingerprint == event.fingerprint
    return row | {"tags": tags, "event_key": key, "raw": event_of(item).raw}


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        pytest.param(
            payloads.send(),
            {
                "type": "send",
                "event_key": f"{SENT_AT}#send",
                "expires_at": "1795587000",
                "feed": "2026-11-24T06#6",
            },
            id="send",
        ),
        pytest.param(
            payloads.delivery(),
            {
                "type": "delivery",
                "event_key": "2026-11-24T06:10:02.456Z#delivery",
                "expires_at": "1795587002",
                "detail": "250 2.0.0 OK  1764137402 d9443c01a7336-29b5b25a8f2si123456789 - gsmtp",
            },
            id="delivery",
        ),
        pytest.param(
            payloads.bounce(),
            {
                "type": "bounce",
                "subtype": "Permanent/General",
                "event_key": "2026-11-24T06:10:03.001Z#bounce",
                "expires_at": "1795587003",
                "feed": "2026-11-24T06#6",
                "detail": "smtp; 550 5.1.1 user unknown",
            },
            id="bounce",
        ),
        pytest.param(
            payloads.complaint(),
            {
                "type": "complaint",
                "subtype": "abuse",
                "event_key": "2026-11-24T09:30:00.000Z#complaint",
                "expires_at": "1795599000",
                "feed": "2026-11-24T09#6",
                "detail": "Yahoo!-Mail-Feedback/2.0",
            },
            id="complaint",
        ),
        pytest.param(
            payloads.reject(),
            {
                "type": "reject",
                "event_key": f"{SENT_AT}#reject",
                "expires_at": "1795587000",
                "feed": "2026-11-24T06#6",
                "detail": "Bad content",
            },
            id="reject",
        ),
        pytest.param(
            payloads.opened(),
            {
                "type": "open",
                "event_key": "2026-11-24T07:00:00.500Z#open",
                "expires_at": "1795590000",
                "detail": BROWSER,
                "bot": "unlikely",
            },
            id="open",
        ),
        pytest.param(
            payloads.click(),
            {
                "type": "click",
                "event_key": "2026-11-24T07:00:09.750Z#click",
                "expires_at": "1795590009",
                "detail": "https://www.example.com/boots?utm_source=mail&utm_campaign=winter-26",
                "bot": "unlikely",
            },
            id="click",
        ),
        pytest.param(
            payloads.rendering_failure(),
            {
                "type": "rendering_failure",
                "event_key": f"{SENT_AT}#rendering_failure",
                "expires_at": "1795587000",
                "feed": "2026-11-24T06#6",
                "detail": "welcome: Attribute 'first_name' is not present in the rendering data.",
                "subject": None,  # nothing was rendered
            },
            id="rendering failure",
        ),
        pytest.param(
            payloads.delivery_delay(),
            {
                "type": "delivery_delay",
                "subtype": "TransientCommunicationFailure",
                "event_key": "2026-11-24T06:20:00.700Z#delivery_delay",
                "expires_at": "1795587600",
                "feed": "2026-11-24T06#6",
                "detail": "smtp; 421 4.4.1 Unable to connect to remote host",
            },
            id="delivery delay",
        ),
        pytest.param(
            payloads.subscription(),
            {
                "type": "subscription",
                "subtype": "UnsubscribeHeader",
                "event_key": "2026-11-24T08:00:00.250Z#subscription",
                "expires_at": "1795593600",
                "feed": "2026-11-24T08#6",
                "detail": "unsubscribed from all",
            },
            id="subscription",
        ),
    ],
)
def test_each_type_complete(record: Json, expected: dict[str, Any]) -> None:
    row = row_of(only(record))

    wanted = COMMON | {"raw": payloads.body(record)} | expected
    assert row == {name: value for name, value in wanted.items() if value is not None}


class TestWrappings:
    """A record comes in an EventBridge envelope, from SNS, or bare."""

    expected = only(payloads.bounce())

    @pytest.mark.parametrize(
        "wrap",
        [
            pytest.param(payloads.envelope, id="eventbridge"),
            pytest.param(lambda record: record, id="bare"),
            pytest.param(lambda record: {"Type": "Notification", "Message": json.dumps(record)}, id="sns"),
            pytest.param(
                lambda record: {"Type": "Notification", "Message": json.dumps(payloads.envelope(record))},
                id="eventbridge in sns",
            ),
            pytest.param(lambda record: payloads.envelope(record, source="ses.simulator"), id="local cloud"),
        ],
    )
    def test_are_all_taken_off(self, wrap: Any) -> None:
        text = json.dumps(wrap(payloads.bounce()))

        (event,) = parsed(text)

        assert event.raw == text
        assert (event.fingerprint, event.time, event.recipient) == (
            self.expected.fingerprint,
            self.expected.time,
            self.expected.recipient,
        )

    def test_identity_feedback_names_the_type_otherwise(self) -> None:
        record = payloads.bounce()
        record["notificationType"] = record.pop("eventType")

        assert only(record).fingerprint == self.expected.fingerprint

    def test_a_subscription_to_sns_is_no_event(self) -> None:
        notice = {"notificationType": "AmazonSnsSubscriptionSucceeded", "message": "You have successfully subscribed"}

        assert parsed(json.dumps(notice)) == []


class TestRecipients:
    def test_each_gets_an_event_of_its_own(self) -> None:
        record = payloads.bounce(bouncedRecipients=[bounced(ANN, diagnosticCode="one"), bounced(BEN, status="5.2.2")])

        events = parse(record)

        assert [(event.recipient, event.detail) for event in events] == [
            (ANN, "one"),
            (BEN, "smtp; 550 5.1.1 user unknown"),
        ]
        assert events[0].fingerprint != events[1].fingerprint
        assert events[1].provider == "gmail"

    def test_named_twice_is_one(self) -> None:
        assert recipients(payloads.delivery(recipients=["Ann.Lee@example.org", "ann.lee@EXAMPLE.org"])) == [ANN]

    def test_a_display_name_is_left_out(self) -> None:
        assert recipients(
            payloads.complaint(complainedRecipients=[{"emailAddress": '"Lee, Ann" <Ann.Lee@example.org>'}])
        ) == [ANN]

    @pytest.mark.parametrize("make", [payloads.send, payloads.reject, payloads.rendering_failure])
    def test_come_from_the_mail_where_the_event_names_none(self, make: Any) -> None:
        assert recipients(make(mail={"destination": [BEN, "Ann <Ann.Lee@example.org>"]})) == [BEN, ANN]

    @pytest.mark.parametrize("make", [payloads.opened, payloads.click, payloads.subscription])
    def test_of_an_open_are_known_only_if_there_was_one(self, make: Any) -> None:
        assert recipients(make(mail={"destination": [ANN, BEN]})) == [None]
        assert recipients(make(mail={"destination": [ANN, ANN.upper()]})) == [ANN]

    @pytest.mark.parametrize(
        "record",
        [
            payloads.send(mail={"destination": []}),
            payloads.send(mail={"destination": None}),
            payloads.delivery(recipients=[], mail={"destination": []}),
            payloads.bounce(bouncedRecipients=[], mail={"destination": [ANN, BEN]}),
            payloads.delivery_delay(delayedRecipients=[], mail={"destination": []}),
        ],
    )
    def test_may_be_missing(self, record: Json) -> None:
        event = only(record)

        assert (event.recipient, event.provider) == (None, None)

    @pytest.mark.parametrize(
        "members", [{}, {"status": " ", "action": ""}, {"diagnosticCode": 5, "action": ["failed"]}]
    )
    def test_may_lack_a_diagnosis(self, members: Json) -> None:
        assert only(payloads.bounce(bouncedRecipients=[{"emailAddress": ANN, **members}])).detail is None

    def test_may_have_an_action_alone(self) -> None:
        """Then it is no auto-reply: suppression reads the same three members."""
        bounce = payloads.bounce(bouncedRecipients=[{"emailAddress": ANN, "action": "failed"}])
        assert only(bounce).detail == "failed"
        assert only(payloads.delivery_delay(delayedRecipients=[delayed(ANN, diagnosticCode=None)])).detail == "4.4.1"


class TestUnreadableRecipients:
    """One rule for history and suppression; tests/ses_stack/mail/test_recipients.py has its cases."""

    @pytest.mark.parametrize(
        ("make", "field"),
        [
            (lambda text: payloads.send(mail={"destination": [text, BEN]}), "mail.destination[0]"),
            (lambda text: payloads.reject(mail={"destination": [text, BEN]}), "mail.destination[0]"),
            (lambda text: payloads.rendering_failure(mail={"destination": [text, BEN]}), "mail.destination[0]"),
            (
                lambda text: payloads.delivery(recipients=[text, BEN], mail={"destination": [ANN, BEN]}),
                "delivery.recipients[0]",
            ),
            (
                lambda text: payloads.bounce(
                    bouncedRecipients=[bounced(text), bounced(BEN)], mail={"destination": [ANN, BEN]}
                ),
                "bounce.bouncedRecipients[0].emailAddress",
            ),
            (
                lambda text: payloads.complaint(
                    complainedRecipients=[{"emailAddress": text}, {"emailAddress": BEN}],
                    mail={"destination": [ANN, BEN]},
                ),
                "complaint.complainedRecipients[0].emailAddress",
            ),
            (
                lambda text: payloads.delivery_delay(
                    delayedRecipients=[delayed(text), delayed(BEN)], mail={"destination": [ANN, BEN]}
                ),
                "deliveryDelay.delayedRecipients[0].emailAddress",
            ),
        ],
    )
    @pytest.mark.parametrize("text", ["undisclosed-recipients:;", "", "user", None, 5, "<" * 500_000, "a" * 501])
    def test_do_not_block_the_others(self, make: Any, field: str, text: Any) -> None:
        assert readable_and_problem(make(text)) == ([BEN], f"FieldError: {field} is not an e-mail address")

    @pytest.mark.parametrize("make", [payloads.opened, payloads.click, payloads.subscription])
    def test_are_the_messages_only_one(self, make: Any) -> None:
        record = make(mail={"destination": ["undisclosed-recipients:;"]})

        assert readable_and_problem(record) == ([], "FieldError: mail.destination[0] is not an e-mail address")

    @pytest.mark.parametrize("entries", [[{}], [None], ["undisclosed-recipients:;"], [{"emailAddress": None}, {}]])
    def test_are_the_messages_only_recipient_if_there_is_one(self, entries: Any) -> None:
        assert recipients(payloads.bounce(bouncedRecipients=entries)) == [ANN]

    def test_among_several_of_a_message_leave_an_open_without_recipient(self) -> None:
        assert recipients(payloads.opened(mail={"destination": [ANN, "user"]})) == [None]

    @pytest.mark.parametrize("status", [5, None, {}, ""])
    def test_a_diagnosis_of_another_kind_is_no_diagnosis(self, status: Any) -> None:
        event = only(payloads.bounce(bouncedRecipients=[{"emailAddress": ANN, "status": status, "diagnosticCode": 1}]))

        assert (event.recipient, event.detail) == (ANN, None)


class TestTraps:
    @pytest.mark.parametrize("spelling", ["Rendering Failure", "RENDERING_FAILURE", "renderingFailure"])
    def test_rendering_failure_in_every_spelling(self, spelling: str) -> None:
        assert only(payloads.rendering_failure() | {"eventType": spelling}).type is EventType.RENDERING_FAILURE

    @pytest.mark.parametrize(
        ("failure", "detail"),
        [
            ({"templateName": None}, "Attribute 'first_name' is not present in the rendering data."),
            ({"errorMessage": None}, "welcome"),
        ],
    )
    def test_rendering_failure_with_half_of_its_texts(self, failure: Json, detail: str) -> None:
        assert only(payloads.rendering_failure(**failure)).detail == detail

    @pytest.mark.parametrize("link_tags", [None, {}, {"place": ["hero"]}, {"place": "hero"}])
    def test_link_tags_may_be_null(self, link_tags: Json | None) -> None:
        assert only(payloads.click(linkTags=link_tags)).type is EventType.CLICK

    def test_link_tags_tell_clicks_apart(self) -> None:
        fingerprints = {only(payloads.click(linkTags=tags)).fingerprint for tags in (None, {}, {"place": ["hero"]})}

        assert len(fingerprints) == 2  # null and empty are the same

    def test_a_tag_may_be_a_string(self) -> None:
        event = only(
            payloads.send(mail={"tags": {"ses:configuration-set": "ses-stack-marketing", "a": "1", "b": ["2", "3"]}})
        )

        assert (event.stream, event.tags) == ("marketing", {"a": ["1"], "b": ["2", "3"]})

    @pytest.mark.parametrize("tags", [None, {}, {"ses:configuration-set": []}])
    def test_tags_may_be_missing(self, tags: Json | None) -> None:
        event = only(payloads.send(mail={"tags": tags}))

        assert (event.stream, event.tags, event.request_id) == ("default", {}, None)
        assert "tags" not in item_of(event, retention_days=1)

    def test_the_stream_may_stand_in_a_header(self) -> None:
        headers = [{"name": "X-SES-CONFIGURATION-SET", "value": "ses-stack-transactional"}]

        assert only(payloads.send(mail={"tags": None, "headers": headers})).stream == "transactional"

    def test_the_subject_may_stand_in_a_header(self) -> None:
        assert only(payloads.send(mail={"commonHeaders": {"from": []}})).subject == "Winter boots are here"

    @pytest.mark.parametrize(
        "headers", [None, [], "cut", [None, 1, {"name": 1}, {"name": "Subject"}, {"name": "Subject", "value": None}]]
    )
    def test_headers_may_be_missing_or_odd(self, headers: Any) -> None:
        assert only(payloads.send(mail={"headers": headers, "commonHeaders": None})).subject is None

    @pytest.mark.parametrize("truncated", [True, False, "true", "false"])
    def test_headers_truncated_may_be_a_string(self, truncated: Any) -> None:
        assert only(payloads.send(mail={"headersTruncated": truncated})).type is EventType.SEND

    @pytest.mark.parametrize(
        ("verdict", "bot"),
        [
            ("Likely", Bot.LIKELY),
            ("Unlikely", Bot.UNLIKELY),
            (None, Bot.UNKNOWN),
            ("Perhaps", Bot.UNKNOWN),
            (True, Bot.UNKNOWN),
        ],
    )
    @pytest.mark.parametrize("make", [payloads.opened, payloads.click])
    def test_bots(self, make: Any, verdict: Any, bot: Bot) -> None:
        assert only(make(isBotEvent=verdict)).bot is bot

    def test_no_verdict_is_not_unlikely(self) -> None:
        record = payloads.opened()
        del record["open"]["isBotEvent"]

        assert only(record).bot is Bot.UNKNOWN

    @pytest.mark.parametrize(
        ("subtype", "feedback", "shown"),
        [
            (None, "not-spam", "not-spam"),
            ("OnAccountSuppressionList", None, "OnAccountSuppressionList"),
            (None, None, None),
        ],
    )
    def test_a_complaint_names_its_kind_in_two_places(
        self, subtype: str | None, feedback: str | None, shown: str | None
    ) -> None:
        assert only(payloads.complaint(complaintSubType=subtype, complaintFeedbackType=feedback)).subtype == shown

    @pytest.mark.parametrize(
        ("wishes", "detail"),
        [
            (preferences(offers="OptOut", news="OptIn"), "offers OptOut, news OptIn"),
            (preferences(), "no topics"),
            ({"unsubscribeAll": False}, "no topics"),
            (None, None),
        ],
    )
    def test_subscriptions(self, wishes: Json | None, detail: str | None) -> None:
        assert only(payloads.subscription(newTopicPreferences=wishes)).detail == detail

    def test_the_source_is_kept_with_its_display_name(self) -> None:
        assert (
            only(payloads.send(mail={"source": "=?utf-8?q?B=C3=B6rse?= <a@example.com>"})).sender
            == "=?utf-8?q?B=C3=B6rse?= <a@example.com>"
        )

    @pytest.mark.parametrize("feedback_id", [None, ""])
    def test_without_a_feedback_id_content_tells_bounces_apart(self, feedback_id: str | None) -> None:
        full, general = (
            only(payloads.bounce(feedbackId=feedback_id, bounceSubType=kind)) for kind in ("MailboxFull", "General")
        )

        assert full.fingerprint != general.fingerprint


class TestTimes:
    def test_are_those_of_the_event(self) -> None:
        assert only(payloads.opened(timestamp="2026-11-24T08:10:00.5+02:00")).time == "2026-11-24T06:10:00.500Z"

    @pytest.mark.parametrize("make", [payloads.send, payloads.reject, payloads.rendering_failure])
    def test_are_those_of_the_mail_where_the_event_has_none(self, make: Any) -> None:
        assert only(make(mail={"timestamp": "2026-11-24T06:10:00"})).time == "2026-11-24T06:10:00.000Z"

    def test_that_are_no_times_fail(self) -> None:
        cause = problem(payloads.body(payloads.send(mail={"timestamp": "yesterday"})))

        assert cause == "FieldError: mail.timestamp is not an ISO-8601 time"

    def test_that_are_not_even_text_fail(self) -> None:
        cause = problem(payloads.body(payloads.opened(timestamp=1764137402)))

        assert cause == "FieldError: open.timestamp has the wrong kind or size: a number (string_type)"


class TestUnknownTypes:
    record: ClassVar[Json] = {
        "eventType": "Teleport",
        "mail": mail(),
        "teleport": {"timestamp": "2026-11-25T00:00:00Z", "to": 1},
    }

    def test_are_kept(self) -> None:
        event = only(self.record)

        assert (event.type, event.subtype, event.time) == (EventType.UNKNOWN, "Teleport", "2026-11-25T00:00:00.000Z")
        assert json.loads(event.raw)["detail"] == self.record

    @pytest.mark.parametrize("timestamp", [None, 5, "soon"])
    def test_under_the_time_of_the_mail_if_they_have_none(self, timestamp: Any) -> None:
        assert only(self.record | {"teleport": {"timestamp": timestamp}}).time == SENT_AT

    def test_differ_if_anything_in_them_does(self) -> None:
        assert only(self.record).fingerprint != only(self.record | {"note": "x"}).fingerprint


class TestBadRecords:
    @pytest.mark.parametrize("text", ["nope", "[]", '{"source":"x","detail-type":"y","detail":{}}'])
    def test_that_are_no_records_at_all(self, text: str) -> None:
        assert problem(text).startswith(("NotJsonError: ", "NotAnEventError: "))

    @pytest.mark.parametrize(
        ("record", "cause"),
        [
            (payloads.send() | {"mail": None}, "mail is missing"),
            (
                payloads.send(mail={"destination": "ann@x.org"}),
                "mail.destination has the wrong kind or size: a string (list_type)",
            ),
            (payloads.send() | {"mail": []}, "mail has the wrong kind or size: an array (model_type)"),
            (
                payloads.send(mail={"messageId": ""}),
                "mail.messageId has the wrong kind or size: an empty string (string_too_short)",
            ),
            (
                payloads.send(mail={"messageId": "x" * 257}),
                "mail.messageId has the wrong kind or size: a string (string_too_long)",
            ),
            (payloads.send(mail={"messageId": 7}), "mail.messageId has the wrong kind or size: a number (string_type)"),
            (
                payloads.send(mail={"tags": {"private": {"a": 1}}}),
                "mail.tags has the wrong kind or size: an object (list_type)",
            ),
            (payloads.send(mail={"tags": "x"}), "mail.tags has the wrong kind or size: a string (dict_type)"),
            ({**payloads.bounce(), "bounce": None}, "bounce is missing"),
            (
                payloads.bounce(bouncedRecipients=None),
                "bounce.bouncedRecipients has the wrong kind or size: null (list_type)",
            ),
            (payloads.bounce(bounceType=True), "bounce.bounceType has the wrong kind or size: a boolean (string_type)"),
        ],
    )
    def test_say_which_field_is_wrong_and_how(self, record: Json, cause: str) -> None:
        assert problem(payloads.body(record)) == f"FieldError: {cause}"

    @pytest.mark.parametrize("make", list(payloads.EVERY.values()))
    def test_need_their_own_object(self, make: Any) -> None:
        record = make()
        member = next(name for name in record if name not in {"eventType", "mail"})
        del record[member]

        if member == "send":  # the object of a Send is empty
            assert only(record).type is EventType.SEND
        else:
            assert problem(payloads.body(record)) == f"FieldError: {member} is missing"

    def test_name_their_field(self) -> None:
        with pytest.raises(FieldError) as caught:
            parse(payloads.send(mail={"messageId": None}))

        assert (caught.value.field, caught.value.problem.partition(":")[0]) == (
            "mail.messageId",
            "has the wrong kind or size",
        )

    def test_nested_deeply(self) -> None:
        deep: Any = 1
        for _ in range(400):
            deep = {"x": deep}

        assert parse({"eventType": "Teleport", "mail": mail(), "deep": deep})[0].type is EventType.UNKNOWN

    def test_nested_too_deeply(self) -> None:
        """The interpreter decides at which depth. Around that depth, too, the record fails with a `RecordError`."""
        record = json.dumps({"eventType": "Teleport", "mail": mail(), "deep": "HERE"})

        def nested(depth: int) -> str:
            return record.replace('"HERE"', '{"x":' * depth + "1" + "}" * depth)

        def is_json(depth: int) -> bool:
            try:
                return unwrap(nested(depth)) is not None
            except NotJsonError:
                return False

        deepest = bisect_left(range(200, 200_000), True, key=lambda depth: not is_json(depth)) + 199
        causes = set()
        for depth in range(deepest - 10, deepest + 20):
            try:
                assert parsed(nested(depth))
            except RecordError as error:
                causes.add(error.cause)

        assert causes == {"NotJsonError: the body is not JSON", "NotAnEventError: the body is nested too deeply"}


class TestHostileText:
    def test_half_an_emoji_loses_nothing_else(self) -> None:
        text = payloads.body(payloads.send(mail={"commonHeaders": {"subject": "Boots \ud83e"}}))
        assert "\\ud83e" in text

        (event,) = parsed(text)

        assert (event.subject, event.raw) == ("Boots ?", text)

    def test_text_that_is_no_unicode(self) -> None:
        text = json.dumps(payloads.envelope(payloads.send(mail={"source": "a\udfff"})), ensure_ascii=False)

        (event,) = parsed(text)

        assert (event.sender, event.raw) == ("a?", text)

    def test_long_text_is_cut_in_the_row_only(self) -> None:
        link = "https://www.example.com/" + "ä" * 10_000

        event = only(payloads.click(link=link))

        assert event.detail == link[:159] + "…"
        assert json.loads(event.raw)["detail"]["click"]["link"] == link

    def test_a_megabyte(self) -> None:
        event = only(payloads.opened(userAgent="x" * 1_000_000))

        assert event.detail is not None
        assert len(event.detail) == 160

    def test_a_thousand_tags(self) -> None:
        assert len(only(payloads.send(mail={"tags": {f"t{n}": [str(n)] for n in range(1_000)}})).tags) == 1_000


@pytest.mark.parametrize("wrong", ["9999-12-31T23:59:59.999Z", "0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z"])
def test_an_event_of_a_wrong_clock_counts_when_it_was_received(wrong: str) -> None:
    body = json.dumps(payloads.envelope(payloads.bounce(timestamp=wrong), time="2026-11-24T07:00:00Z"))

    (event,) = parsed(body)

    assert event.time == "2026-11-24T07:00:00.000Z"
    assert (feed_partition(event) or "").startswith("2026-11-24T07#")


def test_an_sns_notification_says_when_sns_received_it() -> None:
    notification = {
        "Type": "Notification",
        "Timestamp": "2026-11-24T07:00:00.500Z",
        "Message": json.dumps(payloads.bounce(timestamp="2036-02-07T06:28:16Z")),
    }

    (event,) = parsed(json.dumps(notification))

    assert event.time == "2026-11-24T07:00:00.500Z"


def test_a_record_without_a_possible_time_fails_alone() -> None:
    wrong = "9999-12-31T23:59:59.999Z"
    record = payloads.bounce(timestamp=wrong, mail={"timestamp": wrong})
    body = json.dumps(payloads.envelope(record, time=wrong))

    assert problem(body) == "FieldError: mail.timestamp is not a time at which SES can have existed"
