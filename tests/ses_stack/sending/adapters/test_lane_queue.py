"""A lane's queue: what Lambda hands over, and the copies and dead letters that go back to SQS."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from ses_stack.aws.json_api import Answer
from ses_stack.aws.threads import Threads
from ses_stack.errors import NotJsonError
from ses_stack.sending.adapters.lane_queue import LaneQueue, record_of, request_of
from ses_stack.sending.jobs import DeadLetter, LaneCopy, LaneRecord


class Sqs:
    def __init__(self) -> None:
        self.sent: list[tuple[str, list[dict[str, Any]]]] = []
        self.answers: list[Answer | None] = []

    def calls(self, operation: str, bodies: Iterable[bytes], *, until: float) -> Iterator[Answer | None]:
        for body in bodies:
            document = json.loads(body)
            if operation == "GetQueueAttributes":
                assert (document["QueueUrl"], len(document["AttributeNames"])) == ("lane", 3)
                yield self.answers.pop(0)
                continue
            assert operation == "SendMessageBatch"
            self.sent.append((document["QueueUrl"], document["Entries"]))
            yield self.answers.pop(0) if self.answers else Answer(200, {"Successful": []})


@pytest.fixture
def sqs() -> Sqs:
    return Sqs()


@pytest.fixture
def queue(sqs: Sqs) -> LaneQueue:
    return LaneQueue(lambda: sqs, url="lane", dead_letters="dead", threads=Threads(1))


def record(number: int = 1, **fields: Any) -> LaneRecord:
    return LaneRecord(**({"id": f"m{number}", "body": "{}", "queued_at": 100.0} | fields))


def message(**attributes: str) -> dict[str, Any]:
    return {
        "messageId": "m1",
        "body": "{}",
        "attributes": {"SentTimestamp": "200500", "ApproximateReceiveCount": "2", "MessageGroupId": "marketing"},
        "messageAttributes": {name: {"stringValue": value} for name, value in attributes.items()},
    }


def test_a_record_knows_when_it_was_first_queued() -> None:
    assert record_of(message()) == LaneRecord(
        id="m1", body="{}", queued_at=200.5, deferrals=0, received=2, redriven=False, group="marketing"
    )
    copied = record_of(message(queued_at="100000", deferrals="3", waited="45", failed_at="1"))
    assert (copied.queued_at, copied.deferrals, copied.fault_seconds, copied.redriven) == (100.0, 3, 45, True)
    assert record_of(message(queued_at="yesterday")).queued_at == 200.5


@pytest.mark.parametrize(
    ("queued_at", "sent_at", "wanted"),
    [
        ("1795500600000", "1795500600001", 1795500600.0),
        ("1795500600001", "1795500600000", 1795500600.0),
        ("9999999999999", "1795500600000", 1795500600.0),
        ("0", "1795500600000", 1795500600.0),
        ("1763878200000", "1795500600000", 1763878200.0),
    ],
)
def test_no_copy_is_older_than_its_request_or_by_more_than_a_year_younger(
    queued_at: str, sent_at: str, wanted: float
) -> None:
    assert record_of(message(queued_at=queued_at) | {"attributes": {"SentTimestamp": sent_at}}).queued_at == wanted


@pytest.mark.parametrize("text", ["nan", "inf", "-inf", "1e400", "-1", "9" * 5000, "", "x", "0x10"])
def test_attributes_that_make_no_sense_are_as_if_they_were_not_there(text: str) -> None:
    parsed = record_of(message(queued_at=text, deferrals=text, waited=text))
    assert (parsed.queued_at, parsed.deferrals, parsed.fault_seconds) == (200.5, 0, 0)


def test_a_record_without_sqs_own_attributes_is_as_old_as_now() -> None:
    assert record_of({"messageId": "m1", "body": "{}"}).queued_at > 1_700_000_000


def test_a_body_that_is_no_json() -> None:
    with pytest.raises(NotJsonError):
        request_of("[" * 100_000)


def test_a_copy_waits_and_remembers(sqs: Sqs, queue: LaneQueue) -> None:
    copy = LaneCopy(record(deferrals=2, group="marketing", redriven=True), 60)
    assert asyncio.run(queue.requeue([copy])) == {}
    ((url, (entry,)),) = sqs.sent
    assert (url, entry["DelaySeconds"], entry["MessageGroupId"], entry["MessageBody"]) == (
        "lane",
        60,
        "marketing",
        "{}",
    )
    attributes = {name: value["StringValue"] for name, value in entry["MessageAttributes"].items()}
    assert attributes == {"queued_at": "100000", "deferrals": "3", "failed_at": "0"}


def test_a_dead_letter_says_why(sqs: Sqs, queue: LaneQueue) -> None:
    asyncio.run(queue.dead_letter([DeadLetter(record(), "MessageRejected")]))
    ((url, (entry,)),) = sqs.sent
    assert (url, "DelaySeconds" in entry) == ("dead", False)
    assert entry["MessageAttributes"]["reason"] == {"DataType": "String", "StringValue": "MessageRejected"}
    assert int(entry["MessageAttributes"]["failed_at"]["StringValue"]) > 1_700_000_000_000


def test_what_goes_together_fits_into_a_call(sqs: Sqs, queue: LaneQueue) -> None:
    asyncio.run(queue.requeue([LaneCopy(record(number), 1) for number in range(12)]))
    asyncio.run(queue.requeue([LaneCopy(record(number, body="x" * 600_000), 1) for number in range(2)]))
    assert [len(entries) for _, entries in sqs.sent] == [10, 2, 1, 1]


def test_only_what_failed_is_tried_again_and_what_keeps_failing_is_named(sqs: Sqs, queue: LaneQueue) -> None:
    partly_failed = Answer(200, {"Failed": [{"Id": "1", "Code": "InternalError"}]})
    sqs.answers = [None, partly_failed]
    assert asyncio.run(queue.requeue([LaneCopy(record(number), 1) for number in range(3)])) == {}
    assert [[entry["Id"] for entry in entries] for _, entries in sqs.sent] == [["0", "1", "2"], ["0", "1", "2"], ["1"]]
    sqs.answers = [Answer(403, {"__type": "x#AccessDenied"}), None, partly_failed]
    assert asyncio.run(queue.requeue([LaneCopy(record(number), 1) for number in range(3)])) == {"m1": "InternalError"}
    sqs.answers = [None] * 3
    assert asyncio.run(queue.dead_letter([DeadLetter(record(), "why")])) == {"m1": "no answer"}


def test_all_messages_of_the_lane_are_counted(sqs: Sqs, queue: LaneQueue) -> None:
    counts = {f"ApproximateNumberOfMessages{kind}": str(number) for number, kind in enumerate(("", "Delayed"), 5)}
    sqs.answers = [Answer(200, {"Attributes": counts}), None, Answer(403, {"__type": "x#AccessDenied"})]
    assert [asyncio.run(queue.waiting()) for _ in range(3)] == [11, None, None]
