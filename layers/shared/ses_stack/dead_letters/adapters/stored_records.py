"""Rows of EventTable as records of its table stream, which keeps records for a day.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import batched
from typing import TYPE_CHECKING, Any

from ses_stack.history.keys import feed_partitions
from ses_stack.mail.event_types import EventType
from ses_stack.mail.times import utc_hours_back, utc_milliseconds

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

KEYS_PER_CALL = 100
# A row has the time of its event, and is written later.
LATENESS = timedelta(hours=1)
# What the projector's mapping lets through; see FilterCriteria in template.yaml.
_TYPES = (EventType.SEND, EventType.REJECT, EventType.RENDERING_FAILURE)
_ATTRIBUTES = ("message_id", "event_key", "type", "request_id", "stream", "detail")
_NAMES = {f"#{name}": name for name in _ATTRIBUTES}
_PAUSE_SECONDS = 0.5


class StoredStreamRecords:
    """Reads the rows of EventTable that were written in a time."""

    def __init__(self, client: DynamoDBClient, *, table: str) -> None:
        self._client = client
        self._table = table

    def written(self, first: datetime, last: datetime) -> list[dict[str, Any]]:
        """The records of send requests' events, in the order of the events, from an hour before `first` to `last`.

        An event that was stored more than an hour after its time is not found.
        """
        since = first - LATENESS
        hours = utc_hours_back(since, last + timedelta(seconds=1))
        partitions = [partition for hour in hours for partition in feed_partitions(hour)]
        keys = [key for partition in partitions for key in self._keys(partition, since, last)]
        rows = [row for batch in batched(keys, KEYS_PER_CALL, strict=False) for row in self._rows(batch)]
        rows.sort(key=lambda row: row["event_key"]["S"])
        return [_record(number, row) for number, row in enumerate(rows) if "request_id" in row]

    def _keys(self, partition: str, since: datetime, last: datetime) -> Iterator[Mapping[str, Any]]:
        kinds = {f":type{number}": {"S": kind.value} for number, kind in enumerate(_TYPES)}
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            IndexName="by_time",
            KeyConditionExpression="feed = :feed AND event_key BETWEEN :since AND :last",
            FilterExpression=f"#type IN ({', '.join(kinds)})",
            ProjectionExpression="message_id, event_key",
            ExpressionAttributeNames={"#type": "type"},
            ExpressionAttributeValues={
                ":feed": {"S": partition},
                ":since": {"S": utc_milliseconds(since)},
                # A key continues after its time, and Lambda gives arrival in whole seconds.
                ":last": {"S": utc_milliseconds(last + timedelta(seconds=1))},
                **kinds,
            },
        )
        for page in pages:
            yield from page["Items"]

    def _rows(self, keys: Sequence[Any]) -> Iterator[Mapping[str, Any]]:
        """The rows of at most `KEYS_PER_CALL` keys. Keys that DynamoDB left unprocessed are requested again."""
        requested: Any = {
            self._table: {
                "Keys": list(keys),
                "ProjectionExpression": ", ".join(_NAMES),
                "ExpressionAttributeNames": _NAMES,
            }
        }
        while requested:
            answer = self._client.batch_get_item(RequestItems=requested)
            yield from answer["Responses"].get(self._table, [])
            requested = answer.get("UnprocessedKeys")
            if requested:
                time.sleep(_PAUSE_SECONDS)


def _record(number: int, row: Mapping[str, Any]) -> dict[str, Any]:
    return {"eventName": "INSERT", "dynamodb": {"SequenceNumber": str(number), "NewImage": dict(row)}}
