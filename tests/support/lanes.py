"""Queueing in memory: lanes, a store for attachments, and a request for them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import count
from typing import Any

from ses_stack.errors import QueueingError
from ses_stack.requests.lane_messages import LaneMessage, Preparation
from ses_stack.requests.queueing import queue_all
from ses_stack.requests.results import Outcome

NOW = datetime(2027, 5, 1, 10, tzinfo=UTC)
MAIL: dict[str, Any] = {
    "stream": "marketing",
    "from": "a@x.org",
    "to": "b@x.org",
    "subject": "Hello",
    "text": "Hello",
}


class Lanes:
    """Lanes in memory: they refuse the recipients in `refused`, or with `gone` every call."""

    def __init__(self, refused: Mapping[str, str] | None = None, *, gone: bool = False) -> None:
        self.calls: list[tuple[str, list[LaneMessage]]] = []
        self._refused = refused or {}
        self._gone = gone

    def put(self, lane: str, messages: Sequence[LaneMessage]) -> dict[int, str]:
        if self._gone:
            raise QueueingError("the queue is gone")
        self.calls.append((lane, list(messages)))
        return {
            position: self._refused[message.recipients[0]]
            for position, message in enumerate(messages)
            if message.recipients[0] in self._refused
        }

    @property
    def documents(self) -> list[dict[str, Any]]:
        """The documents that were queued."""
        return [json.loads(message.body) for _, messages in self.calls for message in messages]


class Store:
    """A bucket in memory."""

    name = "my-bucket"

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    def put(self, key: str, content: bytes) -> str:
        self.files[key] = content
        return self.name


def preparation(*, one_message: bool = False, store: Store | None = None) -> Preparation:
    """Prepares messages at `NOW`; new ids are `made-1`, `made-2`, ..."""
    ids = count(1)
    return Preparation(one_message=one_message, store=store, clock=lambda: NOW, new_id=lambda: f"made-{next(ids)}")


def lane_messages(item: object, *, one_message: bool = False, store: Store | None = None) -> list[LaneMessage]:
    """The messages of the request with number 7."""
    return preparation(one_message=one_message, store=store).messages(item, index=7)


def queue(items: Iterable[object], lanes: Lanes, **callbacks: Any) -> Outcome:
    """Queues requests, one message for each recipient."""
    return queue_all(items, lanes=lanes, preparation=preparation(), **callbacks)
