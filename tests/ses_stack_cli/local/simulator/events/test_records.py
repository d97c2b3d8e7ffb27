"""How SES writes the records of the ten types: every trap in them."""

from __future__ import annotations

import re
from typing import Any

from tests.support.simulator import INCOMPLETE, LINKED, NAME, REJECTED, World


def test_the_envelope(world: World) -> None:
    world.send("success@example.org")
    world.settle()
    sent, delivered = world.emulator.entries
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
    world.emulator.entries.clear()
    for number in range(40):
        world.send(f"open+{number}@example.org")
    guesses = {record["open"].get("isBotEvent") for record in world.settle() if "open" in record}
    assert guesses == {"Unlikely", None}


def test_headers_above_10_kilobytes_are_cut(world: World) -> None:
    headers = [{"Name": f"X-{number}", "Value": "v" * 900} for number in range(12)]
    content = {"Simple": {"Subject": {"Data": "x"}, "Body": {"Text": {"Data": "x"}}, "Headers": headers}}
    world.send("success@a.org", Content=content)
    mail = world.settle()[0]["mail"]
    assert mail["headersTruncated"] is True
    assert 0 < len(mail["headers"]) < 15
