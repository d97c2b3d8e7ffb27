"""What is published: the ten types, and every trap in how SES writes them."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from ses_stack.history.adapters.events import parse
from ses_stack.mail.event_types import EventType
from ses_stack_cli.local.simulator.provoke import PROVOKE, REJECT_MARKER, WORDS, table
from tests.ses_stack_cli.local.simulator.conftest import NAME, World

HTML = "<a href='https://example.com/sale?a=1&amp;b=2' ses:tags='campaign:spring;x:y'>Sale</a>"
LINKED = {"Simple": {"Subject": {"Data": "Hello"}, "Body": {"Html": {"Data": HTML}}}}
INCOMPLETE = {"Template": {"TemplateContent": {"Subject": "Hi {{name}}", "Text": "x"}, "TemplateData": "{}"}}
REJECTED = {"Simple": {"Subject": {"Data": "x"}, "Body": {"Text": {"Data": f"..{REJECT_MARKER}.."}}}}

JOURNEYS = {
    "success": "Send Delivery",
    "ooto": "Send Delivery",
    "bounce": "Send Bounce",
    "suppressionlist": "Send Bounce",
    "soft-bounce": "Send Bounce",
    "timed-out": "Send DeliveryDelay Bounce",
    "late-bounce": "Send Delivery Bounce",
    "complaint": "Send Delivery Complaint",
    "not-spam": "Send Delivery Complaint",
    "delay": "Send DeliveryDelay Delivery",
    "open": "Send Delivery Open",
    "click": "Send Delivery Open Click",
    "bot": "Send Delivery Open Click",
    "unsubscribe": "Send Delivery Open Subscription",
    "resubscribe": "Send Delivery Open Subscription",
}


@pytest.mark.parametrize(("word", "journey"), JOURNEYS.items())
@pytest.mark.parametrize("domain", ["outlook.com", "simulator.amazonses.com"])
def test_a_word_says_what_happens(world: World, word: str, journey: str, domain: str) -> None:
    world.send(f"{word}+label@{domain}")
    assert " ".join(world.kinds()) == journey


@pytest.mark.parametrize("word", WORDS)
def test_every_word_gives_records_that_the_stack_reads(world: World, word: str) -> None:
    world.send(f"{word}@example.org", f"{word.upper()}+2@example.org", "anna@example.com", Content=LINKED)
    world.settle()
    assert_history_matches(world)


def test_all_ten_types_can_be_provoked(world: World) -> None:
    for word in WORDS:
        world.send(f"{word}@yahoo.com", Content=LINKED)
    world.send("anna@gmail.com", Content=REJECTED)
    world.send("anna@gmail.com", Content=INCOMPLETE)
    assert set(world.kinds()) == {way.event for way in PROVOKE}
    assert_history_matches(world)


def assert_history_matches(world: World) -> None:
    """The stack reads every record, and the ledger counts as the stack does."""
    rows: dict[str, int] = {}
    for entry in world.cloud.entries:
        for event in parse(json.dumps(envelope(entry)), stack="ses-stack"):
            assert event.type is not EventType.UNKNOWN
            assert event.stream == "marketing"
            rows[event.type] = rows.get(event.type, 0) + 1
    counted = world.http.get("/ledger").json()["rows"]
    assert rows == {kind: count for kind, count in counted.items() if count}


def envelope(entry: Any) -> dict[str, Any]:
    return {
        "version": "0",
        "source": entry["Source"],
        "detail-type": entry["DetailType"],
        "resources": entry["Resources"],
        "detail": json.loads(entry["Detail"]),
    }


def test_the_envelope(world: World) -> None:
    world.send("success@example.org")
    world.settle()
    sent, delivered = world.cloud.entries
    assert sent["Source"] == "ses.simulator"
    assert (sent["DetailType"], delivered["DetailType"]) == ("Email Sent", "Email Delivered")
    assert sent["Resources"] == [f"arn:aws:ses:us-east-1:000000000000:configuration-set/{NAME}"]
    assert isinstance(sent["Time"], int)
    assert sent["EventBusName"] == "arn:aws:events:us-east-1:000000000000:event-bus/default"


def test_the_mail_object(world: World) -> None:
    message_id = world.send(
        "Anna <Success@example.org>",
        EmailTags=[{"Name": "campaign", "Value": "spring"}],
        ReplyToAddresses=["help@example.com"],
    )
    mail = world.settle()[1]["mail"]
    assert re.fullmatch(r"0100[0-9a-f]{12}-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}-000000", message_id)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", mail["timestamp"])
    assert mail["source"] == "Shop <news@example.com>"
    assert mail["sourceArn"] == "arn:aws:ses:us-east-1:000000000000:identity/example.com"
    assert mail["sendingAccountId"] == "000000000000"
    assert mail["messageId"] == message_id
    assert mail["destination"] == ["Success@example.org"]
    assert mail["headersTruncated"] is False
    assert {"name": "Reply-To", "value": "help@example.com"} in mail["headers"]
    assert mail["commonHeaders"]["subject"] == "Hello"
    assert mail["commonHeaders"]["to"] == ["Anna <Success@example.org>"]
    assert mail["tags"]["campaign"] == ["spring"]
    assert mail["tags"]["ses:configuration-set"] == [NAME]
    assert mail["tags"]["ses:operation"] == ["SendEmail"]
    assert mail["tags"]["ses:caller-identity"] == ["AKIDEXAMPLE"]
    assert mail["tags"]["ses:outgoing-ip"]


def one(world: World, kind: str) -> dict[str, Any]:
    return next(record for record in world.settle() if record["eventType"] == kind)


def test_a_send_has_no_timestamp_of_its_own_and_no_outgoing_ip(world: World) -> None:
    world.send("success@example.org")
    record = one(world, "Send")
    assert record["send"] == {}
    assert "ses:outgoing-ip" not in record["mail"]["tags"]


def test_a_rendering_failure_stands_under_failure_without_headers(world: World) -> None:
    world.send("anna@example.org", Content=INCOMPLETE)
    (record,) = world.settle()
    assert record["eventType"] == "Rendering Failure"
    assert record["failure"]["errorMessage"] == "Attribute 'name' is not present in the rendering data."
    assert "timestamp" not in record["failure"]
    assert not {"headers", "commonHeaders"} & record["mail"].keys()


def test_a_delay_has_no_headers(world: World) -> None:
    world.send("delay@example.org")
    record = one(world, "DeliveryDelay")
    assert not {"headers", "commonHeaders"} & record["mail"].keys()
    assert record["deliveryDelay"]["delayType"] == "MailboxFull"


def test_a_reject_has_no_timestamp(world: World) -> None:
    world.send("anna@example.org", Content=REJECTED)
    assert one(world, "Reject")["reject"] == {"reason": "Bad content"}
    assert world.kinds() == ["Send", "Reject"]


def test_a_templates_send_has_no_subject_and_its_delivery_has(world: World) -> None:
    content = {"Template": {"TemplateContent": {"Subject": "Hi {{n}}", "Text": "x"}, "TemplateData": '{"n": "Ann"}'}}
    world.send("success@example.org", Content=content)
    sent, delivered = world.settle()
    assert "subject" not in sent["mail"]["commonHeaders"]
    assert delivered["mail"]["commonHeaders"]["subject"] == "Hi Ann"


def test_clicks_have_tagged_links_and_no_source_arn(world: World) -> None:
    world.send("click@example.org", Content=LINKED)
    record = one(world, "Click")
    assert record["click"]["link"] == "https://example.com/sale?a=1&b=2"
    assert record["click"]["linkTags"] == {"campaign": ["spring"], "x": ["y"]}
    assert "sourceArn" not in record["mail"]


def test_link_tags_are_null_where_there_are_none(world: World) -> None:
    world.send("click@example.org")
    assert one(world, "Click")["click"]["linkTags"] is None


def test_bots_are_likely_and_a_guess_is_sometimes_missing(world: World) -> None:
    world.send("bot@example.org")
    assert one(world, "Open")["open"]["isBotEvent"] == "Likely"
    world.cloud.entries.clear()
    for number in range(40):
        world.send(f"open+{number}@example.org")
    guesses = {record["open"].get("isBotEvent") for record in world.settle() if "open" in record}
    assert guesses == {"Unlikely", None}


def test_recipients_that_fare_alike_at_one_domain_share_a_record(world: World) -> None:
    world.send("success@a.org", "ooto@a.org", "bounce@a.org", "success@b.org")
    records = world.settle()
    delivered = [record["delivery"]["recipients"] for record in records if "delivery" in record]
    bounced = [record["bounce"]["bouncedRecipients"] for record in records if "bounce" in record]
    assert sorted(delivered) == [["success@a.org", "ooto@a.org"], ["success@b.org"]]
    assert [[each["emailAddress"] for each in record] for record in bounced] == [["bounce@a.org"]]


def test_a_complaint_names_everyone_at_the_provider(world: World) -> None:
    world.send("complaint@a.org", "success@a.org", "success@b.org")
    named = one(world, "Complaint")["complaint"]["complainedRecipients"]
    assert [each["emailAddress"] for each in named] == ["complaint@a.org", "success@a.org"]


def test_gmail_sends_no_complaints(world: World) -> None:
    world.send("complaint@gmail.com")
    assert world.kinds() == ["Send", "Delivery"]


def test_a_recipient_named_twice_is_one(world: World) -> None:
    world.send("bounce@a.org", "Bounce@A.org")
    assert world.kinds() == ["Send", "Bounce"]
    assert_history_matches(world)


def test_headers_above_10_kilobytes_are_cut(world: World) -> None:
    headers = [{"Name": f"X-{number}", "Value": "v" * 900} for number in range(12)]
    content = {"Simple": {"Subject": {"Data": "x"}, "Body": {"Text": {"Data": "x"}}, "Headers": headers}}
    world.send("success@a.org", Content=content)
    mail = world.settle()[0]["mail"]
    assert mail["headersTruncated"] is True
    assert 0 < len(mail["headers"]) < 15


def test_without_a_configuration_set_nothing_is_published(world: World) -> None:
    world.send("bounce@a.org", ConfigurationSetName=None)
    assert world.kinds() == []
    assert world.ses.get_suppressed_destination(EmailAddress="bounce@a.org")


def test_cause_comes_before_effect_at_any_pace(world: World) -> None:
    world.send("click@a.org")
    records = world.settle()
    times = [record["mail"]["timestamp"] if "send" in record else body(record)["timestamp"] for record in records]
    assert times == sorted(times)
    assert len(set(times)) == len(times)


def body(record: dict[str, Any]) -> dict[str, Any]:
    (found,) = (value for name, value in record.items() if name not in ("eventType", "mail"))
    return dict(found)


def test_events_wait_for_their_time(world: World) -> None:
    world.send("soft-bounce@a.org")
    world.publish()
    assert [entry["DetailType"] for entry in world.cloud.entries] == ["Email Sent"]
    world.clock.now += 30
    world.publish()
    assert len(world.cloud.entries) == 1
    world.clock.now += 300
    world.publish()
    assert [entry["DetailType"] for entry in world.cloud.entries] == ["Email Sent", "Email Bounced"]


def test_the_table_names_every_type_and_word() -> None:
    text = table()
    assert all(f"{word}@" in text for word in WORDS)
    assert len({way.event for way in PROVOKE}) == 10
