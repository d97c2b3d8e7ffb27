"""EventTable's reader, for the commands of an operator. No function reads EventTable.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TYPE_CHECKING, Any

from ses_stack.aws.items import Item
from ses_stack.errors import PageTokenError
from ses_stack.history.adapters.rows import event_of
from ses_stack.history.events import RecipientEvent
from ses_stack.history.keys import event_key
from ses_stack.history.lookup import EventPage
from ses_stack.mail.event_types import EventType

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PARALLEL_CALLS = 16
_BY_RECIPIENT, _BY_TIME = "by_recipient", "by_time"
# The attributes that a timeline shows. The raw payload, most of a row, is not among them.
_OF_MESSAGE = ("message_id", "stream", "subject", "sender", "request_id")
_OF_EVENT = ("event_key", "recipient", "subtype", "detail", "bot")
_SHOWN = _OF_MESSAGE + _OF_EVENT


class EventTableReader:
    """Reads recipient events by message, by recipient, and by time."""

    def __init__(self, client: DynamoDBClient, *, name: str) -> None:
        self._client = client
        self._name = name

    def of_message(self, message_id: str, *, raw: bool) -> list[RecipientEvent]:
        """All events of a message. The read is consistent: events written just before are found, too."""
        query: dict[str, Any] = {
            "KeyConditionExpression": "message_id = :id",
            "ExpressionAttributeValues": {":id": {"S": message_id}},
            "ConsistentRead": True,
        }
        if not raw:
            query["ExpressionAttributeNames"] = {f"#{name}": name for name in _SHOWN}
            query["ProjectionExpression"] = ", ".join(query["ExpressionAttributeNames"])
        return [event_of(row) for row in self._rows(query)]

    def of_recipient(self, recipient: str, *, limit: int, page: str | None) -> EventPage:
        """At most `limit` events, newest first. Raises `PageTokenError` for a page that no earlier answer gave."""
        query: dict[str, Any] = {
            "IndexName": _BY_RECIPIENT,
            "KeyConditionExpression": "recipient = :recipient",
            "ExpressionAttributeValues": {":recipient": {"S": recipient}},
            "ScanIndexForward": False,
            "Limit": limit + 1,
        }
        if page is not None:
            query["ExclusiveStartKey"] = {"recipient": {"S": recipient}, **_start_of(page)}
        found = [event_of(row) for row in islice(self._rows(query), limit + 1)]
        return EventPage(found[:limit], _page_after(found[limit - 1]) if len(found) > limit else None)

    def in_feed(
        self, partitions: Sequence[str], *, since: str, types: Collection[EventType], limit: int | None
    ) -> list[RecipientEvent]:
        """The newest `limit` events of each partition. Partitions are in no order."""
        with ThreadPoolExecutor(min(PARALLEL_CALLS, len(partitions)), thread_name_prefix="feed") as calls:
            found = calls.map(lambda partition: self._in_partition(partition, since, types, limit), partitions)
            return [event for events in found for event in events]

    def _in_partition(
        self, partition: str, since: str, types: Collection[EventType], limit: int | None
    ) -> list[RecipientEvent]:
        query: dict[str, Any] = {
            "IndexName": _BY_TIME,
            "KeyConditionExpression": "feed = :feed AND event_key >= :since",
            "ExpressionAttributeValues": {":feed": {"S": partition}, ":since": {"S": since}},
            "ScanIndexForward": False,
        }
        if types:
            kinds = {f":type{number}": {"S": kind.value} for number, kind in enumerate(sorted(types))}
            query["ExpressionAttributeValues"] |= kinds
            query["ExpressionAttributeNames"] = {"#type": "type"}
            query["FilterExpression"] = f"#type IN ({', '.join(kinds)})"
        elif limit:
            query["Limit"] = limit
        return [event_of(row) for row in islice(self._rows(query), limit)]

    def _rows(self, query: dict[str, Any]) -> Iterator[Item]:
        """The rows of all pages. The next page is requested only when its rows are needed."""
        start: dict[str, Any] = {}
        while True:
            answer: dict[str, Any] = dict(self._client.query(TableName=self._name, **(query | start)))
            yield from answer["Items"]
            if "LastEvaluatedKey" not in answer:
                return
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}


# A page begins after an event. The event key alone is not enough: two messages may bounce in the same millisecond.
def _page_after(event: RecipientEvent) -> str:
    return f"{event_key(event)}/{event.message_id}"


def _start_of(page: str) -> dict[str, dict[str, str]]:
    key, _, message_id = page.partition("/")
    if key.count("#") != 2 or not message_id:
        raise PageTokenError("the page is not one that an answer gave as `next`")
    return {"event_key": {"S": key}, "message_id": {"S": message_id}}
