"""Where the real collaborators are put together, for every function."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from .adapters import ses_events
from .adapters.dynamodb import PARALLEL_CALLS, EventTable
from .config import Settings
from .services.normalize import Outcome, QueueRecord, normalize

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# Kept free at the end of an invocation, to answer with what was done.
_MARGIN_SECONDS = 0.5


def dynamodb_client() -> DynamoDBClient:
    """A client that fails fast and never retries by itself: the adapters do, with the time left in view."""
    return boto3.client(
        "dynamodb",
        config=Config(
            connect_timeout=1,
            read_timeout=5,
            retries={"total_max_attempts": 1},
            max_pool_connections=PARALLEL_CALLS,
            parameter_validation=False,
        ),
    )


def normalizer() -> Callable[[dict[str, Any], int], Outcome]:
    """The normalizer: takes Lambda's SQS event and the milliseconds left."""
    settings = Settings.read(os.environ)
    table = EventTable(dynamodb_client(), name=settings.event_table, retention_days=settings.retention_days)
    parse = partial(ses_events.parse, stack=settings.stack)

    def run(event: dict[str, Any], milliseconds: int) -> Outcome:
        records = [QueueRecord(record["messageId"], record["body"]) for record in event["Records"]]
        return normalize(
            records, parse=parse, history=table, until=time.monotonic() + milliseconds / 1000 - _MARGIN_SECONDS
        )

    return run
