"""Counting a table stream's batches, each record exactly once."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ses_stack.errors import TableError
from ses_stack.statistics.additions import CounterRow
from ses_stack.statistics.count import CountingResult, count
from ses_stack.statistics.counters import Counter
from ses_stack.statistics.grains import Grain
from tests.support.statistics_records import MemoryStore, Rows, record

NOW = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)
DAY = CounterRow(Grain.DAYS, "2026-11-24", "marketing", "")
SENT = ("gmail", Counter.SEND)


def counted(store: MemoryStore, records: Sequence[Any], *, shard: str = "shard-1") -> CountingResult:
    return count(records, shard=shard, store=store, campaigns=store, now=NOW, until=0)


def records(first: int, last: int, **changes: Any) -> list[dict[str, Any]]:
    return [record(number, **changes) for number in range(first, last + 1)]


def test_a_batch_is_one_transaction() -> None:
    store = MemoryStore()
    result = counted(store, [*records(1, 9), record(10, name="MODIFY")])
    assert (result.counted, result.repeated, result.ignored) == (9, 0, 1)
    assert result.response() == {"state": {}, "batchItemFailures": []}
    assert store.rows[DAY] == {SENT: 9}
    assert store.calls == 1


def test_the_last_call_of_a_window_has_no_records() -> None:
    """Lambda calls once more when a tumbling window ends."""
    store = MemoryStore()
    assert counted(store, []).response() == {"state": {}, "batchItemFailures": []}
    assert store.calls == 0


def test_a_batch_that_comes_again_adds_nothing() -> None:
    store = MemoryStore()
    counted(store, records(1, 9))
    assert counted(store, records(1, 9)).repeated == 9
    assert store.rows[DAY] == {SENT: 9}


def test_the_rest_of_a_batch_that_was_counted_in_part_is_added() -> None:
    store = MemoryStore()
    counted(store, records(1, 5))
    result = counted(store, records(3, 9))
    assert (result.counted, result.repeated) == (4, 3)
    assert store.rows[DAY] == {SENT: 9}


def test_shards_are_counted_apart() -> None:
    store = MemoryStore()
    counted(store, records(1, 5))
    counted(store, records(1, 5), shard="shard-2")
    assert store.rows[DAY] == {SENT: 10}


def test_the_first_record_that_is_not_counted_comes_again() -> None:
    """500 hours are several transactions, of which the third fails."""
    hours = [record(number, time=f"2026-11-{1 + number // 24:02}T{number % 24:02}:00:00.000Z") for number in range(500)]
    store = MemoryStore()

    def fail_at_third() -> None:
        if store.calls == 3:
            raise TableError("the statistics table does not answer")

    store.around = fail_at_third
    result = counted(store, hours)
    assert result.reason == "the statistics table does not answer"
    assert 0 < result.counted < 500
    assert result.failed == hours[result.counted]["dynamodb"]["SequenceNumber"]
    assert result.response()["batchItemFailures"] == [{"itemIdentifier": result.failed}]
    store.around = lambda: None
    assert counted(store, hours[result.counted :]).counted == 500 - result.counted
    assert sum(store.rows[row][SENT] for row in store.rows if row.grain is Grain.DAYS) == 500


def test_campaigns_beyond_the_bound_are_counted_as_other() -> None:
    store = MemoryStore(limit=2)
    counted(store, [record(number, campaign=f"c{number % 4}") for number in range(8)])
    by_campaign = {row.campaign: store.rows[row][SENT] for row in store.rows if row.grain is Grain.DAYS}
    assert by_campaign == {"": 8, "c0": 2, "c1": 2, "other": 4}


def test_each_day_and_stream_has_its_own_campaigns() -> None:
    store = MemoryStore(limit=1)
    batch = [
        record(1, campaign="a", time="2026-11-23T23:59:00.000Z"),
        record(2, campaign="b"),
        record(3, campaign="c", stream="transactional"),
    ]
    counted(store, batch)
    assert {row.campaign for row in store.rows} == {"", "a", "b", "c"}


@pytest.mark.parametrize("failing", ["places", "add"])
def test_a_table_that_does_not_answer_fails_the_batch(failing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    store = MemoryStore()

    def fail(*_: object, **__: object) -> None:
        raise TableError("no")

    monkeypatch.setattr(store, failing, fail)
    ignored, first = record(1, name="REMOVE"), record(2, campaign="a")
    assert counted(store, [ignored, first]).failed == first["dynamodb"]["SequenceNumber"]


# ── Exactly once ──────────────────────────────────────────────────────────────────────────────────────────────────────


class KilledError(Exception):
    """The worker dies."""


@dataclass(frozen=True)
class Happened:
    """An event, and what a recount says of it."""

    stream: str
    provider: str
    campaign: str
    kind: str
    time: str
    name: str

    def record(self, sequence: int) -> dict[str, Any]:
        return record(
            sequence,
            name=self.name,
            kind=self.kind,
            time=f"{self.time}:30.000Z",
            campaign=self.campaign,
            stream=self.stream,
            provider=self.provider,
        )


HAPPENED = st.builds(
    Happened,
    stream=st.sampled_from(["marketing", "default"]),
    provider=st.sampled_from(["gmail", "yahoo", "simulator"]),
    campaign=st.sampled_from(["", "a", "b", "c", "d"]),
    kind=st.sampled_from(["send", "delivery", "reject"]),
    time=st.sampled_from(["2026-11-24T06:29", "2026-11-24T06:02", "2026-11-23T05:00", "2026-11-01T00:00"]),
    name=st.sampled_from(["INSERT", "INSERT", "INSERT", "MODIFY"]),
)


def recount(shards: Sequence[Sequence[Happened]], store: MemoryStore) -> Rows:
    """The rows as they must be, from what happened. Only the campaigns' places are the store's: any three may be it."""
    rows: Rows = {}
    for each in (each for shard in shards for each in shard if each.name == "INSERT"):
        stream = "simulator" if each.provider == "simulator" else each.stream
        campaign = "" if stream == "simulator" else each.campaign
        if campaign and campaign not in store.campaigns[stream, each.time[:10]]:
            campaign = "other"
        minutes = f"{each.time[:14]}{int(each.time[14:]) // 5 * 5:02}"
        buckets = {Grain.FIVE_MINUTES: minutes, Grain.HOURS: each.time[:13], Grain.DAYS: each.time[:10]}
        if each.time == "2026-11-01T00:00":
            del buckets[Grain.FIVE_MINUTES]  # kept for three days
        for grain, bucket in buckets.items():
            for name in {"", campaign}:
                row = rows.setdefault(CounterRow(grain, bucket, stream, name), Tally())
                row[each.provider, Counter(each.kind)] += 1
    return rows


class Lambda:
    """Delivers a shard's records as Lambda may: again, in halves, to two workers at a time, to workers that die.

    In order the first time, and each record until a worker has answered that it is done.
    """

    def __init__(self, store: MemoryStore, random: Random) -> None:
        self._store = store
        self._random = random

    def deliver(self, shard: str, batch: Sequence[dict[str, Any]]) -> None:
        """Until all of the batch is done."""
        while batch:
            self._store.around = partial(self._disturb, shard, batch)
            try:
                result = counted(self._store, batch, shard=shard)
            except KilledError:
                if len(batch) > 1 and self._random.random() < 0.5:
                    middle = len(batch) // 2
                    self.deliver(shard, batch[:middle])
                    batch = batch[middle:]
                continue
            numbers = [each["dynamodb"]["SequenceNumber"] for each in batch]
            batch = batch[numbers.index(result.failed) :] if result.failed else []
        if self._random.random() < 0.3:
            self._again(shard, batch)

    def _disturb(self, shard: str, batch: Sequence[dict[str, Any]]) -> None:
        chance = self._random.random()
        if chance < 0.1:
            raise KilledError
        if chance < 0.2:
            raise TableError("no answer")
        if chance < 0.3:
            self._again(shard, batch)

    def _again(self, shard: str, batch: Sequence[dict[str, Any]]) -> None:
        """Another worker gets the batch, or its beginning, and is not disturbed."""
        around, self._store.around = self._store.around, lambda: None
        counted(self._store, batch[: self._random.randint(0, len(batch))], shard=shard)
        self._store.around = around


@given(
    shards=st.lists(st.lists(HAPPENED, max_size=40), min_size=1, max_size=3),
    size=st.integers(1, 15),
    random=st.randoms(use_true_random=False),
)
def test_counters_equal_a_recount_whatever_lambda_does(
    shards: Sequence[Sequence[Happened]], size: int, random: Random
) -> None:
    store = MemoryStore()
    service = Lambda(store, random)
    for number, shard in enumerate(shards):
        stream = [each.record(sequence) for sequence, each in enumerate(shard, 1)]
        for start in range(0, len(stream), size):
            service.deliver(f"shard-{number}", stream[start : start + size])
            earlier = random.randint(0, start)
            store.around = lambda: None
            counted(store, stream[earlier : start + 1], shard=f"shard-{number}")
    assert store.rows == recount(shards, store)


def test_the_property_would_find_a_double_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that ignores the shard's last record counts twice, and the recount shows it."""
    store = MemoryStore()
    batch = [Happened("marketing", "gmail", "", "send", "2026-11-24T06:29", "INSERT")]
    forget: Callable[[], None] = store.last.clear
    store.around = forget
    for _ in range(2):
        counted(store, [each.record(1) for each in batch])
    assert store.rows != recount([batch], store)
