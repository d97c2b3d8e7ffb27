"""Where the real collaborators are put together, for every function."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from .adapters import ses_events
from .adapters.aws_json import Account, Service, endpoint_of
from .adapters.dynamodb import EventTable
from .config import Settings
from .services.normalize import Outcome, QueueRecord, normalize

# Kept free at the end of an invocation, to answer with what was done.
_MARGIN_SECONDS = 0.5


def dynamodb(environment: Mapping[str, str]) -> Service:
    """DynamoDB without the SDK. It never retries by itself: the adapters do, with the time left in view."""
    return Service(
        name="dynamodb",
        target="DynamoDB_20120810",
        endpoint=endpoint_of("dynamodb", environment),
        account=Account.read(environment),
    )


def normalizer() -> Callable[[dict[str, Any], int], Outcome]:
    """The normalizer: takes Lambda's SQS event and the milliseconds left."""
    settings = Settings.read(os.environ)
    table = EventTable(dynamodb(os.environ), name=settings.event_table, retention_days=settings.retention_days)
    parse = partial(ses_events.parse, stack=settings.stack)

    def run(event: dict[str, Any], milliseconds: int) -> Outcome:
        records = [QueueRecord(record["messageId"], record["body"]) for record in event["Records"]]
        return normalize(
            records, parse=parse, history=table, until=time.monotonic() + milliseconds / 1000 - _MARGIN_SECONDS
        )

    return run
