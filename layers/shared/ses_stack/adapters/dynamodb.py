"""EventTable's writer: the hot path of the normalizer.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
"""

from __future__ import annotations

import base64
import json
import random
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NetworkError

from ..domain.events import RecipientEvent
from ..errors import EventTooLargeError
from .event_rows import ITEM_LIMIT, Item, Key, item_of, key_of, size_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ROWS_PER_CALL = 25
PARALLEL_CALLS = 8
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 1.0

# Answers after which the same call may succeed.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
_PASSING = frozenset(
    {
        "InternalServerError",
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ServiceUnavailable",
        "ThrottlingException",
    }
)

_body: ContextVar[bytes | None] = ContextVar("body", default=None)


class EventTable:
    """Writes recipient events; every write may be repeated, in any order."""

    def __init__(self, client: DynamoDBClient, *, name: str, retention_days: int) -> None:
        self._client = client
        self._name = name
        self._retention_days = retention_days
        self._calls = ThreadPoolExecutor(PARALLEL_CALLS, thread_name_prefix="event-table")
        client.meta.events.register("before-call.dynamodb.BatchWriteItem", _with_prepared_body)

    def write(self, events: Iterable[RecipientEvent], *, until: float) -> dict[Key, str]:
        """Writes the events as rows and gives the keys of those it could not, each with its reason.

        `until` is a `time.monotonic()`: what is not written by then is given back, and the caller has it retried.
        """
        items = {
            key_of(item): item for item in (item_of(event, retention_days=self._retention_days) for event in events)
        }
        unwritten = {key: EventTooLargeError.__name__ for key, item in items.items() if _too_large(item)}
        pending = [item for key, item in items.items() if key not in unwritten]
        pause = _FIRST_PAUSE
        while pending:
            pending, refused = self._round(pending, until)
            unwritten |= refused
            if not pending:
                break
            if time.monotonic() + pause >= until:
                return unwritten | {key_of(item): "no time left" for item in pending}
            time.sleep(random.uniform(pause / 2, pause))
            pause = min(2 * pause, _LONGEST_PAUSE)
        return unwritten

    def _round(self, items: Sequence[Item], until: float) -> tuple[list[Item], dict[Key, str]]:
        """One attempt at every item: those worth another attempt, and those that are not, with the reason."""
        chunks = [items[start : start + ROWS_PER_CALL] for start in range(0, len(items), ROWS_PER_CALL)]
        running: dict[Future[list[Item]], Sequence[Item]] = {
            self._calls.submit(self._call, chunk): chunk for chunk in chunks
        }
        again: list[Item] = []
        refused: dict[Key, str] = {}
        while running:
            done, _ = wait(running, timeout=max(0.0, until - time.monotonic()), return_when=FIRST_COMPLETED)
            if not done:
                for future, chunk in running.items():
                    future.cancel()
                    again += chunk
                return again, refused
            for future in done:
                chunk = running.pop(future)
                try:
                    again += future.result()
                except (NetworkError, HTTPClientError):
                    again += chunk
                except ClientError as error:
                    code = error.response["Error"]["Code"]
                    if code in _PASSING or error.response["ResponseMetadata"]["HTTPStatusCode"] >= 500:
                        again += chunk
                    elif code == "ValidationException" and len(chunk) > 1:
                        # One bad row makes DynamoDB refuse the whole call: it must not take the others with it.
                        running |= {self._calls.submit(self._call, [item]): [item] for item in chunk}
                    else:
                        refused |= {key_of(item): code for item in chunk}
        return again, refused

    def _call(self, items: Sequence[Item]) -> list[Item]:
        """One BatchWriteItem; the rows that DynamoDB left unprocessed."""
        _body.set(_request_body(self._name, items))
        answer = self._client.batch_write_item(RequestItems={})
        left = {key_of(put["PutRequest"]["Item"]) for put in answer.get("UnprocessedItems", {}).get(self._name, [])}
        return [item for item in items if key_of(item) in left] if left else []


def _request_body(table: str, items: Sequence[Item]) -> bytes:
    puts = [{"PutRequest": {"Item": item}} for item in items]
    return json.dumps({"RequestItems": {table: puts}}, default=_base64, separators=(",", ":")).encode()


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _with_prepared_body(params: dict[str, Any], **_: object) -> None:
    """Puts our body into the request that botocore is about to sign and send.

    botocore's own serializer walks every attribute of every row in Python: half of the normalizer's time, for bytes
    that `json.dumps` makes in a tenth of it (docs/decisions.md).
    """
    if (body := _body.get()) is not None:
        params["body"] = body
        _body.set(None)


def _too_large(item: Item) -> bool:
    return len(item["raw"]["B"]) > ITEM_LIMIT // 4 and size_of(item) > ITEM_LIMIT
