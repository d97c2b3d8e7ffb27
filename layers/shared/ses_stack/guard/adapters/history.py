"""The history as the guard reads it: whether events arrive, and the newest ones behind a critical rate.

Index `by_time` has the Send events and every kind of problem, in order of their times.
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from ses_stack.aws.items import Item, map_of, text_of
from ses_stack.aws.json_api import Calls
from ses_stack.aws.retry import Retrying
from ses_stack.errors import TableError
from ses_stack.guard.policy import Cause
from ses_stack.guard.samples import EventSample, SampledEvent, kind_of, sample_of
from ses_stack.history.keys import feed_partitions
from ses_stack.mail.addresses import SIMULATOR
from ses_stack.mail.event_types import EventType
from ses_stack.mail.times import epoch_utc_milliseconds, utc_hours_back
from ses_stack.statistics.campaigns import CAMPAIGN_TAG
from ses_stack.statistics.counters import counter_of

# Further back, no event is looked for: where mail is sent, new ones come.
_LONGEST_LOOK_SECONDS = 3_600
# As many rows as one BatchGetItem reads.
_SAMPLE_SIZE = 100
_TYPES = {Cause.HARD_BOUNCES: EventType.BOUNCE, Cause.COMPLAINTS: EventType.COMPLAINT}


class HistoryEvidence:
    """EventTable for the guard. Every method raises `TableError`."""

    def __init__(self, dynamodb: Calls, *, name: str, retrying: Retrying | None = None) -> None:
        self._dynamodb = dynamodb
        self._name = name
        self._retrying = retrying or Retrying(max_attempts=4, attempt_seconds=3)

    def has_event_of(self, message_id: str) -> bool:
        """Whether an event of a message is stored."""
        query = {
            "TableName": self._name,
            "KeyConditionExpression": "message_id = :id",
            "ExpressionAttributeValues": {":id": {"S": message_id}},
            "ProjectionExpression": "message_id",
            "Limit": 1,
        }
        return bool(self._call("Query", query)["Items"])

    def has_event_since(self, since: float, now: float) -> bool:
        """Whether the feed has an event of a moment since then, or of the last hour if that is later."""
        start = max(since, now - _LONGEST_LOOK_SECONDS)
        return any(self._page(partition, start, Limit=1) for partition in _partitions(start, now))

    def sample(self, stream: str, cause: Cause, now: float) -> EventSample:
        """The newest events of the last hour behind a stream's rate: one page of each partition, at most."""
        events = list(islice(self._events(stream, cause, now), _SAMPLE_SIZE))
        stored = self._stored(events)
        return sample_of(
            SampledEvent(_campaign(row), kind_of(text_of(event, "subtype") or "", text_of(event, "detail") or ""))
            for event in events
            if (row := stored.get(_key(event))) and text_of(row, "provider") != SIMULATOR
        )

    def _events(self, stream: str, cause: Cause, now: float) -> Iterator[Item]:
        kind = _TYPES[cause]
        start = now - _LONGEST_LOOK_SECONDS
        for partition in _partitions(start, now):
            rows = self._page(
                partition,
                start,
                FilterExpression="#type = :type AND #stream = :stream",
                ExpressionAttributeNames={"#type": "type", "#stream": "stream"},
                ExpressionAttributeValues={":type": {"S": kind.value}, ":stream": {"S": stream}},
            )
            for row in rows:
                subtype, detail = text_of(row, "subtype") or "", text_of(row, "detail") or ""
                if counter_of(kind, subtype=subtype, detail=detail) is cause.counter:
                    yield row

    def _page(self, partition: str, since: float, **more: Any) -> list[Item]:
        """The newest rows of one of the index's partitions."""
        values = {":feed": {"S": partition}, ":since": {"S": epoch_utc_milliseconds(since)}}
        query = {
            "TableName": self._name,
            "IndexName": "by_time",
            "KeyConditionExpression": "feed = :feed AND event_key >= :since",
            "ScanIndexForward": False,
            **more,
            "ExpressionAttributeValues": values | more.get("ExpressionAttributeValues", {}),
        }
        return list(self._call("Query", query)["Items"])

    def _stored(self, events: Sequence[Item]) -> dict[tuple[str, str], Item]:
        """The events' rows in the table, which have the message's tags. DynamoDB may leave some out: it is a sample."""
        if not events:
            return {}
        request = {
            "Keys": [{name: event[name] for name in ("message_id", "event_key")} for event in events],
            "ProjectionExpression": "message_id, event_key, provider, #tags",
            "ExpressionAttributeNames": {"#tags": "tags"},
        }
        answer = self._call("BatchGetItem", {"RequestItems": {self._name: request}})
        return {_key(row): row for row in answer["Responses"].get(self._name, ())}

    def _call(self, operation: str, document: dict[str, Any]) -> dict[str, Any]:
        answer = self._retrying.call(self._dynamodb, operation, document)
        if answer.error:
            raise TableError(f"the event table answers {answer.error}")
        return answer.document


def _partitions(since: float, now: float) -> Iterator[str]:
    """The partitions of the hours between two moments, the newest hour first."""
    hours = utc_hours_back(datetime.fromtimestamp(since, UTC), datetime.fromtimestamp(now, UTC))
    return (partition for hour in hours for partition in feed_partitions(hour))


def _key(row: Item) -> tuple[str, str]:
    return row["message_id"]["S"], row["event_key"]["S"]


def _campaign(row: Item) -> str:
    values = map_of(row, "tags").get(CAMPAIGN_TAG, {}).get("L", ())
    return str(values[0].get("S", "")) if values else ""
