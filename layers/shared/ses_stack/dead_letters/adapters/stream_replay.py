"""A table stream is read again at the position at which a function gave up, and its records go to the function.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetShardIterator.html
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from botocore.exceptions import ClientError

from ses_stack.dead_letters.adapters.stream_position import StreamPosition, position_of
from ses_stack.dead_letters.messages import DeadLetterMessage
from ses_stack.errors import RecordError

if TYPE_CHECKING:
    from mypy_boto3_dynamodbstreams import DynamoDBStreamsClient
    from mypy_boto3_lambda import LambdaClient

RECORDS_PER_CALL = 100
# Lambda takes 6 MB in a synchronous call.
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
BYTES_PER_CALL = 5_000_000
GONE = "neither the table stream, which keeps a day, nor the history has its records"
UNFINISHED = "the function still cannot take all of its records"
_NO_RECORDS_CODES = frozenset({"TrimmedDataAccessException", "ResourceNotFoundException"})
# A shard may have pages without records.
_MAXIMUM_PAGES = 1_000


class StoredRecordReader(Protocol):
    """Reads records that the table stream no longer keeps; see ses_stack.dead_letters.adapters.stored_records."""

    def written(self, first: datetime, last: datetime) -> Sequence[Any]:
        """The records that were written between two times."""


class StreamReplay:
    """The destination of dead letters of a function that reads a table stream: the function itself."""

    def __init__(
        self, streams: DynamoDBStreamsClient, functions: LambdaClient, stored: StoredRecordReader, *, function: str
    ) -> None:
        self._streams = streams
        self._functions = functions
        self._stored = stored
        self._function = function

    def send(self, messages: Sequence[DeadLetterMessage]) -> dict[str, str]:
        """Invokes the function with the records of each message. Returns the ids of messages that stay, and why."""
        reasons = {message.id: self._replay(message) for message in messages}
        return {message_id: reason for message_id, reason in reasons.items() if reason}

    def _replay(self, message: DeadLetterMessage) -> str | None:
        try:
            position = position_of(message.body)
        except RecordError as error:
            return error.cause
        records = self._in_stream(position) or self._in_store(position)
        if not records:
            return GONE
        finished = all(self._finishes(payload) for payload in _payloads(records, position.stream_arn))
        return None if finished else UNFINISHED

    def _finishes(self, payload: bytes) -> bool:
        answer = self._functions.invoke(FunctionName=self._function, Payload=payload)
        result = json.loads(answer["Payload"].read() or b"null")
        return not answer.get("FunctionError") and isinstance(result, dict) and not result.get("batchItemFailures")

    def _in_stream(self, position: StreamPosition) -> Sequence[Any]:
        """All records of the position. None of them if the stream has lost some: the rest would pass for all."""
        try:
            records = [*self._records(position)]
        except ClientError as error:
            if error.response["Error"]["Code"] in _NO_RECORDS_CODES:
                return []
            raise
        return records if records and _number(records[-1]) == int(position.last) else []

    def _in_store(self, position: StreamPosition) -> Sequence[Any]:
        return self._stored.written(*position.arrived) if position.arrived else []

    def _records(self, position: StreamPosition) -> Iterator[Any]:
        iterator: str | None = self._streams.get_shard_iterator(
            StreamArn=position.stream_arn,
            ShardId=position.shard,
            ShardIteratorType="AT_SEQUENCE_NUMBER",
            SequenceNumber=position.first,
        )["ShardIterator"]
        for _ in range(_MAXIMUM_PAGES):
            if iterator is None:
                return
            page = self._streams.get_records(ShardIterator=iterator)
            for record in page["Records"]:
                if _number(record) <= int(position.last):
                    yield record
                if _number(record) >= int(position.last):
                    return
            iterator = page.get("NextShardIterator")


def _number(record: Any) -> int:
    return int(record["dynamodb"]["SequenceNumber"])


def _payloads(records: Sequence[Any], stream_arn: str) -> Iterator[bytes]:
    """The records in the form of a Lambda event, in payloads that one call may carry."""
    batch: list[str] = []
    for record in records:
        text = json.dumps({**record, "eventSourceARN": stream_arn}, default=_plain)
        if batch and (len(batch) == RECORDS_PER_CALL or sum(map(len, batch)) + len(text) > BYTES_PER_CALL):
            yield _event(batch)
            batch = []
        batch.append(text)
    yield _event(batch)


def _event(batch: Sequence[str]) -> bytes:
    return f'{{"Records": [{", ".join(batch)}]}}'.encode()


def _plain(value: object) -> object:
    """Times as seconds and bytes as base64, as Lambda writes them."""
    if isinstance(value, datetime):
        return value.timestamp()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise TypeError(type(value).__name__)
