"""SendEmail and SendBulkEmail: what SES accepts, and the errors for what it refuses."""

from __future__ import annotations

from email.message import EmailMessage
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.simulator import NAME, World, configuration_set

TEXT = {"Simple": {"Subject": {"Data": "x"}, "Body": {"Text": {"Data": "x"}}}}


def refusal(world: World, *to: str, **changes: Any) -> tuple[str, str, int]:
    with pytest.raises(ClientError) as raised:
        world.send(*to, **changes)
    answer: Any = raised.value.response
    return answer["Error"]["Code"], answer["Error"]["Message"], answer["ResponseMetadata"]["HTTPStatusCode"]


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("nobody", "Missing final '@domain'"),
        ("nobody@", "Missing final '@domain'"),
        ("@example.org", "Missing local part"),
        ("no body@example.org", "Local address contains control or whitespace"),
        ("a..b@example.org", "Local address contains control or whitespace"),
        ("müller@example.org", "Local address contains non-ASCII characters"),
        ("a@exa_mple.org", "Domain contains an illegal character or label: 'exa_mple.org'"),
        ("a@münchen.de", "Domain contains an illegal character or label: 'münchen.de'"),
        ("a@localhost", "Domain contains an illegal character or label: 'localhost'"),
        ("a@example.org\r\nBcc: b@example.org", "Address contains control characters"),
    ],
)
def test_a_bad_address_is_refused(world: World, address: str, message: str) -> None:
    assert refusal(world, address) == ("BadRequestException", message, 400)


@pytest.mark.parametrize(
    "address", ["a@xn--mnchen-3ya.de", "Ann O'Hara <o'hara+x@example.org>", "a_b-c.d@x-y.example.org"]
)
def test_a_good_address_is_taken(world: World, address: str) -> None:
    assert world.send(address)


def test_what_else_is_refused(world: World) -> None:
    many = [f"a{number}@example.org" for number in range(51)]
    assert refusal(world, *many)[1] == "Recipient count exceeds 50."
    assert refusal(world)[1] == "Missing required header 'To'."
    assert refusal(world, "a@b.org", FromEmailAddress=None)[1] == "Missing required header 'From'."
    assert "exactly one" in refusal(world, "a@b.org", Content={})[1]
    assert (
        "Text, Html, or both"
        in refusal(world, "a@b.org", Content={"Simple": {"Subject": {"Data": "x"}, "Body": {}}})[1]
    )
    assert "Invalid tag value" in refusal(world, "a@b.org", EmailTags=[{"Name": "a", "Value": "b c"}])[1]
    assert "Invalid tag name" in refusal(world, "a@b.org", EmailTags=[{"Name": "ses:a", "Value": "b"}])[1]
    assert refusal(world, "a@b.org", Content={"Template": {"TemplateName": "t", "TemplateData": "{}"}}) == (
        "NotFoundException",
        "Template t does not exist.",
        404,
    )
    inline = {"TemplateContent": {"Subject": "{{#if}}"}, "TemplateData": "{}"}
    assert "Template inline-template is invalid" in refusal(world, "a@b.org", Content={"Template": inline})[1]
    inline = {"TemplateContent": {"Subject": "x"}, "TemplateData": "[]"}
    assert refusal(world, "a@b.org", Content={"Template": inline})[1] == "TemplateData is not a JSON object."


