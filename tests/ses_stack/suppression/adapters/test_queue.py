"""The suppression queue: copies sent, and records received."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from ses_stack.aws.json_api import Answer
from ses_stack.aws.retry import Retrying
from ses_stack.suppression.adapters.queue import SuppressionSqsQueue, record_of
from ses_stack.suppression.records import SuppressionCopy, SuppressionRecord

URL = "https://sqs.example/queue"


class Queue:
    """Gives these answers, then successes; keeps the bodies that it got."""

    def __init__(self, *answers: Answer | None) -> None:
        self.answers = list(answers)
        self.sent: list[dict[str, Any]] = []

    def calls(self, operation: str, bodies: Iterable[bytes], *, until: float) -> Iterator[Answer | None]:
        assert operation == "SendMessageBatch"
        for body in bodies:
            self.sent.append(json.loads(body))
            yield self.answers.pop(0) if self.answers else Answer(200, {"Successful": []})


def copies(count: int) -> list[SuppressionCopy]:
    return [
        SuppressionCopy(record_id=f"r{n}", body=f"b{n}", delay=n + 1, turn=None if n == 1 else 1000.5 + n)
        for n in range(count)
    ]


def send(queue: Queue, count: int) -> dict[str, str]:
    quick = Retrying(sleep=lambda _: None)
    return SuppressionSqsQueue(queue, url=URL, retrying=quick).send(copies(count), until=time.monotonic() + 5)


def test_copies_go_ten_a_call_with_delay_and_turn() -> None:
    queue = Queue()
    assert send(queue, 12) == {}
    assert [len(call["Entries"]) for call in queue.sent] == [10, 2]
    first, second = queue.sent[0]["Entries"][:2]
    assert (queue.sent[0]["QueueUrl"], first["MessageBody"], first["DelaySeconds"]) == (URL, "b0", 1)
    assert first["MessageAttributes"] == {"account_list_turn": {"DataType": "Number", "StringValue": "1000.500"}}
    assert "MessageAttributes" not in second


def test_copies_that_were_not_taken_are_sent_again() -> None:
    failed = Answer(200, {"Failed": [{"Id": "1", "Code": "InternalError", "SenderFault": False}]})
    queue = Queue(failed, None, Answer(503, {}))
    assert send(queue, 3) == {}
    assert [len(call["Entries"]) for call in queue.sent] == [3, 1, 1, 1]
    assert send(Queue(Answer(400, {"__type": "x#AccessDeniedException"})), 1) == {"r0": "AccessDeniedException"}


@pytest.mark.parametrize(
    ("attribute", "turn"), [("1000.5", 1000.5), ("soon", None), ("nan", None), ("", None), ("1e", None), (None, None)]
)
def test_a_record_and_its_turn(attribute: str | None, turn: float | None) -> None:
    attributes = (
        {"account_list_turn": {"stringValue": attribute, "dataType": "Number"}} if attribute is not None else {}
    )
    message = {"messageId": "m", "body": "b", "messageAttributes": attributes}
    assert record_of(message) == SuppressionRecord(id="m", body="b", turn=turn)
    assert record_of({"messageId": "m", "body": "b"}) == SuppressionRecord(id="m", body="b")


def test_a_recheck_says_so_and_is_read_so() -> None:
    queue = Queue()
    copy = SuppressionCopy(record_id="r", body="b", delay=300, is_recheck=True)
    assert SuppressionSqsQueue(queue, url=URL).send([copy], until=time.monotonic() + 5) == {}
    sent = queue.sent[0]["Entries"][0]["MessageAttributes"]
    received = {name: {"stringValue": value["StringValue"]} for name, value in sent.items()}
    record = record_of({"messageId": "m", "body": "b", "messageAttributes": received})
    assert record == SuppressionRecord(id="m", body="b", is_recheck=True)
