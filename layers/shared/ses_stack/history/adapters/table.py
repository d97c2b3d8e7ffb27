"""EventTable's writer, which the normalizer runs for every event.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Sequence
from itertools import batched

from pydantic_core import to_json

from ses_stack.aws.items import Item
from ses_stack.aws.json_api import Answer, Calls
from ses_stack.aws.retry import Attempt, Retrying
from ses_stack.errors import EventTooLargeError
from ses_stack.history.adapters.rows import ITEM_LIMIT, PrimaryKey, item_of, key_of, size_of
from ses_stack.history.events import RecipientEvent

ROWS_PER_CALL = 25


class EventTable:
    """Writes recipient events. Every write may be repeated, in any order."""

    def __init__(
        self,
        dynamodb: Calls,
        *,
        name: str,
        retention_days: int,
        request_sends: bool = True,
        retrying: Retrying | None = None,
    ) -> None:
        """`request_sends`: whether the feed has Send events of send requests."""
        self._dynamodb = dynamodb
        self._request_sends = request_sends
        self._name = name
        self._retention_days = retention_days
        self._retrying = retrying or Retrying()

    def write(self, events: Iterable[RecipientEvent], *, until: float) -> dict[PrimaryKey, str]:
        """Writes the events as rows, and returns a reason for the key of each row that was not written.

        `until` is the deadline, in seconds of `time.monotonic()`: rows that are not written by then are returned, too.
        """
        items, too_large = self._items(events)

        def attempt(calls: Sequence[Sequence[PrimaryKey]]) -> Attempt[PrimaryKey]:
            left: Attempt[PrimaryKey] = Attempt()
            bodies = (_request_body(self._name, [items[key] for key in keys]) for keys in calls)
            for keys, answer in zip(calls, self._dynamodb.calls("BatchWriteItem", bodies, until=until), strict=True):
                if answer is None or answer.error:
                    left.failed(keys, answer)
                else:
                    left.again |= dict.fromkeys(_unprocessed(answer, self._name), "unprocessed")
            return left

        return too_large | self._retrying.run(items, attempt, packed=_calls_of, until=until)

    def _items(self, events: Iterable[RecipientEvent]) -> tuple[dict[PrimaryKey, Item], dict[PrimaryKey, str]]:
        """The rows by their keys, and a reason for the key of each row that DynamoDB would refuse."""
        items: dict[PrimaryKey, Item] = {}
        too_large: dict[PrimaryKey, str] = {}
        for event in events:
            item = item_of(event, retention_days=self._retention_days, request_sends=self._request_sends)
            if _is_too_large(event, item):
                too_large[key_of(item)] = EventTooLargeError.__name__
            else:
                items[key_of(item)] = item
        return items, too_large


def _calls_of(keys: Iterable[PrimaryKey]) -> Sequence[Sequence[PrimaryKey]]:
    return list(batched(keys, ROWS_PER_CALL, strict=False))


def _unprocessed(answer: Answer, table: str) -> list[PrimaryKey]:
    return [key_of(put["PutRequest"]["Item"]) for put in answer.document.get("UnprocessedItems", {}).get(table, ())]


def _request_body(table: str, items: Sequence[Item]) -> bytes:
    puts = [{"PutRequest": {"Item": {**item, "raw": {"B": _base64(item["raw"]["B"])}}}} for item in items]
    return to_json({"RequestItems": {table: puts}})  # takes half the time of json.dumps


def _base64(value: bytes) -> str:
    return b64encode(value).decode()


def _is_too_large(event: RecipientEvent, item: Item) -> bool:
    """Whether DynamoDB would refuse the row. Only a long event is measured: measuring takes time."""
    return len(event.raw) > ITEM_LIMIT // 4 and size_of(item) > ITEM_LIMIT
