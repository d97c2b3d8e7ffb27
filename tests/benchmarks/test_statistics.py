"""The statistics benchmark's own check: a writer that counts twice would be found."""

from __future__ import annotations

import pytest

from benchmarks import statistics
from benchmarks._statistics_store import StatisticsStore
from benchmarks._statistics_worker import half_an_hour


def test_a_table_without_conditions_counts_wrongly_and_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statistics, "STEPS", 4)
    assert statistics.count_errors() == 0
    monkeypatch.setattr(StatisticsStore, "_holds", lambda *_: True)
    assert statistics.count_errors() > 0


@pytest.mark.parametrize("records_per_second", [0.25, 8 / 30, 1.5])
def test_half_an_hour_has_a_batch_each_thirty_seconds_and_two_windows_ends(records_per_second: float) -> None:
    counted = half_an_hour(records_per_second=records_per_second)
    assert (counted.records, counted.invocations) == (round(1_800 * records_per_second), 60 + 2)
    assert counted.units > counted.calls, "the windows' ends write rows of counters"
    assert counted.byte_days > 0


def test_a_full_batch_does_not_wait() -> None:
    counted = half_an_hour(records_per_second=40)
    assert (counted.records, counted.invocations) == (72_000, 72 + 2)
