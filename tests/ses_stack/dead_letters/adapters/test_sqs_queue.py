"""SQS queues, as dead letters use them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from ses_stack.dead_letters.adapters.sqs_queue import BYTES_PER_CALL, SqsMessageQueue, opener
from ses_stack.dead_letters.messages import DeadLetterMessage, QueueDepth


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setattr("ses_stack.dead_letters.adapters.sqs_queue.LONG_POLL_SECONDS", 0)
    with mock_aws():
        yield boto3.client("sqs")


@pytest.fixture
def url(client: Any) -> str:
    return str(client.create_queue(QueueName="letters")["QueueUrl"])


@pytest.fixture
def queue(client: Any, url: str) -> SqsMessageQueue:
    return SqsMessageQueue(client, url)


def letter(number: int, body: str = "body", **changes: Any) -> DeadLetterMessage:
    values = {"id": f"l{number}", "receipt": "none", "body": body, "sent_at": 0.0, "receive_count": 1}
    return DeadLetterMessage(**(values | changes))


ATTRIBUTES = {
    "ERROR_CODE": {"DataType": "String", "StringValue": "NO_PERMISSIONS"},
    "blob": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
}


def test_a_letter_arrives_as_it_was_sent(queue: SqsMessageQueue) -> None:
    assert queue.send([letter(1, "text \N{SNOWMAN}", attributes=ATTRIBUTES, group="tenant")]) == {}
    (received,) = queue.receive(10, visibility=30)
    assert received.body == "text \N{SNOWMAN}"
    assert received.attribute("ERROR_CODE") == "NO_PERMISSIONS"
    assert received.attributes["blob"]["BinaryValue"] == b"\x00\xff"
    assert received.group == "tenant"
    assert received.receive_count == 1
    assert abs(received.sent_at - time.time()) < 60
    assert received.attribute("none") is None


def test_a_received_letter_is_hidden_until_it_is_given_back(queue: SqsMessageQueue) -> None:
    queue.send([letter(number) for number in range(12)])
    received = queue.receive(10, visibility=30) + queue.receive(10, visibility=30)
    assert queue.depth() == QueueDepth(visible=0, invisible=12)
    assert queue.receive(10, visibility=30) == []
    queue.give_back(received)
    assert queue.depth() == QueueDepth(visible=12, invisible=0)
    queue.give_back([])


def test_more_than_ten_letters_are_deleted_in_several_calls(queue: SqsMessageQueue) -> None:
    queue.send([letter(number) for number in range(12)])
    received = queue.receive(10, visibility=30) + queue.receive(10, visibility=30)
    assert queue.delete(received) == {}
    assert queue.depth().total == 0


def test_a_limit_below_ten_is_kept(queue: SqsMessageQueue) -> None:
    queue.send([letter(number) for number in range(5)])
    assert len(queue.receive(2, visibility=30)) == 2


def test_queues_are_opened_once(client: Any, url: str) -> None:
    open_queue = opener(client)
    assert open_queue(url) is open_queue(url)


class Calls:
    """A client that keeps what is sent, and returns fixed answers."""

    def __init__(self, *, most: int = BYTES_PER_CALL, failed: tuple[dict[str, str], ...] = (), code: str = "") -> None:
        self.most = most
        self.failed = failed
        self.code = code
        self.batches: list[list[str]] = []

    def send_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        code = self.code or "AWS.SimpleQueueService.BatchRequestTooLong"
        if sum(len(entry["MessageBody"]) for entry in Entries) > self.most:
            raise ClientError({"Error": {"Code": code, "Message": ""}}, "SendMessageBatch")
        self.batches.append([entry["MessageBody"] for entry in Entries])
        return {"Failed": list(self.failed)}


def sizes(client: Calls) -> list[int]:
    return [len(batch) for batch in client.batches]


def opened(client: Any) -> SqsMessageQueue:
    return SqsMessageQueue(client, "url")


def test_large_letters_go_in_smaller_batches() -> None:
    client = Calls()
    large = "x" * (BYTES_PER_CALL // 3)
    assert opened(client).send([letter(number, large) for number in range(7)]) == {}
    assert sizes(client) == [3, 3, 1]


def test_a_queue_that_takes_less_than_a_mebibyte_gets_less() -> None:
    client = Calls(most=250)
    assert opened(client).send([letter(number, "x" * 100) for number in range(5)]) == {}
    assert sum(sizes(client)) == 5
    assert max(sizes(client)) == 2


def test_a_letter_that_is_too_large_alone_fails_alone() -> None:
    client = Calls(most=50)
    assert opened(client).send([letter(1, "x" * 100), letter(2)]) == {"l1": "BatchRequestTooLong"}
    assert sizes(client) == [1]


def test_any_other_refusal_of_a_batch_is_an_error() -> None:
    with pytest.raises(ClientError):
        opened(Calls(most=1, code="AccessDenied")).send([letter(1)])


def test_entries_that_fail_are_named_by_their_letters() -> None:
    failed = ({"Id": "1", "Code": "InternalError"},)
    assert opened(Calls(failed=failed)).send([letter(7), letter(8)]) == {"l8": "InternalError"}


def test_no_letters_are_no_call() -> None:
    client = Calls()
    assert opened(client).send([]) == {}
    assert not client.batches
