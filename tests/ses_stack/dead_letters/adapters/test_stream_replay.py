"""A table stream is read again at the position at which a function gave up."""

from __future__ import annotations

import base64
import io
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ses_stack.dead_letters.adapters import stream_replay
from ses_stack.dead_letters.adapters.stream_replay import GONE, UNFINISHED, StreamReplay
from ses_stack.dead_letters.messages import DeadLetterMessage

ARN = "arn:aws:dynamodb:eu-west-1:111122223333:table/events/stream/2026-11-24T00:00:00.000"
AT = datetime(2026, 11, 24, tzinfo=UTC)


def letter(first: int = 101, last: int = 103, number: int = 1) -> DeadLetterMessage:
    """What Lambda leaves, with the members that are not read."""
    body = {
        "requestContext": {
            "requestId": "316aa6d0-8154-xmpl-9af7-85d5f4a6bc81",
            "functionArn": "arn:aws:lambda:eu-west-1:111122223333:function:projector",
            "condition": "RetryAttemptsExhausted",
            "approximateInvokeCount": 21,
        },
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "version": "1.0",
        "timestamp": "2026-11-24T00:13:49.717Z",
        "DDBStreamBatchInfo": {
            "shardId": "shardId-1",
            "startSequenceNumber": str(first),
            "endSequenceNumber": str(last),
            "approximateArrivalOfFirstRecord": "2026-11-24T00:00:00Z",
            "approximateArrivalOfLastRecord": "2026-11-24T00:00:01Z",
            "batchSize": last - first + 1,
            "streamArn": ARN,
        },
    }
    return DeadLetterMessage(id=f"l{number}", receipt="", body=json.dumps(body), sent_at=0, receive_count=1)


class Streams:
    """A shard with records, three to a page, every other page empty."""

    def __init__(self, *numbers: int, oldest: int = 0) -> None:
        self.numbers = numbers
        self.oldest = oldest

    def get_shard_iterator(self, **request: str) -> Any:
        assert (request["StreamArn"], request["ShardId"], request["ShardIteratorType"]) == (
            ARN,
            "shardId-1",
            "AT_SEQUENCE_NUMBER",
        )
        if int(request["SequenceNumber"]) < self.oldest:
            raise ClientError({"Error": {"Code": "TrimmedDataAccessException"}}, "GetShardIterator")
        return {"ShardIterator": f"{request['SequenceNumber']}:empty"}

    def get_records(self, *, ShardIterator: str) -> Any:  # noqa: N803
        start, _, empty = ShardIterator.partition(":")
        if empty:
            return {"Records": [], "NextShardIterator": start}
        page = [number for number in self.numbers if number >= int(start)][:3]
        records = [
            {
                "eventID": str(number),
                "eventName": "INSERT",
                "dynamodb": {
                    "SequenceNumber": str(number),
                    "ApproximateCreationDateTime": AT,
                    "NewImage": {"raw": {"B": b"\x00\x01"}},
                },
            }
            for number in page
        ]
        return {"Records": records, "NextShardIterator": f"{page[-1] + 1}:empty"} if page else {"Records": []}


class Functions:
    """A function that keeps its events, and returns a fixed answer."""

    def __init__(self, answer: Any = None, error: str | None = None) -> None:
        self.answer = {"batchItemFailures": []} if answer is None else answer
        self.error = error
        self.events: list[list[dict[str, Any]]] = []

    def invoke(self, *, FunctionName: str, Payload: bytes) -> Any:  # noqa: N803
        assert FunctionName == "projector"
        self.events.append(json.loads(Payload)["Records"])
        failed = {"FunctionError": self.error} if self.error else {}
        return {"Payload": io.BytesIO(json.dumps(self.answer).encode()), **failed}

    def seen(self) -> list[int]:
        return [int(record["dynamodb"]["SequenceNumber"]) for event in self.events for record in event]


class StoredRecords:
    """Rows that EventTable still has, as records."""

    def __init__(self, *numbers: int) -> None:
        self.numbers = numbers
        self.requested: list[tuple[datetime, datetime]] = []

    def written(self, first: datetime, last: datetime) -> list[Any]:
        self.requested.append((first, last))
        return [{"dynamodb": {"SequenceNumber": str(number), "NewImage": {}}} for number in self.numbers]


