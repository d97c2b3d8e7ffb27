"""A table stream, read again where a function gave up.

What Lambda leaves in the dead-letter queue of such a function is no record, only the place: the stream's arn, a shard,
and the first and the last sequence number.
https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetShardIterator.html
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from botocore.exceptions import ClientError

from ses_stack.dead_letters.letters import Letter
from ses_stack.errors import FieldError, NotJsonError, RecordError
from ses_stack.mail.times import zone_or_utc

if TYPE_CHECKING:
    from mypy_boto3_dynamodbstreams import DynamoDBStreamsClient
    from mypy_boto3_lambda import LambdaClient

RECORDS_PER_CALL = 100
# Lambda takes 6 MB in a call that waits for its answer.
BYTES_PER_CALL = 5_000_000
GONE = "neither the table stream, which keeps a day, nor the history has its records"
UNFINISHED = "the function still cannot take all of its records"
_GONE_CODES = frozenset({"TrimmedDataAccessException", "ResourceNotFoundException"})
# A shard may have pages without records.
_PAGES = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Where a function gave up, and why: `condition` is Lambda's word for it, `size` how many records it says it was.

    `arrived` is when the first and the last of them were written.
    """

    stream_arn: str
    shard: str
    first: str
    last: str
    condition: str
    size: int | None = None
    arrived: tuple[datetime, datetime] | None = None


def position_of(body: str) -> Position:
    """The place that a letter names. Raises `RecordError`."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        raise NotJsonError("the body is not JSON") from None
    batch, context = _member(document, "DDBStreamBatchInfo"), _member(document, "requestContext")
    return Position(
        stream_arn=_text(batch, "streamArn"),
        shard=_text(batch, "shardId"),
        first=_text(batch, "startSequenceNumber"),
        last=_text(batch, "endSequenceNumber"),
        condition=str(context.get("condition", "no reason was given")),
        size=size if isinstance(size := batch.get("batchSize"), int) else None,
        arrived=_arrived(batch),
    )


def _arrived(batch: dict[str, Any]) -> tuple[datetime, datetime] | None:
    first, last = (_time(batch.get(f"approximateArrivalOf{which}Record")) for which in ("First", "Last"))
    return (first, last) if first and last else None


def _time(text: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return zone_or_utc(found) if found else None


def _member(document: Any, name: str) -> dict[str, Any]:
    value = document.get(name) if isinstance(document, dict) else None
    if not isinstance(value, dict):
        raise FieldError(name, "is missing")
    return value


def _text(batch: dict[str, Any], name: str) -> str:
    value = batch.get(name)
    if not isinstance(value, str):
        raise FieldError(f"DDBStreamBatchInfo.{name}", "is missing")
    return value


class History(Protocol):
    """What still has what a table stream has forgotten; see ses_stack.adapters.stored_records."""

    def written(self, first: datetime, last: datetime) -> Sequence[Any]: ...


class Replay:
    """A function that follows a table stream, as the place that its dead letters go back to."""

    def __init__(
        self, streams: DynamoDBStreamsClient, functions: LambdaClient, history: History, *, function: str
    ) -> None:
        self._streams = streams
        self._functions = functions
        self._history = history
        self._function = function

    def send(self, letters: Sequence[Letter]) -> dict[str, str]:
        """Hands the function the records that letters speak of; gives the ids of those that stay, each with why."""
        reasons = {letter.id: self._replay(letter) for letter in letters}
        return {letter_id: reason for letter_id, reason in reasons.items() if reason}

    def _replay(self, letter: Letter) -> str | None:
        try:
            position = position_of(letter.body)
        except RecordError as error:
            return error.cause
        records = self._in_stream(position) or self._in_history(position)
        if not records:
            return GONE
        taken = all(self._takes(payload) for payload in _payloads(records, position.stream_arn))
        return None if taken else UNFINISHED

    def _takes(self, payload: bytes) -> bool:
        answer = self._functions.invoke(FunctionName=self._function, Payload=payload)
        told = json.loads(answer["Payload"].read() or b"null")
        return not answer.get("FunctionError") and isinstance(told, dict) and not told.get("batchItemFailures")

    def _in_stream(self, position: Position) -> Sequence[Any]:
        """All records of the place, or none: a part of them would pass for all."""
        try:
            records = [*self._records(position)]
        except ClientError as error:
            if error.response["Error"]["Code"] in _GONE_CODES:
                return []
            raise
        return records if records and _number(records[-1]) == int(position.last) else []

    def _in_history(self, position: Position) -> Sequence[Any]:
        return self._history.written(*position.arrived) if position.arrived else []

    def _records(self, position: Position) -> Iterator[Any]:
        iterator: str | None = self._streams.get_shard_iterator(
            StreamArn=position.stream_arn,
            ShardId=position.shard,
            ShardIteratorType="AT_SEQUENCE_NUMBER",
            SequenceNumber=position.first,
        )["ShardIterator"]
        for _ in range(_PAGES):
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
    """The records as Lambda hands them over, in calls of a size that it takes."""
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
