"""The scale benchmark's own checks: it looks at every table, and finds a key that is too busy."""

from __future__ import annotations

import asyncio
import random

import pytest

from benchmarks import scale
from benchmarks._scale_sending import count_sending
from benchmarks._scale_store import SendStore
from benchmarks._scale_units import Hottest, Units
from benchmarks._template import tables_of_template
from ses_stack.aws.threads import Threads
from ses_stack.mail.lanes import Lane
from ses_stack.sending.adapters.table import SendTable
from ses_stack.sending.adapters.windows import RateWindows
from ses_stack.sending.limits import shared_limits
from ses_stack.sending.limits.rate import SlotRequest, Window

SECOND = 1_790_000_000


def test_every_table_and_index_has_a_figure() -> None:
    assert "EventTable/by_time" in scale.places()
    figures = scale.figures_of(200, 31)  # the statistics' windows end in the last second
    assert {f"{place} 200" for place in scale.places()} <= figures.keys()
    assert all(figures[f"{table} 200"] > 0 for table in tables_of_template())
    assert figures["hottest_key_200"] >= figures["EventTable 200"]


def test_one_row_for_the_slots_of_a_high_rate_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    spread, together = Units(), Units()
    count_sending(spread, 3_000, 2)
    monkeypatch.setattr(shared_limits, "shards_of", lambda _: 1)
    count_sending(together, 3_000, 2)
    assert spread.hottest()["SendTable"].units < 800 < together.hottest()["SendTable"].units


def test_the_hottest_key_is_that_of_one_second() -> None:
    units = Units()
    for second, key, count in ((1, "a", 5), (1, "b", 3), (2, "b", 3), (2, "a", 1)):
        units.add(second, "table", key, count)
    assert units.hottest() == {"table": Hottest(5, "a")}


def test_a_row_costs_its_size_in_the_table_and_in_the_indexes_that_hold_it() -> None:
    units = Units()
    row = {name: {"S": name} for name in ("message_id", "event_key", "recipient")} | {"raw": {"B": b"0" * 1_500}}
    units.write(1, "EventTable", row)
    assert units.total == {"EventTable": 2, "EventTable/by_recipient": 1}
    units.write(1, "EventTable", row | {"feed": {"S": "hour#1"}}, size=100, times=2)
    assert units.hottest()["EventTable/by_time"] == Hottest(2, "hour#1")


def test_the_store_grants_slots_as_the_rules_of_the_rate_do() -> None:
    """Every write is charged, a refused one too."""
    units, moments = Units(), iter(range(10_000))
    store = SendStore(units, lambda: next(moments))
    windows = RateWindows(lambda: SendTable(store, name="SendTable"), threads=Threads(1))
    chance = random.Random(5)
    played: dict[tuple[int, int], Window] = {}
    for _ in range(300):
        lowest, lane = chance.randrange(0, 12), chance.choice(list(Lane))
        asked = SlotRequest(
            second=SECOND + chance.randrange(6),
            shard=chance.randrange(2),
            lane=lane,
            count=chance.randint(1, 2),
            lowest=lowest,
            highest=chance.randint(lowest + 2, 14),
            share=None if lane is Lane.PRIORITY else chance.choice([None, 3, 8]),
            lapsed=chance.randrange(0, 14),
        )
        place = asked.second, asked.shard
        expected = asked.granted(played.get(place))
        granted, window = asyncio.run(windows.take(asked))
        assert granted == (expected is not None), asked
        assert window == (expected or played.get(place, Window()))
        played[place] = window
    assert units.total["SendTable"] == next(moments)