def replay(streams: Any, functions: Any, stored: StoredRecords | None = None) -> StreamReplay:
    return StreamReplay(streams, functions, stored or StoredRecords(), function="projector")


def test_the_function_gets_exactly_the_records_that_it_gave_up_on() -> None:
    functions = Functions()
    assert replay(Streams(*range(90, 120)), functions).send([letter(101, 107), letter(110, 110, number=2)]) == {}
    assert functions.seen() == [*range(101, 108), 110]


def test_records_look_as_lambda_writes_them() -> None:
    functions = Functions()
    replay(Streams(101), functions).send([letter(101, 101)])
    ((record,),) = functions.events
    assert record["eventSourceARN"] == ARN
    assert record["dynamodb"]["ApproximateCreationDateTime"] == AT.timestamp()
    assert base64.b64decode(record["dynamodb"]["NewImage"]["raw"]["B"]) == b"\x00\x01"


def test_a_call_takes_a_hundred_records_and_no_more_than_lambda_does(monkeypatch: pytest.MonkeyPatch) -> None:
    functions = Functions()
    replay(Streams(*range(101, 351)), functions).send([letter(101, 350)])
    assert [len(event) for event in functions.events] == [100, 100, 50]
    monkeypatch.setattr(stream_replay, "BYTES_PER_CALL", 1)
    functions = Functions()
    replay(Streams(*range(101, 104)), functions).send([letter(101, 103)])
    assert [len(event) for event in functions.events] == [1, 1, 1]


@pytest.mark.parametrize("streams", [Streams(200, oldest=200), Streams(), Streams(50)])
def test_what_the_stream_replay_has_forgotten_comes_from_the_history(streams: Streams) -> None:
    functions, stored = Functions(), StoredRecords(0, 1)
    assert replay(streams, functions, stored).send([letter()]) == {}
    assert functions.seen() == [0, 1]
    assert stored.requested == [(AT, datetime(2026, 11, 24, 0, 0, 1, tzinfo=UTC))]


def test_a_part_of_the_records_does_not_pass_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    functions = Functions()
    assert replay(Streams(101, 102), functions, StoredRecords(7)).send([letter(101, 103)]) == {}
    assert functions.seen() == [7]
    monkeypatch.setattr(stream_replay, "_MAXIMUM_PAGES", 3)  # of which every other one is empty
    functions = Functions()
    assert replay(Streams(*range(101, 120)), functions).send([letter(101, 110)]) == {"l1": GONE}
    assert functions.events == []


def test_records_that_are_nowhere_leave_the_letter_where_it_is() -> None:
    functions = Functions()
    assert replay(Streams(), functions).send([letter()]) == {"l1": GONE}
    assert functions.events == []


@pytest.mark.parametrize("arrival", [None, 7, "yesterday"])
def test_a_letter_without_times_cannot_come_from_the_history(arrival: object) -> None:
    document = json.loads(letter().body)
    document["DDBStreamBatchInfo"]["approximateArrivalOfLastRecord"] = arrival
    timeless = DeadLetterMessage(id="l1", receipt="", body=json.dumps(document), sent_at=0, receive_count=1)
    assert replay(Streams(), Functions(), StoredRecords(1)).send([timeless]) == {"l1": GONE}


@pytest.mark.parametrize(
    "functions",
    [Functions({"batchItemFailures": [{"itemIdentifier": "101"}]}), Functions({}, "Unhandled"), Functions([])],
)
def test_a_function_that_still_fails_keeps_the_letter(functions: Functions) -> None:
    assert replay(Streams(101, 102, 103), functions).send([letter()]) == {"l1": UNFINISHED}


def test_a_stream_that_may_not_be_read_is_an_error() -> None:
    class Denied(Streams):
        def get_shard_iterator(self, **request: str) -> Any:
            raise ClientError({"Error": {"Code": "AccessDeniedException"}}, "GetShardIterator")

    with pytest.raises(ClientError):
        replay(Denied(), Functions()).send([letter()])


def test_a_message_without_a_position_stays() -> None:
    broken = DeadLetterMessage(id="l1", receipt="", body="[]", sent_at=0, receive_count=1)
    assert replay(Streams(), Functions()).send([broken]) == {"l1": "FieldError: DDBStreamBatchInfo is missing"}
