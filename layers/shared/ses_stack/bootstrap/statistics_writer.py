"""The statistics writer with its real collaborators."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from ses_stack.aws import clients
from ses_stack.config import StatisticsWriterSettings
from ses_stack.errors import ConfigurationError
from ses_stack.statistics.adapters.campaigns import CampaignLists
from ses_stack.statistics.adapters.table import StatisticsTable
from ses_stack.statistics.count import CountingResult, count

# Kept free at the end of an invocation, to answer Lambda.
_MARGIN_SECONDS = 0.5


def build() -> Callable[[dict[str, Any], int], CountingResult]:
    """Returns a function of Lambda's event of a table stream and the milliseconds left."""
    settings = StatisticsWriterSettings.read(os.environ)
    dynamodb = clients.dynamodb(os.environ)
    table = StatisticsTable(dynamodb, name=settings.table)
    campaigns = CampaignLists(dynamodb, name=settings.table, limit=settings.campaigns_per_day)

    def count_records(event: dict[str, Any], milliseconds: int) -> CountingResult:
        return count(
            event["Records"],
            shard=_shard_of(event, settings),
            store=table,
            campaigns=campaigns,
            now=datetime.now(UTC),
            until=time.monotonic() + milliseconds / 1000 - _MARGIN_SECONDS,
            finish=bool(event.get("isFinalInvokeForWindow")),
        )

    return count_records


def _shard_of(event: dict[str, Any], settings: StatisticsWriterSettings) -> str:
    """The shard of a batch, which Lambda names only where the mapping has a tumbling window.

    Raises `ConfigurationError`: without the shard, records of several shards would pass for records that came again.
    https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-windows.html
    """
    shard: str = event.get("shardId") or settings.only_shard
    if not shard and event["Records"]:
        raise ConfigurationError("the batch names no shard: its event source mapping needs TumblingWindowInSeconds")
    return shard
