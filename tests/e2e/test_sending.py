"""Sending, on the deployed stack: good days and bad ones. What the ledger says, where the message is, what is sent."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from .stack import Stack, eventually, ses_stack

pytestmark = pytest.mark.e2e


class Mail:
    """What the tests do with lanes, ledger and simulator."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack

    def queue(self, request_id: str, *, lane: str = "Priority", **fields: Any) -> None:
        plain = {
            "v": 1,
            "request_id": request_id,
            "stream": "transactional" if lane == "Priority" else "marketing",
            "from": "App <app@example.com>",
            "to": [f"{request_id}@example.com"],
        }
        if "template" not in fields:
            plain |= {"subject": "Hi", "text": "Hello"}
        self.put(json.dumps(plain | fields), lane=lane)

    def put(self, body: str, *, lane: str = "Priority") -> None:
        self.stack.sqs.send_message(QueueUrl=self.stack.outputs[f"{lane}QueueUrl"], MessageBody=body)

    def row(self, request_id: str) -> dict[str, str]:
        key = {"pk": {"S": f"REQ#{request_id}"}}
        item = self.stack.dynamodb.get_item(
            TableName=self.stack.outputs["SendTableName"], Key=key, ConsistentRead=True
        ).get("Item", {})
        return {name: next(iter(value.values())) for name, value in item.items()}

    def becomes(self, request_id: str, status: str) -> dict[str, str]:
        eventually(f"{request_id} {status}", lambda: self.row(request_id).get("status") == status)
        return self.row(request_id)

    def letters(self, lane: str) -> dict[str, str]:
        """Takes the dead letters; their request ids (or bodies), and the reasons that they carry."""
        url, found = self.stack.outputs[f"{lane}DeadLetterQueueUrl"], {}
        while got := self.stack.sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
        ).get("Messages", []):
            for message in got:
                try:
                    name = json.loads(message["Body"])["request_id"]
                except (ValueError, KeyError):
                    name = message["Body"]
                found[name] = message["MessageAttributes"]["reason"]["StringValue"]
                self.stack.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return found

    def sent_to(self, request_id: str) -> int:
        """How many messages SES took for a request's recipient."""
        answer = self.simulator("GET", f"messages?recipient={request_id}@example.com")
        return len(answer["messages"])

    def simulator(self, method: str, path: str, body: Any = None) -> Any:
        url = f"{self.stack.running.simulator}/_simulator/{path}"
        return httpx.request(method, url, json=body, timeout=20).raise_for_status().json()

    def forget_account(self) -> None:
        """Has the workers ask SES at once what the account may send, instead of within a minute."""
        self.stack.dynamodb.delete_item(TableName=self.stack.outputs["SendTableName"], Key={"pk": {"S": "QUOTA"}})
        time.sleep(2.5)  # a worker believes what it has read for two seconds


@pytest.fixture
def mail(stack: Stack) -> Iterator[Mail]:
    tools = Mail(stack)
    yield tools
    tools.simulator("DELETE", "faults")
    tools.simulator("PUT", "account", {"sending_enabled": True, "enforcement": "HEALTHY", "unverified": []})
    tools.simulator("PUT", "quota", {"sent_last_24_hours": 0})
    tools.forget_account()


def test_mail_of_both_lanes_goes_out_once_and_its_rows_say_so(mail: Mail) -> None:
    mail.queue("send-one")
    mail.queue("send-two", lane="Bulk")
    for request_id, lane in (("send-one", "priority"), ("send-two", "bulk")):
        row = mail.becomes(request_id, "sent")
        assert (row["lane"], row["claim"]) == (lane, "1")
    mail.queue("send-one")  # asked again
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
    reasons = {
        "never-template": "NotFoundException",
        "never-sender": "the sender's identity is not verified in SES",
        "never-attachment": "attachments[0] is gone from its bucket",
    }
    for request_id, reason in reasons.items():
        assert mail.becomes(request_id, "failed")["reason"].startswith(reason)
        assert mail.sent_to(request_id) == 0
    eventually("malformed letters", lambda: mail.stack.depth("PriorityDeadLetterQueueUrl") == 5)
    letters = mail.letters("Priority")
    assert letters["no json"].startswith("NotJsonError")
    assert letters["never-stream"].startswith("RequestError: stream")
    assert {letters[request_id].startswith(reason) for request_id, reason in reasons.items()} == {True}


