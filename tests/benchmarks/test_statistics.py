"""The statistics benchmark's own check: a writer that counts twice would be found."""

from __future__ import annotations

import pytest

from benchmarks import statistics
from benchmarks._statistics_store import StatisticsStore


def test_a_table_without_conditions_counts_wrongly_and_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statistics, "STEPS", 4)
    assert statistics.count_errors() == 0
    monkeypatch.setattr(StatisticsStore, "_holds", lambda *_: True)
    assert statistics.count_errors() > 0
