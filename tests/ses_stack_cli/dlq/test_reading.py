"""Reading dead-letter queues without the SDK."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from ses_stack.aws.signing import Credentials
from ses_stack.dead_letters.adapters.sqs_queue import SqsMessageQueue
from ses_stack.dead_letters.messages import QueueDepth
from ses_stack_cli.dlq.reading import queue_reader
from ses_stack_cli.signed import SignedAccess
from ses_stack_cli.target import Target
from tests.support.scripted_server import ScriptedServer

URL = "https://sqs.eu-west-1.amazonaws.com/1/letters"
MESSAGE = {
    "MessageId": "m-1",
    "ReceiptHandle": "receipt",
    "Body": "{}",
    "Attributes": {"SentTimestamp": "1764000000000", "ApproximateReceiveCount": "2", "MessageGroupId": "tenant"},
    "MessageAttributes": {
        "kept": {"DataType": "String", "StringValue": "yes"},
        "packed": {"DataType": "Binary", "BinaryValue": base64.b64encode(b"bytes").decode()},
    },
}
DEPTH = {"Attributes": {"ApproximateNumberOfMessages": "3", "ApproximateNumberOfMessagesNotVisible": "1"}}


class Sdk:
    """The SDK's client."""

    def __init__(self) -> None:
        self.made: list[str] = []

    def get_queue_attributes(self, **_: Any) -> dict[str, Any]:
        self.made.append("get_queue_attributes")
        return DEPTH

    def receive_message(self, **_: Any) -> dict[str, Any]:
        self.made.append("receive_message")
        return {}

    def change_message_visibility_batch(self, **_: Any) -> dict[str, Any]:
        self.made.append("change_message_visibility_batch")
        return {}


def target_at(endpoint: str | None, sdk: Sdk) -> Target:
    access = SignedAccess(
        region="eu-west-1",
        credentials=lambda: Credentials(key_id="AKIDEXAMPLE", secret="secret"),
        endpoint=lambda _: endpoint,
        trusted=None,
    )
    return Target(stack="s", outputs={}, client=lambda _: sdk, signed=access)


def answer(document: Any, status: str = "200 OK") -> bytes:
    body = json.dumps(document)
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


def test_a_queue_is_read_without_the_sdk() -> None:
    server, sdk = ScriptedServer([answer(DEPTH), answer({"Messages": [MESSAGE]}), answer({})]), Sdk()
    reader = queue_reader(target_at(server.url, sdk))
    queue = SqsMessageQueue(reader, URL)
    assert queue.depth() == QueueDepth(visible=3, invisible=1)
    (message,) = queue.receive(10, visibility=30)
    assert queue.receive(10, visibility=30) == []
    assert (message.id, message.receive_count, message.group) == ("m-1", 2, "tenant")
    assert message.attributes["packed"]["BinaryValue"] == b"bytes"
    assert b"x-amz-target: AmazonSQS.ReceiveMessage" in server.requests[1]
    assert json.loads(server.requests[1].partition(b"\r\n\r\n")[2])["WaitTimeSeconds"] == 1
    assert sdk.made == []
    queue.give_back([message])
    assert sdk.made == ["change_message_visibility_batch"]
    reader.close()
    server.close()


@pytest.mark.parametrize("turn", [answer({"__type": "QueueDoesNotExist"}, "400 Bad Request"), None])
def test_what_has_no_success_is_left_to_the_sdk(turn: bytes | None) -> None:
    server, sdk = ScriptedServer([turn], [turn]), Sdk()
    reader = queue_reader(target_at(server.url, sdk))
    assert SqsMessageQueue(reader, URL).receive(10, visibility=30) == []
    assert SqsMessageQueue(reader, URL).depth().total == 4
    assert sdk.made == ["receive_message", "get_queue_attributes"]
    reader.close()
    server.close()


def test_the_sdk_reads_where_it_has_to() -> None:
    sdk = Sdk()
    assert queue_reader(target_at(None, sdk)) is sdk
    assert queue_reader(Target(stack="s", outputs={}, client=lambda _: sdk)) is sdk