def test_mail_that_is_not_wanted_or_too_late_is_not_sent(mail: Mail) -> None:
    ses_stack("suppression", "add", "not-wanted@example.com")
    mail.queue("late-code", expires_at="2020-01-01T00:00:00Z")
    mail.queue("not-wanted")
    mail.queue("half-wanted", to=["not-wanted@example.com", "half-wanted@example.com"])
    assert mail.becomes("late-code", "expired")["reason"] == "expires_at has passed"
    assert mail.becomes("not-wanted", "suppressed")["reason"] == "every recipient is suppressed"
    mail.becomes("half-wanted", "sent")
    assert [mail.sent_to(name) for name in ("late-code", "not-wanted", "half-wanted")] == [0, 0, 1]
    assert mail.letters("Priority") == {}


def test_template_mail_is_rendered_and_what_does_not_render_has_failed(mail: Mail) -> None:
    sesv2 = mail.stack.client("sesv2")
    content = {"Subject": "Hi {{name}}", "Text": "Hello {{name}}"}
    sesv2.create_email_template(TemplateName="greeting", TemplateContent=content)
    mail.queue("template-good", lane="Bulk", template="greeting", data={"name": "Ann"})
    mail.queue("template-bad", lane="Bulk", template="greeting", data={"nom": "Ann"})
    mail.becomes("template-good", "sent")
    assert "render" in mail.becomes("template-bad", "failed")["reason"]


def test_while_sending_is_paused_mail_waits_and_then_goes_out(mail: Mail) -> None:
    mail.simulator("PUT", "account", {"sending_enabled": False})
    mail.queue("paused-account")
    row = mail.becomes("paused-account", "deferred")
    assert "paused" in row["deferral"].lower()
    mail.simulator("PUT", "account", {"sending_enabled": True, "enforcement": "SHUTDOWN"})
    mail.forget_account()
    mail.queue("suspended-account")
    assert "suspended" in mail.becomes("suspended-account", "deferred")["deferral"]
    mail.simulator("PUT", "account", {"enforcement": "HEALTHY"})
    mail.forget_account()
    mail.becomes("paused-account", "sent")
    mail.becomes("suspended-account", "sent")
    assert (mail.sent_to("paused-account"), mail.sent_to("suspended-account")) == (1, 1)
    assert mail.letters("Priority") == {}


def test_one_stream_is_paused_and_the_other_goes_on(mail: Mail) -> None:
    ses_stack("pause", "marketing", "--yes")
    try:
        mail.queue("paused-stream", lane="Bulk")
        mail.queue("other-stream", lane="Bulk", stream="default")
        assert "paused" in mail.becomes("paused-stream", "deferred")["deferral"]
        mail.becomes("other-stream", "sent")
    finally:
        ses_stack("resume", "marketing", "--yes")
    mail.becomes("paused-stream", "sent")
    assert mail.letters("Bulk") == {}


def test_near_the_end_of_the_quota_bulk_mail_waits_and_priority_mail_goes_out(mail: Mail) -> None:
    mail.simulator("PUT", "quota", {"sent_last_24_hours": 47_500})
    mail.forget_account()
    mail.queue("quota-bulk", lane="Bulk")
    mail.queue("quota-priority")
    mail.becomes("quota-priority", "sent")
    row = mail.becomes("quota-bulk", "deferred")
    assert "quota" in row["deferral"]
    assert mail.letters("Bulk") == {}
    mail.simulator("PUT", "quota", {"sent_last_24_hours": 0})
    mail.forget_account()
    mail.becomes("quota-bulk", "sent")


def test_errors_and_lost_answers_of_ses_lose_nothing_and_double_nothing(mail: Mail) -> None:
    mail.simulator("POST", "faults", {"operation": "SendEmail", "answer": "error", "calls": 2})
    mail.queue("fault-500")
    assert mail.becomes("fault-500", "deferred")["deferral"].startswith("InternalServiceError")
    mail.becomes("fault-500", "sent")
    fault = {"operation": "SendEmail", "answer": "timeout", "after": True, "calls": 1, "hold_seconds": 8}
    mail.simulator("POST", "faults", fault)
    mail.queue("fault-timeout")
    row = mail.becomes("fault-timeout", "sent")  # its Send event says so
    assert row["evidence_at"]
    assert (mail.sent_to("fault-500"), mail.sent_to("fault-timeout")) == (1, 1)


def test_a_table_that_does_not_answer_loses_nothing(mail: Mail) -> None:
    with mail.stack.without_permissions("SenderFunctionName"):
        mail.queue("no-table")
        time.sleep(5)
        assert mail.row("no-table") == {}
    mail.becomes("no-table", "sent")
    assert mail.sent_to("no-table") == 1
