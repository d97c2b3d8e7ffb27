"""Sending, for end-to-end tests: the lanes, the ledger, and the simulator's control routes."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import Any

import httpx

from tests.e2e.stack import Stack, eventually


class Mail:
    """Queues send requests as an application does, and reads what became of them."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack

    def request(self, request_id: str, *, lane: str = "Priority", **fields: Any) -> dict[str, Any]:
        """A request to one address that begins with its id; transactional or marketing, as the lane is."""
        plain = {
            "v": 1,
            "request_id": request_id,
            "stream": "transactional" if lane == "Priority" else "marketing",
            "from": "App <app@example.com>",
            "to": [f"{request_id}@example.com"],
        }
        if "template" not in fields:
            plain |= {"subject": "Hi", "text": "Hello"}
        return plain | fields

    def queue(self, request_id: str, *, lane: str = "Priority", **fields: Any) -> None:
        self.put(json.dumps(self.request(request_id, lane=lane, **fields)), lane=lane)

    def queue_many(self, requests: Sequence[dict[str, Any]], *, lane: str = "Priority") -> None:
        """At most ten, in one call: the emulator hands them to a worker together."""
        entries = [{"Id": str(number), "MessageBody": json.dumps(each)} for number, each in enumerate(requests)]
        url = self.stack.outputs[f"{lane}QueueUrl"]
        assert not self.stack.sqs.send_message_batch(QueueUrl=url, Entries=entries).get("Failed")

    def put(self, body: str, *, lane: str = "Priority") -> None:
        self.stack.sqs.send_message(QueueUrl=self.stack.outputs[f"{lane}QueueUrl"], MessageBody=body)

    def delayed(self, lane: str) -> int:
        """Messages of a lane that the sender deferred."""
        name = "ApproximateNumberOfMessagesDelayed"
        url = self.stack.outputs[f"{lane}QueueUrl"]
        return int(self.stack.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"][name])

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
        """Removes the dead letters: request id (or body) -> reason."""
        url, reasons = self.stack.outputs[f"{lane}DeadLetterQueueUrl"], {}
        while messages := self.stack.sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
        ).get("Messages", []):
            for message in messages:
                try:
                    name = json.loads(message["Body"])["request_id"]
                except (ValueError, KeyError):
                    name = message["Body"]
                reasons[name] = message.get("MessageAttributes", {}).get("reason", {}).get("StringValue", "")
                self.stack.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return reasons

    def received(self, request_id: str) -> list[dict[str, Any]]:
        """The messages that SES accepted for a request's recipient, latest first."""
        messages: list[dict[str, Any]] = self.simulator("GET", f"messages?recipient={request_id}@example.com")[
            "messages"
        ]
        return messages

    def message_of(self, request_id: str) -> dict[str, Any]:
        """The message whose id is in a request's ledger row."""
        (message,) = self.simulator("GET", f"messages?message_id={self.row(request_id)['message_id']}")["messages"]
        return dict(message)

    def headers(self, request_id: str) -> dict[str, str]:
        """A sent message's headers."""
        return {header["name"]: header["value"] for header in self.message_of(request_id)["headers"]}

    def template(self, name: str, subject: str) -> None:
        """An SES template, its text the same as its subject."""
        content = {"Subject": subject, "Text": subject}
        self.stack.client("sesv2").create_email_template(TemplateName=name, TemplateContent=content)

    def sent_to(self, request_id: str) -> int:
        """How many messages SES accepted for a request's recipient."""
        return len(self.received(request_id))

    def simulator(self, method: str, path: str, body: Any = None) -> Any:
        url = f"{self.stack.running.simulator}/_simulator/{path}"
        return httpx.request(method, url, json=body, timeout=20).raise_for_status().json()

    def forget_account(self) -> None:
        """Makes the workers read the account's limits from SES at once, instead of within a minute."""
        for key in ("QUOTA", "BACKOFF"):
            self.stack.dynamodb.delete_item(TableName=self.stack.outputs["SendTableName"], Key={"pk": {"S": key}})
        time.sleep(2.5)  # a worker caches the limits for two seconds

    def healthy(self) -> None:
        """Sets the simulator back to a healthy account."""
        self.simulator("DELETE", "faults")
        self.simulator("PUT", "account", {"sending_enabled": True, "enforcement": "HEALTHY", "unverified": []})
        self.simulator("PUT", "quota", {"sent_last_24_hours": 0, "max_send_rate": 14})
        self.forget_account()
