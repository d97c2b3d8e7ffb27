"""The statistics writer over a table in memory, and half an hour of a shard's records, whose calls and units count.

A batch waits for 30 seconds or a thousand records, as the template's mapping does, and a window ends every 15 minutes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from benchmarks._statistics_records import START, StreamRecords
from benchmarks._statistics_store import StatisticsStore
from ses_stack.aws.retry import Retrying
from ses_stack.statistics.adapters.campaigns import CampaignLists
from ses_stack.statistics.adapters.table import StatisticsTable
from ses_stack.statistics.count import CountingResult, count

TABLE = "counters"
BATCH = 1_000
# A new on-demand table has so many shards.
SHARDS = 4
SECONDS, WINDOW_SECONDS, BATCHING_SECONDS = 1_800, 900, 30


class Worker:
    """One worker of the function, with the memory that it keeps between batches."""

    def __init__(self, store: StatisticsStore) -> None:
        quick = Retrying(max_attempts=3, sleep=lambda _: None)
        self._table = StatisticsTable(store, name=TABLE, retrying=quick)
        self._campaigns = CampaignLists(store, name=TABLE, limit=100, retrying=quick)

    def count(self, records: Sequence[Any], *, shard: str, now: datetime, finish: bool = False) -> CountingResult:
        """Counts a batch."""
        return count(
            records, shard=shard, store=self._table, campaigns=self._campaigns, now=now, until=1e12, finish=finish
        )


@dataclass(frozen=True, slots=True)
class HalfAnHour:
    """What half an hour of one shard took. `units` are write units, `hottest_units` those of the busiest key.

    `byte_days`: the bytes of the rows that were new, times the days until they expire.
    """

    records: int
    invocations: int
    calls: int
    units: int
    hottest_units: int
    byte_days: float


def half_an_hour(*, records_per_second: float) -> HalfAnHour:
    """Counts the records of a shard that has so many a second."""
    store, records = StatisticsStore(), StreamRecords()
    worker = Worker(store)
    # The rows of the day and the campaigns are there already: a day's first half hour would be cheaper.
    worker.count(records.take(20 * BATCH, START), shard="shardId-1", now=START, finish=True)
    store.units.clear()
    before = set(store.rows)
    store.made = invocations = total = 0
    wait = min(BATCHING_SECONDS, BATCH / records_per_second)
    steps = round(SECONDS / wait)
    for step in range(1, steps + 1):
        now = START + timedelta(seconds=step * wait)
        batch = round(step * wait * records_per_second) - total
        worker.count(records.take(batch, now), shard="shardId-1", now=now)
        total += batch
        invocations += 1
        if _windows(step * wait) > _windows((step - 1) * wait):
            worker.count([], shard="shardId-1", now=now, finish=True)
            invocations += 1
    byte_days = store.byte_days(set(store.rows) - before, now=(START + timedelta(seconds=SECONDS)).timestamp())
    return HalfAnHour(total, invocations, store.made, store.units.total(), max(store.units.values()), byte_days)


def _windows(seconds: float) -> int:
    """How many windows have ended."""
    return int(round(seconds, 3) // WINDOW_SECONDS)
