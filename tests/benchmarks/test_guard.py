"""The guard benchmark's own checks: its arithmetic, and that it counts what the guard reads."""

from __future__ import annotations

import pytest

from benchmarks import guard
from benchmarks._guard_arithmetic import GuardCounts, month_of, stored_counts
from ses_stack.guard.metrics import Metric
from ses_stack.statistics.grains import Grain
from tests.support.paths import ROOT


def test_a_month_has_forty_three_thousand_runs() -> None:
    counts = GuardCounts(
        read_units=100, write_units=1, metrics=20, log_bytes=1_000, metric_requests=2, sqs_requests=2, seconds=1
    )
    month = month_of(counts)
    assert month["metrics"] == pytest.approx(6)
    assert month["reads"] == pytest.approx(43_776 * 100 * 0.125 / 1e6)


def test_the_documents_have_the_prices_of_the_stored_counts() -> None:
    month = month_of(stored_counts())
    text = (ROOT / "docs" / "guard.md").read_text(encoding="utf-8")
    for dollars in (*month.values(), sum(month.values())):
        assert f"| {dollars:.2f} |" in text


def test_every_metric_is_counted_once_for_each_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a small stack: a busy one takes moto half a minute."""
    monkeypatch.setattr(guard, "_RUNS", 1)
    monkeypatch.setattr(guard, "_SHARDS", 1)
    monkeypatch.setattr(guard, "_KEPT", dict.fromkeys(Grain, 2))
    counts = guard.counted_runs()
    assert counts.metrics == 10 + 4 * 3
    assert len(Metric) == 10 + 4 + 1, "one is off by default"
    assert counts.read_units > 30
    assert (counts.metric_requests, counts.sqs_requests) == (2, 2)
