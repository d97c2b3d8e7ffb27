"""EventTable's writer: the hot path of the normalizer.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
"""

from __future__ import annotations

import random
import time
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import batched
from typing import Protocol

from pydantic_core import to_json

from ..domain.events import RecipientEvent
from ..errors import EventTooLargeError
from .aws_json import Answer
from .event_rows import ITEM_LIMIT, Item, Key, item_of, key_of, size_of

ROWS_PER_CALL = 25
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 1.0

# Answers after which the same call may succeed, besides every 5xx.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
_PASSING = frozenset(
    {
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ThrottlingException",
    }
)


class Calls(Protocol):
    """DynamoDB, as `aws_json.Service` reaches it."""

    def calls(self, operation: str, bodies: Iterable[bytes], *, until: float) -> Iterator[Answer | None]:
        """The answers in the bodies' order; None where there was none."""


class EventTable:
    """Writes recipient events; every write may be repeated, in any order."""

    def __init__(
        self,
        dynamodb: Calls,
        *,
        name: str,
        retention_days: int,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._dynamodb = dynamodb
        self._name = name
        self._retention_days = retention_days
        self._clock = clock
        self._sleep = sleep

    def write(self, events: Iterable[RecipientEvent], *, until: float) -> dict[Key, str]:
        """Writes the events as rows and gives the keys of those it could not, each with its reason.

        `until` is a `time.monotonic()`: what is not written by then is given back, and the caller has it retried.
        """
        items = {
            key_of(item): item for item in (item_of(event, retention_days=self._retention_days) for event in events)
        }
        unwritten = {key: EventTooLargeError.__name__ for key, item in items.items() if _too_large(item)}
        chunks = list(
            batched((item for key, item in items.items() if key not in unwritten), ROWS_PER_CALL, strict=False)
        )
        pause = _FIRST_PAUSE
        while chunks:
            attempt = self._attempt(chunks, until)
            unwritten |= attempt.refused
            wait = random.uniform(pause / 2, pause) if attempt.again else 0.0
            if self._clock() + wait >= until:
                return unwritten | attempt.again | dict.fromkeys(map(key_of, attempt.alone), "no time left")
            if wait:
                self._sleep(wait)
                pause = min(2 * pause, _LONGEST_PAUSE)
            chunks = [
                *batched((items[key] for key in attempt.again), ROWS_PER_CALL, strict=False),
                *((item,) for item in attempt.alone),
            ]
        return unwritten

    def _attempt(self, chunks: Sequence[Sequence[Item]], until: float) -> _Attempt:
        bodies = (_request_body(self._name, chunk) for chunk in chunks)
        attempt = _Attempt()
        for chunk, answer in zip(chunks, self._dynamodb.calls("BatchWriteItem", bodies, until=until), strict=True):
            if answer is None:
                attempt.again |= dict.fromkeys(map(key_of, chunk), "no answer")
            elif not answer.error:
                attempt.again |= dict.fromkeys(_unprocessed(answer, self._name), "unprocessed")
            elif answer.error in _PASSING or answer.status >= 500:
                attempt.again |= dict.fromkeys(map(key_of, chunk), answer.error)
            elif answer.error == "ValidationException" and len(chunk) > 1:
                attempt.alone += chunk
            else:
                attempt.refused |= dict.fromkeys(map(key_of, chunk), answer.error)
        return attempt


@dataclass(slots=True)
class _Attempt:
    """What one attempt at some rows left: those to try again, those to try one by one, and those in vain."""

    again: dict[Key, str] = field(default_factory=dict)
    # One bad row makes DynamoDB refuse a whole call: it must not take the others with it.
    alone: list[Item] = field(default_factory=list)
    refused: dict[Key, str] = field(default_factory=dict)


def _unprocessed(answer: Answer, table: str) -> list[Key]:
    return [key_of(put["PutRequest"]["Item"]) for put in answer.document.get("UnprocessedItems", {}).get(table, ())]


def _request_body(table: str, items: Sequence[Item]) -> bytes:
    puts = [{"PutRequest": {"Item": {**item, "raw": {"B": _base64(item["raw"]["B"])}}}} for item in items]
    return to_json({"RequestItems": {table: puts}})  # takes half the time of json.dumps


def _base64(value: bytes) -> str:
    return b64encode(value).decode()


def _too_large(item: Item) -> bool:
    return len(item["raw"]["B"]) > ITEM_LIMIT // 4 and size_of(item) > ITEM_LIMIT
