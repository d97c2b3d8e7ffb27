"""The scale benchmark's statistics: a writer for each shard of the history's table stream, over one table.

The events are spread over the shards by message, as DynamoDB spreads rows. All windows end at the same moment.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from itertools import count as numbers_from

from benchmarks._statistics_store import StatisticsStore
from benchmarks._template import default_of
from ses_stack.aws.items import Item
from ses_stack.statistics.adapters.campaigns import CampaignLists
from ses_stack.statistics.adapters.table import StatisticsTable
from ses_stack.statistics.count import count

_BATCH = 1_000
_WINDOW_SECONDS = 900
_NAME = "StatisticsTable"


class Statistics:
    """The writers of all shards."""

    def __init__(self, shards: int) -> None:
        self._store = StatisticsStore()
        self._waiting: list[list[dict[str, object]]] = [[] for _ in range(shards)]
        self._writers = [_writer(self._store, f"shard-{number}") for number in range(shards)]
        self._sequences = numbers_from(10**20)

    def take(self, second: int, rows: Iterable[Item]) -> dict[str, int]:
        """Counts the rows of a second, as far as they fill batches; the write units by partition key."""
        for row in rows:
            shard = zlib.crc32(row["message_id"]["S"].encode()) % len(self._waiting)
            self._waiting[shard].append(self._record(row))
        is_window_end = second % _WINDOW_SECONDS == 0
        for shard, waiting in enumerate(self._waiting):
            while len(waiting) >= _BATCH or (waiting and is_window_end):
                self._writers[shard](waiting[:_BATCH], second, finish=False)
                del waiting[:_BATCH]
            if is_window_end:
                self._writers[shard]([], second, finish=True)
        units = dict(self._store.units)
        self._store.units.clear()
        return units

    def _record(self, row: Item) -> dict[str, object]:
        return {"eventName": "INSERT", "dynamodb": {"SequenceNumber": str(next(self._sequences)), "NewImage": row}}


def _writer(store: StatisticsStore, shard: str) -> Callable[..., None]:
    table = StatisticsTable(store, name=_NAME)
    campaigns = CampaignLists(store, name=_NAME, limit=int(default_of("CampaignsPerDay")))

    def write(records: list[dict[str, object]], second: int, *, finish: bool) -> None:
        now = datetime.fromtimestamp(second, UTC)
        result = count(records, shard=shard, store=table, campaigns=campaigns, now=now, until=1e12, finish=finish)
        if result.failed:
            raise SystemExit(f"the statistics writer failed: {result.reason}")

    return write
