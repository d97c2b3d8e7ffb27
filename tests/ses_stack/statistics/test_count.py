"""Counting a table stream's batches, each record exactly once."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
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
from ses_stack.statistics.journal import Journal
from tests.support.statistics_records import MemoryStore, Rows, record

NOW = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)
DAY = CounterRow(Grain.DAYS, "2026-11-24", "marketing", "")
SENT = ("gmail", Counter.SEND)


def counted(
    store: MemoryStore, records: Sequence[Any], *, shard: str = "shard-1", now: datetime = NOW, finish: bool = False
) -> CountingResult:
    return count(records, shard=shard, store=store, campaigns=store, now=now, until=0, finish=finish)


def records(first: int, last: int, **changes: Any) -> list[dict[str, Any]]:
    return [record(number, **changes) for number in range(first, last + 1)]


def test_a_batch_is_one_write_of_the_journal() -> None:
    store = MemoryStore()
    result = counted(store, [*records(1, 9), record(10, name="MODIFY")])
    assert (result.counted, result.repeated, result.ignored) == (9, 0, 1)
    assert result.response() == {"state": {}, "batchItemFailures": []}
    assert (store.total(NOW)[DAY], store.rows, store.writes) == ({SENT: 9}, {}, 1)


def test_counts_that_are_old_move_to_the_rows() -> None:
    store = MemoryStore()
    counted(store, records(1, 3))
    counted(store, records(4, 5), now=NOW + timedelta(minutes=14))
    assert store.rows == {}
    counted(store, records(6, 9), now=NOW + timedelta(minutes=15))
    assert store.rows[DAY] == {SENT: 9}
    assert not store.journals["shard-1"].counts


def test_the_end_of_a_window_moves_the_counts_of_all_workers() -> None:
    """Lambda calls once more when a tumbling window ends, without records."""
    store = MemoryStore()
    counted(store, records(1, 3))
    store.seen["shard-1"] = Journal()
    assert counted(store, [], finish=True).response() == {"state": {}, "batchItemFailures": []}
    assert store.rows[DAY] == {SENT: 3}
    writes = store.writes
    counted(store, [], finish=True)
    assert store.writes == writes


def test_the_end_of_a_window_comes_again_if_counts_cannot_move() -> None:
    store = MemoryStore()
    counted(store, records(1, 3))
    store.around = fail
    with pytest.raises(TableError):
        counted(store, [], finish=True)


def test_counts_that_cannot_move_stay_in_the_journal() -> None:
    store = MemoryStore()
    counted(store, records(1, 3))

    def fail_at_third() -> None:
        if store.writes == 3:
            fail()

    store.around = fail_at_third
    result = counted(store, records(4, 5), now=NOW + timedelta(hours=1))
    assert (result.counted, result.failed, result.reason) == (2, None, "no answer")
    assert (store.rows, store.total(NOW)[DAY]) == ({}, {SENT: 5})


def test_a_batch_without_events_makes_no_call() -> None:
    store = MemoryStore()
    store.around = fail
    assert counted(store, [record(1, name="REMOVE")]).ignored == 1
    assert counted(store, []).response() == {"state": {}, "batchItemFailures": []}


def test_a_batch_that_comes_again_adds_nothing() -> None:
    store = MemoryStore()
    counted(store, records(1, 9))
    assert counted(store, records(1, 9)).repeated == 9
    assert store.total(NOW)[DAY] == {SENT: 9}


def test_another_worker_finds_what_was_counted() -> None:
    store = MemoryStore()
    counted(store, records(1, 5))
    store.seen["shard-1"] = Journal()
    result = counted(store, records(3, 9))
    assert (result.counted, result.repeated) == (4, 3)
    assert store.total(NOW)[DAY] == {SENT: 9}


def test_shards_are_counted_apart() -> None:
    store = MemoryStore()
    counted(store, records(1, 5))
    counted(store, records(1, 5), shard="shard-2")
    assert store.total(NOW)[DAY] == {SENT: 10}


def test_late_events_of_many_hours_are_counted_at_once_and_moved_in_parts() -> None:
    hours = [record(number, time=f"2026-11-{1 + number // 24:02}T{number % 24:02}:00:00.000Z") for number in range(500)]
    store = MemoryStore()
    assert counted(store, hours).counted == 500
    assert store.writes == 1
    counted(store, [], finish=True)
    assert store.writes > 5
    assert sum(store.rows[row][SENT] for row in store.rows if row.grain is Grain.DAYS) == 500


def test_campaigns_beyond_the_bound_are_counted_as_other() -> None:
    store = MemoryStore(limit=2)
    counted(store, [record(number, campaign=f"c{number % 4}") for number in range(8)])
    by_campaign = {
        row.campaign: counters[SENT] for row, counters in store.total(NOW).items() if row.grain is Grain.DAYS
    }
    assert by_campaign == {"": 8, "c0": 2, "c1": 2, "other": 4}


def test_each_day_and_stream_has_its_own_campaigns() -> None:
    store = MemoryStore(limit=1)
    batch = [
        record(1, campaign="a", time="2026-11-23T23:59:00.000Z"),
        record(2, campaign="b"),
        record(3, campaign="c", stream="transactional"),
    ]
    counted(store, batch)
    assert {row.campaign for row in store.total(NOW)} == {"", "a", "b", "c"}


@pytest.mark.parametrize("failing", ["places", "known", "write"])
def test_a_table_that_does_not_answer_fails_the_batch(failing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    store = MemoryStore()
    monkeypatch.setattr(store, failing, fail)
    ignored, first = record(1, name="REMOVE"), record(2, campaign="a")
    result = counted(store, [ignored, first])
    assert result.failed == first["dynamodb"]["SequenceNumber"]
    assert result.response() == {"state": {}, "batchItemFailures": [{"itemIdentifier": result.failed}]}


def fail(*_: object, **__: object) -> None:
    raise TableError("no answer")


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

    In order the first time, and each record until a worker has answered that it is done. Windows end at any time.
    """

    def __init__(self, store: MemoryStore, random: Random) -> None:
        self._store = store
        self._random = random

    def deliver(self, shard: str, batch: Sequence[dict[str, Any]]) -> None:
        """Until all of the batch is done."""
        while batch:
            self._store.around = partial(self._disturb, shard, batch)
            try:
                result = counted(self._store, batch, shard=shard, finish=self._random.random() < 0.2)
            except (KilledError, TableError):
                if len(batch) > 1 and self._random.random() < 0.5:
                    middle = len(batch) // 2
                    self.deliver(shard, batch[:middle])
                    batch = batch[middle:]
                continue
            numbers = [each["dynamodb"]["SequenceNumber"] for each in batch]
            batch = batch[numbers.index(result.failed) :] if result.failed else []
        self._store.around = lambda: None

    def again(self, shard: str, batch: Sequence[dict[str, Any]]) -> None:
        """Another worker, which knows any version or none, gets the batch or its beginning, and is not disturbed."""
        around, self._store.around = self._store.around, lambda: None
        mine = self._store.seen.get(shard)
        if self._random.random() < 0.5:
            self._store.seen.pop(shard, None)
        part = batch[: self._random.randint(0, len(batch))]
        counted(self._store, part, shard=shard, finish=self._random.random() < 0.3)
        if mine and self._random.random() < 0.5:
            self._store.seen[shard] = mine
        self._store.around = around

    def _disturb(self, shard: str, batch: Sequence[dict[str, Any]]) -> None:
        chance = self._random.random()
        if chance < 0.1:
            self._store.seen.pop(shard, None)
            raise KilledError
        if chance < 0.2:
            raise TableError("no answer")
        if chance < 0.3:
            self.again(shard, batch)


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
            service.again(f"shard-{number}", stream[random.randint(0, start) : start + size])
    assert store.total(NOW) == recount(shards, store)


def test_the_property_would_find_a_double_count() -> None:
    """A store that forgets a journal counts twice, and the recount shows it."""
    store = MemoryStore()
    batch = [Happened("marketing", "gmail", "", "send", "2026-11-24T06:29", "INSERT")]
    for _ in range(2):
        counted(store, [each.record(1) for each in batch], finish=True)
        store.journals.clear()
        store.seen.clear()
    assert store.total(NOW) != recount([batch], store)
