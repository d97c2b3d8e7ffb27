"""The statistics writer's speed, its calls and their price, and whether its counters equal a recount.

Speed: the real handler, one worker, against a stand-in for DynamoDB in another process that takes 5 ms over every call.
A batch is the JSON text of 1,000 records, as Lambda hands it to the runtime; reading it is part of the time. The figure
is that of the fastest of many rounds: on a shared machine the others measure the neighbours.

Errors: the same code over a table in memory, for three shards. Batches come twice, in halves, late, and to two workers
at a time; workers are killed before and after each call, calls fail, windows end. The sum of all differences between
the counters, as the reader gives them, and a recount of the records is the number of errors.

Price: half an hour of one shard, with a batch every 30 seconds and a window's end every 15 minutes, by DynamoDB's and
Lambda's rules (`_prices`). `dollars_a_month_at_most` is what windows and batches that are nearly empty cost in a month
with the four shards of a new table: volume does not add to it, because batches then are fuller.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random
from typing import Any

from benchmarks._dynamodb_stand_in import received, running
from benchmarks._events import MIX
from benchmarks._lambda_context import CONTEXT
from benchmarks._prices import PRICES
from benchmarks._statistics_records import START, StreamRecords
from benchmarks._statistics_store import StatisticsStore
from benchmarks._statistics_worker import BATCH, BATCHING_SECONDS, SECONDS, SHARDS, HalfAnHour, Worker, half_an_hour
from benchmarks.harness import Result, Target, run
from ses_stack.errors import TableError
from ses_stack.statistics.adapters.reader import StatisticsReader
from ses_stack.statistics.grains import Grain

TABLE = "counters"
ROUNDS = 30
BATCHES_PER_ROUND = 3
TARGETS: Mapping[str, Target] = {
    "records_per_second": (">=", 5_000),
    "calls_per_thousand_records": ("<=", 2),
    "counter_errors": ("<=", 0),
    "dollars_per_million_messages": ("<=", 0.5),
    "hottest_partition_units_per_second": ("<=", 800),
}
_EVENTS_PER_MESSAGE = sum(MIX.values()) / MIX["send"]
_RECIPIENTS_PER_SECOND = 10_000
_MONTH_SECONDS = 30.4 * 86_400
# Lambda's memory in GB, and the seconds of a batch: measured at a third of a processor, which 512 MB have.
_GIGABYTES, _BATCH_SECONDS = 0.5, 0.3


def measure() -> Result:
    speed = _speed()
    full, small = (
        half_an_hour(records_per_second=BATCH / BATCHING_SECONDS),
        half_an_hour(records_per_second=8 / BATCHING_SECONDS),
    )
    figures = {
        "records_per_second": speed.records_per_second,
        "calls_per_thousand_records": 1_000 * full.calls / full.records,
        "counter_errors": count_errors(),
        "dollars_per_million_messages": _dollars(full) / full.records * _EVENTS_PER_MESSAGE * 1e6,
        "hottest_partition_units_per_second": full.hottest_units
        / full.records
        * _EVENTS_PER_MESSAGE
        * _RECIPIENTS_PER_SECOND,
        "processor_ms_per_batch": speed.processor_ms,
        "write_units_per_thousand_records": 1_000 * full.units / full.records,
        "dollars_a_month_at_most": _dollars(small) * SHARDS * _MONTH_SECONDS / SECONDS,
    }
    return Result("statistics", {name: round(value, 3) for name, value in figures.items()}, TARGETS)


def _dollars(counted: HalfAnHour) -> float:
    gigabyte_seconds = _GIGABYTES * _BATCH_SECONDS * max(counted.records / counted.invocations / BATCH, 0.1)
    return counted.units * PRICES["write"].each + counted.invocations * (
        PRICES["lambda_request"].each + gigabyte_seconds * PRICES["lambda_gb_second"].each
    )


# ── Speed ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Speed:
    """The fastest round."""

    records_per_second: float
    processor_ms: float


def _speed() -> Speed:
    with running() as address, _handler(address) as handler:
        records = StreamRecords()
        rounds = [_round(handler, records, address) for _ in range(ROUNDS)]
    return Speed(max(each.records_per_second for each in rounds), min(each.processor_ms for each in rounds))


def _round(handler: Callable[[Any, Any], Any], records: StreamRecords, address: str) -> Speed:
    now = datetime.now(UTC)
    texts = [_event_text(records.take(BATCH, now)) for _ in range(BATCHES_PER_ROUND)]
    received(address)
    start, processor = time.perf_counter(), time.process_time()
    answers = [handler(json.loads(text), CONTEXT) for text in texts]
    seconds, processor = time.perf_counter() - start, time.process_time() - processor
    if any(answer["batchItemFailures"] for answer in answers) or received(address)["calls"] < len(texts):
        raise SystemExit("the statistics writer failed records of the benchmark")
    return Speed(BATCH * len(texts) / seconds, 1_000 * processor / len(texts))


def _event_text(records: Sequence[Mapping[str, Any]]) -> str:
    return json.dumps({"Records": records, "shardId": "shardId-1", "state": {}})


@contextlib.contextmanager
def _handler(address: str) -> Iterator[Callable[[Any, Any], Any]]:
    """The real handler, pointed at the stand-in; its log goes where a log costs as much and shows nothing."""
    os.environ |= {
        "AWS_ACCESS_KEY_ID": "benchmark",
        "AWS_SECRET_ACCESS_KEY": "benchmark",
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ENDPOINT_URL_DYNAMODB": address,
        "STATISTICS_TABLE": TABLE,
        "CAMPAIGNS_PER_DAY": "100",
    }
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
        yield importlib.import_module("functions.statistics_writer.app").handler


# ── Errors ────────────────────────────────────────────────────────────────────────────────────────────────────────────


# Batches of each shard.
STEPS = 40


class KilledError(Exception):
    """The worker dies."""


class Service:
    """Delivers batches as Lambda may. Records come in order the first time, and again at any time."""

    def __init__(self, store: StatisticsStore, random: Random) -> None:
        self._store, self._random = store, random
        self._workers = [Worker(store) for _ in range(3)]
        self.disturbances = Counter[str]()

    def deliver(self, shard: str, batch: Sequence[Any], now: datetime) -> None:
        """Until a worker has answered that all of the batch is done."""
        while batch:
            self._store.around = partial(self._disturb, shard, batch, now)
            worker = self._random.randrange(len(self._workers))
            try:
                result = self._workers[worker].count(batch, shard=shard, now=now, finish=self._random.random() < 0.1)
            except (KilledError, TableError):
                self._workers[worker] = Worker(self._store)
                if len(batch) > 1 and self._random.random() < 0.5:
                    self.disturbances["bisected"] += 1
                    middle = len(batch) // 2
                    self.deliver(shard, batch[:middle], now)
                    batch = batch[middle:]
                continue
            finally:
                self._store.around = lambda: None
            numbers = [record["dynamodb"]["SequenceNumber"] for record in batch]
            batch = batch[numbers.index(result.failed) :] if result.failed else []

    def again(self, shard: str, batch: Sequence[Any], now: datetime) -> None:
        """Another worker gets a batch, or its beginning."""
        self.disturbances["repeated"] += 1
        around, self._store.around = self._store.around, lambda: None
        part = batch[: self._random.randint(1, len(batch))]
        self._random.choice([*self._workers, Worker(self._store)]).count(part, shard=shard, now=now)
        self._store.around = around

    def _disturb(self, shard: str, batch: Sequence[Any], now: datetime) -> None:
        chance = self._random.random()
        if chance < 0.1:
            self.disturbances["killed"] += 1
            raise KilledError
        if chance < 0.2:
            self.disturbances["failed"] += 1
            raise TableError("no answer")
        if chance < 0.3:
            self.again(shard, batch, now)


def count_errors() -> int:
    """The differences between the counters and a recount, added up."""
    store, random = StatisticsStore(), Random(11)
    service = Service(store, random)
    everything: list[Any] = []
    for number in range(3):
        shard, records, delivered = f"shardId-{number}", StreamRecords(number), list[Any]()
        for step in range(STEPS):
            now = START + timedelta(minutes=step)
            batch = records.take(random.choice((1, 10, 100, 500)), now)
            service.deliver(shard, batch, now)
            delivered += batch
            service.again(shard, delivered[random.randrange(len(delivered)) :], now)
        everything += delivered
    if min(service.disturbances[name] for name in ("killed", "failed", "bisected", "repeated")) < STEPS // 2:
        raise SystemExit("the benchmark disturbed the workers too little to say anything")
    return _difference(_counted(store), _recounted(everything))


type _Sums = Counter[tuple[str, str, str, str]]


def _counted(store: StatisticsStore) -> _Sums:
    """The counters of each grain by stream, campaign and provider, as the reader gives them."""
    reader = StatisticsReader(store, name=TABLE)
    until = START + timedelta(hours=1)
    found: _Sums = Counter()
    for stream in ("marketing", "transactional", "simulator"):
        for campaign in ["", *reader.campaigns(stream, until - timedelta(days=3), until)]:
            for grain in Grain:
                counts = reader.range(grain, until - timedelta(days=3), until, stream=stream, campaign=campaign)
                for provider, counters in counts.by_provider.items():
                    found[grain.value, stream, campaign, provider] += sum(counters.values())
    return found


def _recounted(records: Sequence[Any]) -> _Sums:
    """The same from the records themselves."""
    found: _Sums = Counter()
    for record in records:
        row = record["dynamodb"]["NewImage"]
        provider = row.get("provider", {}).get("S", "other")
        stream, campaign = row["stream"]["S"], row["tags"]["M"]["campaign"]["L"][0]["S"]
        for grain in Grain:
            for name in {"", campaign}:
                found[grain.value, stream, name, provider] += 1
    return found


def _difference(one: _Sums, other: _Sums) -> int:
    return ((one - other) + (other - one)).total()


if __name__ == "__main__":
    run(measure)
