"""The normalizer with its real collaborators."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from ses_stack.aws import clients
from ses_stack.config import NormalizerSettings
from ses_stack.history.adapters import events
from ses_stack.history.adapters.table import EventTable
from ses_stack.history.normalize import NormalizedBatch, QueueRecord, normalize

# Kept free at the end of an invocation, to answer Lambda.
_MARGIN_SECONDS = 0.5


def build() -> Callable[[dict[str, Any], int], NormalizedBatch]:
    """Returns a function of Lambda's SQS event and the milliseconds left."""
    settings = NormalizerSettings.read(os.environ)
    table = EventTable(
        clients.dynamodb(os.environ),
        name=settings.event_table,
        retention_days=settings.retention_days,
        request_sends=settings.request_sends,
    )
    parse = partial(events.parse, stack=settings.stack)

    def normalize_records(event: dict[str, Any], milliseconds: int) -> NormalizedBatch:
        records = [QueueRecord(record["messageId"], record["body"]) for record in event["Records"]]
        return normalize(
            records, parse=parse, writer=table, until=time.monotonic() + milliseconds / 1000 - _MARGIN_SECONDS
        )

    return normalize_records
