"""Rows of EventTable as records of its table stream, which keeps records for a day.

No index has all of these rows by time, so the whole table is scanned: half a read unit for each 4 KB of it. That is
needed only for what a function gave up more than a day ago.
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Scan.html
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from ses_stack.mail.event_types import EventType
from ses_stack.mail.times import utc_milliseconds

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# A row has the time of its event, and is written later.
LATENESS = timedelta(hours=1)
# What the projector's mapping lets through, by the attribute that the row must have; see FilterCriteria in
# template.yaml.
_WANTED: Mapping[EventType, str] = {
    EventType.SEND: "request_id",
    EventType.REJECT: "request_id",
    EventType.RENDERING_FAILURE: "request_id",
    EventType.DELIVERY: "recipient",
}
_ATTRIBUTES = ("message_id", "event_key", "type", "request_id", "stream", "detail", "recipient")


class StoredStreamRecords:
    """Reads the rows of EventTable that were written in a time."""

    def __init__(self, client: DynamoDBClient, *, table: str) -> None:
        self._client = client
        self._table = table

    def written(self, first: datetime, last: datetime) -> list[dict[str, Any]]:
        """The records that the projector reads, in the order of the events, from an hour before `first` to `last`.

        An event that was stored more than an hour after its time is not found.
        """
        kinds = {f":type{number}": {"S": kind.value} for number, kind in enumerate(_WANTED)}
        pages = self._client.get_paginator("scan").paginate(
            TableName=self._table,
            FilterExpression=f"#event_key BETWEEN :since AND :last AND #type IN ({', '.join(kinds)})",
            ProjectionExpression=", ".join(f"#{name}" for name in _ATTRIBUTES),
            ExpressionAttributeNames={f"#{name}": name for name in _ATTRIBUTES},
            ExpressionAttributeValues={
                ":since": {"S": utc_milliseconds(first - LATENESS)},
                # A key continues after its time, and Lambda gives arrival in whole seconds.
                ":last": {"S": utc_milliseconds(last + timedelta(seconds=1))},
                **kinds,
            },
        )
        rows = [row for page in pages for row in page["Items"] if _WANTED[EventType(row["type"]["S"])] in row]
        rows.sort(key=lambda row: row["event_key"]["S"])
        return [_record(number, row) for number, row in enumerate(rows)]


def _record(number: int, row: Mapping[str, Any]) -> dict[str, Any]:
    return {"eventName": "INSERT", "dynamodb": {"SequenceNumber": str(number), "NewImage": dict(row)}}