def test_40_megabytes_are_the_end(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ses_stack_cli.local.simulator.mail.checks.MAX_BYTES", 1_000)
    content = {
        "Simple": {
            "Subject": {"Data": "x"},
            "Body": {"Text": {"Data": "x"}},
            "Attachments": [{"FileName": "a.bin", "RawContent": b"x" * 1_000}],
        }
    }
    assert refusal(world, "a@b.org", Content=content)[1].startswith("Message length is more than 1000 bytes long")


def test_a_configuration_set_must_exist_and_send(world: World) -> None:
    assert refusal(world, "a@b.org", ConfigurationSetName="none") == (
        "NotFoundException",
        "Configuration set <none> does not exist.",
        404,
    )
    world.emulator.sets["paused"] = configuration_set("paused", sending_enabled=False)
    code, message, _ = refusal(world, "a@b.org", ConfigurationSetName="paused")
    assert code == "SendingPausedException"
    assert "configuration set <paused>" in message


def test_an_account_that_may_not_send(world: World) -> None:
    world.ses.put_account_sending_attributes(SendingEnabled=False)
    assert refusal(world, "a@b.org")[0] == "SendingPausedException"
    assert world.ses.get_account()["SendingEnabled"] is False
    world.http.put("/account", json={"sending_enabled": True, "enforcement": "SHUTDOWN"})
    assert refusal(world, "a@b.org")[0] == "AccountSuspendedException"
    assert world.ses.get_account()["EnforcementStatus"] == "SHUTDOWN"


def test_identities_are_verified_unless_a_route_changes_that(world: World) -> None:
    world.http.put("/account", json={"unverified": ["Example.com"]})
    code, message, _ = refusal(world, "a@b.org")
    assert code == "MessageRejected"
    assert message.endswith("check in region US-EAST-1: news@example.com")
    world.http.put("/account", json={"unverified": [], "mail_from_unverified": ["example.com"]})
    assert refusal(world, "a@b.org")[0] == "MailFromDomainNotVerifiedException"


def test_raw_mail_is_parsed(world: World) -> None:
    mime = EmailMessage()
    mime["From"] = "Shop <news@example.com>"
    mime["To"] = "Anna <success@example.org>, ooto@example.org"
    mime["Bcc"] = "success+bcc@example.net"
    mime["Subject"] = "Grüße"
    mime["X-SES-CONFIGURATION-SET"] = NAME
    mime["X-SES-MESSAGE-TAGS"] = "campaign=spring, kind=news"
    mime.set_content("text")
    mime.add_alternative("<p>html</p>", subtype="html")
    mime.add_attachment(b"pdf", maintype="application", subtype="pdf", filename="a.pdf")
    world.ses.send_email(Content={"Raw": {"Data": mime.as_bytes()}})
    mail = world.settle()[0]["mail"]
    assert mail["destination"] == ["success@example.org", "ooto@example.org", "success+bcc@example.net"]
    assert mail["tags"]["kind"] == ["news"]
    assert mail["commonHeaders"]["subject"] == "Grüße"
    assert "bcc" not in {header["name"].lower() for header in mail["headers"]}
    (kept,) = world.http.get("/messages").json()["messages"]
    assert (kept["text"], kept["html"]) == ("text\n", "<p>html</p>\n")
    assert kept["attachments"] == [{"name": "a.pdf", "content_type": "application/pdf", "size": 3}]


def test_the_request_wins_over_raw_headers(world: World) -> None:
    raw = b"From: x@y.org\r\nTo: header@example.org\r\nSubject: s\r\n\r\nbody"
    world.send("success@example.org", Content={"Raw": {"Data": raw}}, FromEmailAddress="news@example.com")
    mail = world.settle()[0]["mail"]
    assert (mail["source"], mail["destination"]) == ("news@example.com", ["success@example.org"])


@pytest.mark.parametrize("raw", [b"", b"\xff\xfe", b"From: <<>>\r\nTo: :;\r\n\r\n", b"From: a@b.org\r\nTo: \r\n\r\n"])
def test_bad_raw_mail_is_refused(world: World, raw: bytes) -> None:
    with pytest.raises(ClientError, match="BadRequestException"):
        world.ses.send_email(Content={"Raw": {"Data": raw}})


def bulk(world: World, *entries: dict[str, Any], **changes: Any) -> list[dict[str, Any]]:
    answer = world.ses.send_bulk_email(
        **{
            "FromEmailAddress": "news@example.com",
            "ConfigurationSetName": NAME,
            "DefaultContent": {
                "Template": {
                    "TemplateContent": {"Subject": "Hi {{name}}", "Text": "{{code}}"},
                    "TemplateData": '{"name": "friend", "code": "0"}',
                }
            },
            "BulkEmailEntries": list(entries),
            **changes,
        }
    )
    results: list[dict[str, Any]] = answer["BulkEmailEntryResults"]
    return results


def entry(address: str, data: str = "{}", **more: Any) -> dict[str, Any]:
    return {
        "Destination": {"ToAddresses": [address]},
        "ReplacementEmailContent": {"ReplacementTemplate": {"ReplacementTemplateData": data}},
        **more,
    }


def test_bulk_mail_succeeds_and_fails_by_destination(world: World) -> None:
    results = bulk(
        world,
        entry("success@a.org", '{"name": "Ann"}', ReplacementTags=[{"Name": "kind", "Value": "vip"}]),
        entry("nobody"),
        DefaultEmailTags=[{"Name": "kind", "Value": "all"}, {"Name": "campaign", "Value": "spring"}],
    )
    assert [result["Status"] for result in results] == ["SUCCESS", "INVALID_PARAMETER"]
    (message,) = world.http.get("/messages").json()["messages"]
    assert (message["subject"], message["text"]) == ("Hi Ann", "0")
    mail = world.settle()[0]["mail"]
    assert (mail["tags"]["kind"], mail["tags"]["campaign"]) == (["vip"], ["spring"])
    assert mail["tags"]["ses:operation"] == ["SendBulkEmail"]


def test_the_reasons_for_which_bulk_mail_fails(world: World) -> None:
    assert bulk(world, entry("a@b.org"), ConfigurationSetName="none")[0]["Status"] == "CONFIGURATION_SET_NOT_FOUND"
    template = {"Template": {"TemplateName": "none", "TemplateData": "{}"}}
    assert bulk(world, entry("a@b.org"), DefaultContent=template)[0]["Status"] == "TEMPLATE_NOT_FOUND"
    world.http.put("/quota", json={"max_24_hour_send": 0})
    assert bulk(world, entry("a@b.org"))[0]["Status"] == "ACCOUNT_DAILY_QUOTA_EXCEEDED"
    world.http.put("/quota", json={"max_24_hour_send": -1, "max_send_rate": 1})
    statuses = [result["Status"] for result in bulk(world, entry("a@b.org"), entry("c@d.org"))]
    assert statuses == ["SUCCESS", "ACCOUNT_THROTTLED"]
    world.http.put("/account", json={"unverified": ["example.com"]})
    assert bulk(world, entry("a@b.org"))[0]["Status"] == "MESSAGE_REJECTED"
    world.http.put("/account", json={"sending_enabled": False})
    with pytest.raises(world.ses.exceptions.SendingPausedException):
        bulk(world, entry("a@b.org"))


def test_a_fault_can_strike_an_entry(world: World) -> None:
    world.http.post("/faults", json={"operation": "BulkEmailEntry", "answer": "error", "calls": 1})
    statuses = [result["Status"] for result in bulk(world, entry("a@b.org"), entry("c@d.org"))]
    assert statuses == ["TRANSIENT_FAILURE", "SUCCESS"]
