"""The object of each type has the members, and the kinds of values, that SES's own records have."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from ses_stack_cli.local.simulator.events import bodies
from ses_stack_cli.local.simulator.events.engagement import Link, MailClient
from tests.support import payloads
from tests.support.paths import ROOT

SAMPLES = ROOT.parent / "shared" / "ses-samples" / "awsdocs-sns-config-set"
AT, TO = "2026-11-24T06:10:02.456Z", ["ann@example.org"]
CLIENT = MailClient("203.0.113.7", "Mozilla/5.0", "Unlikely")


def rng() -> random.Random:
    return random.Random(1)


MADE: dict[str, Any] = {
    "delivery": bodies.delivery(TO, AT, 2333, "example.org", rng()),
    "bounce": bodies.bounce("Permanent", "General", TO, at=AT, feedback_id="f"),
    "complaint": bodies.complaint("abuse", TO, at=AT, feedback_id="f", arrived=AT, rng=rng()),
    "open": bodies.opened(CLIENT, AT),
    "click": bodies.clicked(CLIENT, AT, Link("https://example.com/", {"place": ["hero"]})),
    "rendering_failure": bodies.rendering_failure("welcome", "Attribute 'x' is not present in the rendering data."),
    "delivery_delay": bodies.delivery_delay("MailboxFull", TO, AT, AT, "example.org"),
    "subscription": bodies.subscription("unsubscribe", "shop", "offers", source="UnsubscribeHeader")
    | {"timestamp": AT},
}


def shape(value: Any) -> Any:
    """Members and kinds of values, without the values."""
    if isinstance(value, dict):
        return {name: shape(member) for name, member in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return "text or null" if value is None or isinstance(value, str) else type(value).__name__


def own_object(record: dict[str, Any]) -> Any:
    (found,) = (value for name, value in record.items() if name not in ("eventType", "mail"))
    return found


def without_optional(body: dict[str, Any]) -> dict[str, Any]:
    optional = ("remoteMtaIp", "reportingMTA", "arrivalDate")  # SES sends these in some records only
    return {name: value for name, value in body.items() if name not in optional}


@pytest.mark.parametrize("kind", MADE)
def test_a_body_has_the_shape_of_sess_own(kind: str) -> None:
    sess = own_object(payloads.EVERY[kind]())
    assert shape(without_optional(MADE[kind])) == shape(without_optional(sess))


@pytest.mark.skipif(not SAMPLES.exists(), reason="SES's published samples are not beside this repository")
@pytest.mark.parametrize(
    ("kind", "file"),
    [
        ("bounce", "Bounce"),
        ("complaint", "Complaint"),
        ("delivery", "Delivery"),
        ("delivery_delay", "DeliveryDelay"),
        ("rendering_failure", "RenderingFailure"),
        ("open", "Open"),
        ("click", "Click"),
        ("subscription", "Subscription"),
    ],
)
def test_a_published_sample_has_no_member_that_we_lack(kind: str, file: str) -> None:
    sample = own_object(json.loads((SAMPLES / f"{file}.json").read_text()))
    assert without_optional(sample).keys() <= MADE[kind].keys()


def test_a_delivery_is_accepted_by_the_recipients_server() -> None:
    assert MADE["delivery"]["smtpResponse"].startswith("250 2.0.0 OK ")
    assert MADE["delivery"]["smtpResponse"].endswith(" - example.org")
    assert MADE["delivery"]["processingTimeMillis"] == 2333


@pytest.mark.parametrize(
    ("bounce_type", "subtype", "status"),
    [
        ("Permanent", "General", "5.1.1"),
        ("Transient", "General", "4.4.1"),
        ("Transient", "MailboxFull", "4.2.2"),
        ("Transient", "CustomTimeoutExceeded", "4.4.7"),
        ("Undetermined", "Undetermined", "5.0.0"),
    ],
)
def test_a_bounce_has_the_status_of_its_kind(bounce_type: str, subtype: str, status: str) -> None:
    body = bodies.bounce(bounce_type, subtype, ["a@b.org", "c@b.org"], at=AT, feedback_id="f")
    assert (body["bounceType"], body["bounceSubType"]) == (bounce_type, subtype)
    assert [(each["emailAddress"], each["status"]) for each in body["bouncedRecipients"]] == [
        ("a@b.org", status),
        ("c@b.org", status),
    ]


def test_an_auto_reply_names_its_recipients_and_no_more() -> None:
    assert bodies.auto_reply(["a@b.org", "c@b.org"], at=AT, feedback_id="f") == {
        "feedbackId": "f",
        "bounceType": "Transient",
        "bounceSubType": "General",
        "bouncedRecipients": [{"emailAddress": "a@b.org"}, {"emailAddress": "c@b.org"}],
        "timestamp": AT,
    }


def test_a_bounce_that_ses_made_itself_names_no_reporting_server() -> None:
    body = bodies.bounce("Permanent", "OnAccountSuppressionList", TO, at=AT, feedback_id="f")
    assert body["remoteMtaIp"] == "127.0.53.53"
    assert "reportingMTA" not in body


def test_a_complaint_for_a_listed_address_has_no_feedback_report() -> None:
    body = bodies.complaint("OnAccountSuppressionList", TO, at=AT, feedback_id="f", arrived=AT, rng=rng())
    assert body == {
        "feedbackId": "f",
        "complaintSubType": "OnAccountSuppressionList",
        "complainedRecipients": [{"emailAddress": "ann@example.org"}],
        "timestamp": AT,
    }


def test_an_open_without_a_guess_has_no_is_bot_event() -> None:
    assert "isBotEvent" not in bodies.opened(MailClient("203.0.113.7", "x", None), AT)


def test_a_subscription_without_a_topic_concerns_all_mail() -> None:
    body = bodies.subscription("unsubscribe", None, None, source="UnsubscribeHeader")
    assert body["contactList"] == "contacts"
    assert body["newTopicPreferences"] == {"unsubscribeAll": True, "topicSubscriptionStatus": []}
    assert body["oldTopicPreferences"] == {"unsubscribeAll": False, "topicSubscriptionStatus": []}
    again = bodies.subscription("subscribe", "shop", "offers", source="UnsubscribeHeader")
    assert again["newTopicPreferences"]["topicSubscriptionStatus"] == [
        {"topicName": "offers", "subscriptionStatus": "OptIn"}
    ]
