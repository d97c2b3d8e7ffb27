"""Records of the history's table stream for the statistics benchmark: as the normalizer writes rows, in a day's mix.

Nine of ten events happened in the last minute, as those of mail that is being sent; the others are up to two days late.
Transactional mail has five campaigns, marketing two.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from benchmarks._events import Events
from ses_stack.history.adapters.events import parse
from ses_stack.history.adapters.rows import item_of
from ses_stack.history.events import RecipientEvent
from ses_stack.mail.times import utc_milliseconds

START = datetime(2026, 11, 24, 12, tzinfo=UTC)
_CAMPAIGNS = {
    "transactional": ("welcome", "reset", "receipt", "invoice", "alert"),
    "marketing": ("november-newsletter", "winter-sale"),
}
_LATE_SHARE = 0.1
_LATEST_SECONDS = 2 * 86_400
# Rows of different events are reused: what the writer reads of them is made anew.
_DIFFERENT_EVENTS = 2_000


class StreamRecords:
    """Makes records of one shard, in order. The same seed makes the same records."""

    def __init__(self, seed: int = 11) -> None:
        self._random = Random(seed)
        bodies = Events(seed).take(_DIFFERENT_EVENTS)
        self._events = [event for body in bodies for event in parse(body, stack="ses-stack").events]
        self._sequence = 10**20

    def take(self, count: int, now: datetime) -> list[dict[str, Any]]:
        """The next records, as Lambda hands them over at a moment."""
        return [self._record(event, now) for event in self._some(count)]

    def _some(self, count: int) -> Iterator[RecipientEvent]:
        return (self._random.choice(self._events) for _ in range(count))

    def _record(self, event: RecipientEvent, now: datetime) -> dict[str, Any]:
        random = self._random
        age = random.uniform(0, 60) if random.random() >= _LATE_SHARE else random.expovariate(20 / _LATEST_SECONDS)
        stream = random.choice(("marketing", "marketing", "transactional"))
        image = item_of(
            replace(
                event,
                time=utc_milliseconds(now - timedelta(seconds=min(age, _LATEST_SECONDS))),
                stream=stream,
                tags={"campaign": [random.choice(_CAMPAIGNS[stream])]},
            ),
            retention_days=90,
        )
        image["raw"] = {"B": base64.b64encode(image["raw"]["B"]).decode()}
        self._sequence += random.randrange(1, 1_000)
        return {
            "eventName": "INSERT",
            "eventSource": "aws:dynamodb",
            "dynamodb": {
                "ApproximateCreationDateTime": now.timestamp(),
                "Keys": {name: image[name] for name in ("message_id", "event_key")},
                "NewImage": image,
                "SequenceNumber": str(self._sequence),
                "StreamViewType": "NEW_IMAGE",
            },
        }
