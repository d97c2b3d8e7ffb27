"""Sending, on the deployed stack: the ledger's rows, the queues, and the messages that SES accepts."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from ses_stack.client import Mailer
from ses_stack.requests.request import Attachment
from ses_stack_cli.local.clients import client
from ses_stack_cli.local.simulator.events.provoke import REJECT_MARKER
from tests.e2e.mail import Mail
from tests.e2e.stack import Stack, eventually, ses_stack

pytestmark = pytest.mark.e2e


@pytest.fixture
def mail(stack: Stack) -> Iterator[Mail]:
    tools = Mail(stack)
    yield tools
    tools.healthy()


def test_mail_of_both_lanes_goes_out_once_and_its_rows_say_so(mail: Mail) -> None:
    mail.queue("send-one")
    mail.queue("send-two", lane="Bulk")
    for request_id, lane in (("send-one", "priority"), ("send-two", "bulk")):
        row = mail.becomes(request_id, "sent")
        assert (row["lane"], row["claim"]) == (lane, "1")
    mail.queue("send-one")  # the same request again
    eventually("lane empty", lambda: mail.stack.depth("PriorityQueueUrl") == 0)
    assert (mail.sent_to("send-one"), mail.sent_to("send-two")) == (1, 1)


def test_a_backlog_goes_out_at_the_rate_without_a_throttle(mail: Mail) -> None:
    before = mail.simulator("GET", "status")
    for number in range(100):
        mail.queue(f"backlog-{number}", lane="Bulk")
    eventually("all sent", lambda: mail.simulator("GET", "status")["accepted"] - before["accepted"] >= 100)
    assert mail.simulator("GET", "status")["throttled"] == before["throttled"]
    assert {mail.sent_to(f"backlog-{number}") for number in range(100)} == {1}


def test_what_can_never_be_sent_is_a_dead_letter_with_its_reason(mail: Mail) -> None:
    bucket = mail.stack.outputs["AttachmentBucketName"]
    mail.simulator("PUT", "account", {"unverified": ["nobody@example.net"]})
    mail.put("no json")
    mail.queue("never-stream", stream="carrier-pigeon")
    mail.queue("never-template", template="there-is-none")
    mail.queue("never-sender", **{"from": "nobody@example.net"})
    gone = {"filename": "a.pdf", "bucket": bucket, "key": "attachments/gone"}
    mail.queue("never-attachment", attachments=[gone])
    mail.queue("never-elsewhere", attachments=[gone | {"bucket": "another-bucket"}])
    reasons = {
        "never-elsewhere": "attachments[0] does not lie under attachments/ of the stack's bucket",
        "never-template": "NotFoundException",
        "never-sender": "the sender's identity is not verified in SES",
        "never-attachment": "attachments[0] is gone from its bucket",
    }
    for request_id, reason in reasons.items():
        assert mail.becomes(request_id, "failed")["reason"].startswith(reason)
        assert mail.sent_to(request_id) == 0
    eventually("malformed letters", lambda: mail.stack.depth("PriorityDeadLetterQueueUrl") == 6)
    letters = mail.letters("Priority")
    assert letters["no json"].startswith("NotJsonError")
    assert letters["never-stream"].startswith("RequestError: stream")
    assert {letters[request_id].startswith(reason) for request_id, reason in reasons.items()} == {True}


def unsent_to(address: str) -> dict[str, str]:
    """The statuses of the requests that `recipient` shows for an address."""
    found = json.loads(ses_stack("recipient", address, "--json"))
    return {each["request_id"]: each["status"] for each in found["requests"]}


def test_suppressed_and_expired_mail_is_not_sent(mail: Mail) -> None:
    ses_stack("suppression", "add", "not-wanted@example.com", "wanted-neither@example.com")
    mail.queue("late-code", expires_at="2020-01-01T00:00:00Z")
    mail.queue("not-wanted")
    mail.queue("none-wanted", to=["not-wanted@example.com", "wanted-neither@example.com"])
    mail.queue("half-wanted", to=["not-wanted@example.com", "half-wanted@example.com"])
    assert mail.becomes("late-code", "expired")["reason"] == "expires_at has passed"
    assert mail.becomes("not-wanted", "suppressed")["reason"] == "every recipient is suppressed"
    mail.becomes("none-wanted", "suppressed")
    assert unsent_to("Not-Wanted@example.com") == {"not-wanted": "suppressed", "none-wanted": "suppressed"}
    assert unsent_to("wanted-neither@example.com") == {"none-wanted": "suppressed"}
    mail.becomes("half-wanted", "sent")
    assert [mail.sent_to(name) for name in ("late-code", "not-wanted", "half-wanted")] == [0, 0, 1]
    assert mail.letters("Priority") == {}


def test_template_mail_is_rendered_and_what_does_not_render_has_failed(mail: Mail) -> None:
    mail.template("greeting", "Hi {{name}}")
    mail.queue("template-good", lane="Bulk", template="greeting", data={"name": "Ann"})
    mail.queue("template-bad", lane="Bulk", template="greeting", data={"nom": "Ann"})
    mail.becomes("template-good", "sent")
    assert "render" in mail.becomes("template-bad", "failed")["reason"]


def test_what_must_wait_waits_and_then_goes_out_once(mail: Mail) -> None:
    """Paused, suspended, out of quota. Each waits a minute at first, so all of them wait together."""
    waiting = [*paused_account(mail), *suspended_account(mail), *paused_stream(mail), *used_up_quota(mail)]
    for request_id in waiting:
        mail.becomes(request_id, "sent")
        assert mail.sent_to(request_id) == 1
    assert mail.letters("Priority") == mail.letters("Bulk") == {}


def paused_account(mail: Mail) -> list[str]:
    mail.simulator("PUT", "account", {"sending_enabled": False})
    mail.queue("paused-account")
    assert "paused" in mail.becomes("paused-account", "deferred")["deferral"].lower()
    mail.simulator("PUT", "account", {"sending_enabled": True})
    return ["paused-account"]


def suspended_account(mail: Mail) -> list[str]:
    mail.simulator("PUT", "account", {"enforcement": "SHUTDOWN"})
    mail.forget_account()
    mail.queue("suspended-account")
    assert "suspended" in mail.becomes("suspended-account", "deferred")["deferral"]
    mail.simulator("PUT", "account", {"enforcement": "HEALTHY"})
    mail.forget_account()
    return ["suspended-account"]


def paused_stream(mail: Mail) -> list[str]:
    ses_stack("pause", "marketing", "--yes")
    try:
        mail.queue("paused-stream", lane="Bulk")
        mail.queue("other-stream", lane="Bulk", stream="default")
        assert "paused" in mail.becomes("paused-stream", "deferred")["deferral"]
        mail.becomes("other-stream", "sent")
        seen = json.loads(ses_stack("queue", "--json"))
        assert seen["paused_streams"] == ["marketing"]
        assert {lane["lane"]: lane["deferred"] for lane in seen["lanes"]}["bulk"] >= 1
    finally:
        ses_stack("resume", "marketing", "--yes")
    return ["paused-stream"]


def used_up_quota(mail: Mail) -> list[str]:
    mail.simulator("PUT", "quota", {"sent_last_24_hours": 47_500})
    mail.forget_account()
    mail.queue("quota-bulk", lane="Bulk")
    mail.queue("quota-priority")
    mail.becomes("quota-priority", "sent")
    assert "quota" in mail.becomes("quota-bulk", "deferred")["deferral"]
    mail.simulator("PUT", "quota", {"sent_last_24_hours": 50_000})
    mail.forget_account()
    mail.queue("quota-nothing")
    assert "quota" in mail.becomes("quota-nothing", "deferred")["deferral"]
    mail.simulator("PUT", "quota", {"sent_last_24_hours": 0})
    mail.forget_account()
    return ["quota-bulk", "quota-nothing"]


def test_content_that_ses_rejects_has_failed(mail: Mail) -> None:
    """At once, with an answer; or later, with an event, because SES checks mail that it has accepted."""
    mail.simulator("POST", "faults", {"operation": "SendEmail", "answer": "MessageRejected", "calls": 1})
    mail.queue("rejected-at-once")
    assert mail.becomes("rejected-at-once", "failed")["reason"].startswith("MessageRejected")
    mail.queue("rejected-later", subject=f"Invoice {REJECT_MARKER}")
    assert mail.becomes("rejected-later", "failed")["reason"].startswith("SES took it, and rejected it")
    assert mail.letters("Priority").keys() == {"rejected-at-once"}
    timeline = json.loads(ses_stack("timeline", "rejected-later", "--json"))
    assert timeline["request"]["status"] == "failed"
    assert "reject" in {event["type"] for recipient in timeline["recipients"] for event in recipient["events"]}


def test_templated_marketing_mail_shares_calls_and_each_entry_has_its_own_outcome(mail: Mail) -> None:
    mail.simulator("PUT", "quota", {"max_send_rate": 200})  # at 14 a second, few messages are due together
    mail.forget_account()
    mail.template("news", "News for {{name}}")
    calls = mail.simulator("GET", "status")["calls"]
    for fault in ({"answer": "MessageRejected"}, {"answer": "throttle"}, {"answer": "error"}):
        mail.simulator("POST", "faults", {"operation": "BulkEmailEntry", "calls": 1} | fault)
    names = [f"bulk-{number}" for number in range(10)]
    mail.queue_many(
        [mail.request(name, lane="Bulk", template="news", data={"name": name}) for name in names], lane="Bulk"
    )
    eventually("all settled", lambda: {mail.row(name).get("status") for name in names} == {"sent", "failed"})
    after = mail.simulator("GET", "status")["calls"]
    assert after["SendBulkEmail"] > calls.get("SendBulkEmail", 0)
    assert after.get("SendEmail", 0) - calls.get("SendEmail", 0) < len(names)
    failed = {name for name in names if mail.row(name)["status"] == "failed"}
    assert len(failed) == 1
    assert mail.letters("Bulk").keys() == failed
    for name in set(names) - failed:
        (message,) = mail.received(name)
        assert message["subject"] == f"News for {name}"
        assert message["message_id"] == mail.row(name)["message_id"]


def test_marketing_mail_can_be_unsubscribed_from_with_one_click(mail: Mail) -> None:
    mail.template("offer", "An offer")
    mail.queue("click-simple", lane="Bulk", topic="offers")
    mail.queue("click-template", lane="Bulk", topic="offers", template="offer", data={})
    mail.queue("click-code")
    for name in ("click-simple", "click-template"):
        mail.becomes(name, "sent")
        headers = mail.headers(name)
        assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert f"who={name}%40example.com&topic=offers" in headers["List-Unsubscribe"]
    mail.becomes("click-code", "sent")
    assert "List-Unsubscribe" not in mail.headers("click-code")


def test_an_opt_out_through_ses_stops_newsletters_and_not_codes(mail: Mail) -> None:
    topics = [
        {"TopicName": name, "DisplayName": name, "DefaultSubscriptionStatus": "OPT_IN"} for name in ("offers", "tips")
    ]
    mail.stack.client("sesv2").create_contact_list(ContactListName="readers", Topics=topics)
    reader: dict[str, Any] = {"to": ["reader@example.com"]}
    with mail.stack.environment("SenderFunctionName", CONTACT_LIST="readers", UNSUBSCRIBE_URL=""):
        mail.queue("list-first", lane="Bulk", topic="offers", **reader)
        sent = mail.becomes("list-first", "sent")
        (message,) = mail.simulator("GET", f"messages?message_id={sent['message_id']}")["messages"]
        assert (message["contact_list"], message["topic"]) == ("readers", "offers")
        headers = {header["name"]: header["value"] for header in message["headers"]}
        httpx.post(headers["List-Unsubscribe"].strip("<>"), data={"List-Unsubscribe": "One-Click"}).raise_for_status()
        eventually(
            "opted out", lambda: '"topic:offers"' in ses_stack("suppression", "get", "reader@example.com", "--json")
        )
        mail.queue("list-second", lane="Bulk", topic="offers", **reader)
        mail.queue("list-other", lane="Bulk", topic="tips", **reader)
        mail.queue("list-code", **reader)
        mail.becomes("list-second", "suppressed")
        mail.becomes("list-other", "sent")
        mail.becomes("list-code", "sent")


def test_attachments_go_with_the_message_large_ones_through_the_bucket(mail: Mail, tmp_path: Path) -> None:
    report = tmp_path / "report.pdf"
    report.write_bytes(b"%PDF-" + bytes(2 * 1024 * 1024))
    logo = Attachment(
        filename="logo.png", content=b"png", content_type="image/png", disposition="inline", content_id="logo"
    )
    notice = tmp_path / "notice.eml"
    notice.write_bytes("Subject: Grüße\r\n\r\nHello\r\n".encode())
    mailer = Mailer.from_outputs(mail.stack.outputs, client=mail.stack.client)
    mailer.send(
        stream="transactional",
        from_=f"{'名' * 60} <app@example.com>",
        to="with-files@example.com",
        subject="Your report",
        html='<img src="cid:logo">',
        attachments=[report, logo, notice],
        request_id="with-files",
    )
    mail.becomes("with-files", "sent")
    (message,) = mail.received("with-files")
    assert [(each["name"], each["content_type"], each["size"]) for each in message["attachments"]] == [
        ("report.pdf", "application/pdf", report.stat().st_size),
        ("logo.png", "image/png", 3),
        ("notice.eml", "application/octet-stream", notice.stat().st_size),
    ]


def test_a_tenants_mail_carries_tags_configuration_set_and_tenant(mail: Mail) -> None:
    ses = client(mail.stack.running, "sesv2")
    ses.create_tenant(TenantName="acme")
    configuration_set = f"configuration-set/{mail.stack.running.stack}-transactional"
    for resource in ("identity/example.com", configuration_set):
        arn = f"arn:aws:ses:us-east-1:000000000000:{resource}"
        ses.create_tenant_resource_association(TenantName="acme", ResourceArn=arn)
    mail.queue("for-tenant", tenant="acme", tags={"campaign": "may"}, headers={"X-Entity-Ref-ID": "42"})
    mail.becomes("for-tenant", "sent")
    (message,) = mail.received("for-tenant")
    assert (message["tenant"], message["configuration_set"]) == ("acme", f"{mail.stack.running.stack}-transactional")
    assert message["tags"]["campaign"] == ["may"]
    assert mail.headers("for-tenant")["X-Entity-Ref-ID"] == "42"


def test_mail_of_a_tenant_without_associations_waits_and_says_why(mail: Mail) -> None:
    client(mail.stack.running, "sesv2").create_tenant(TenantName="initech")
    mail.queue("no-associations", tenant="initech")
    row = mail.becomes("no-associations", "deferred")
    assert row["deferral"] == "the tenant is not associated in SES with the message's identity and configuration set"


def test_in_the_sandbox_a_recipient_must_be_verified_too(mail: Mail) -> None:
    control = f"{mail.stack.running.simulator}/_simulator/account"
    httpx.put(control, json={"production_access": False, "verified": ["app@example.com"]}).raise_for_status()
    try:
        mail.queue("stranger")
        row = mail.becomes("stranger", "failed")
        assert row["reason"] == "the account is in the sandbox, and a recipient's address is not verified in SES"
        mail.queue("to-simulator", to=["success@simulator.amazonses.com"])
        mail.becomes("to-simulator", "sent")
    finally:
        httpx.put(control, json={"production_access": True, "verified": []}).raise_for_status()


def test_over_the_warm_up_schedule_codes_use_the_shared_pool_and_newsletters_wait(mail: Mail) -> None:
    """The emulator has no pools of IP addresses: this tests the counting, and the configuration set of each message."""
    shared = f"{mail.stack.running.stack}-transactional-shared"
    mail.stack.client("sesv2").create_configuration_set(ConfigurationSetName=shared)
    today = datetime.now(UTC).date()
    pool = {"WARM_UP_POOLS": "transactional=own,marketing=own", "WARM_UP_START": today.isoformat()}
    key = {"pk": {"S": f"WARMUP#own#{today.isoformat()}"}}
    table = mail.stack.outputs["SendTableName"]
    mail.stack.dynamodb.put_item(TableName=table, Item=key | {"gmail": {"N": "199"}})
    with mail.stack.environment("SenderFunctionName", **pool):
        for name in ("warm-first", "warm-over"):
            mail.queue(name, to=[f"{name}@gmail.com"])
            mail.becomes(name, "sent")
        mail.queue("warm-news", lane="Bulk", to=["warm-news@gmail.com"])
        mail.queue("warm-elsewhere", lane="Bulk", to=["warm-elsewhere@yahoo.com"])
        assert "warming up" in mail.becomes("warm-news", "deferred")["deferral"]
        mail.becomes("warm-elsewhere", "sent")
    ways = {name: mail.message_of(name)["configuration_set"] for name in ("warm-first", "warm-over", "warm-elsewhere")}
    assert ways == {
        "warm-first": f"{mail.stack.running.stack}-transactional",
        "warm-over": shared,
        "warm-elsewhere": f"{mail.stack.running.stack}-marketing",
    }
    row = mail.stack.dynamodb.get_item(TableName=table, Key=key, ConsistentRead=True)["Item"]
    assert (row["gmail"]["N"], row["yahoo"]["N"]) == ("200", "1")


def test_a_stack_for_testing_mails_nobody_else(mail: Mail) -> None:
    with mail.stack.environment("SenderFunctionName", ONLY_RECIPIENTS="example.com"):
        mail.queue("only-real", to=["ann@real.example.org"])
        row = mail.becomes("only-real", "suppressed")
        assert row["reason"] == "OnlyRecipients names no recipient of it"
        mail.queue("only-both", to=["ann@real.example.org"], cc=["ben@example.com"])
        mail.becomes("only-both", "sent")
        mail.queue("only-simulator", to=["success@simulator.amazonses.com"])
        mail.becomes("only-simulator", "sent")
    message = mail.message_of("only-both")
    assert (message["to"], message["cc"], message["bcc"]) == ([], ["ben@example.com"], [])
    assert "not in OnlyRecipients" in ses_stack("timeline", "only-both", "--json")
    assert "OnlyRecipients names no recipient of it" in ses_stack("recipient", "ann@real.example.org", "--json")


def test_a_table_that_does_not_answer_loses_nothing(mail: Mail) -> None:
    with mail.stack.without_permissions("SenderFunctionName"):
        mail.queue("no-table")
        time.sleep(5)
        assert mail.row("no-table") == {}
    mail.becomes("no-table", "sent")
    assert mail.sent_to("no-table") == 1
