"""Dollars of the guard's runs: arithmetic on counts of real runs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks._prices import PRICES

COUNTS_FILE = Path(__file__).with_name("guard_counts.json")
RUNS_A_MONTH = 30.4 * 24 * 60
_GIGABYTES = 0.5


@dataclass(frozen=True, slots=True)
class GuardCounts:
    """What one run takes, on average."""

    read_units: float
    write_units: float
    metrics: int
    log_bytes: float
    metric_requests: float
    sqs_requests: float
    seconds: float


def stored_counts() -> GuardCounts:
    """The counts of the last run that was kept."""
    return GuardCounts(**json.loads(COUNTS_FILE.read_text(encoding="utf-8")))


def month_of(counts: GuardCounts) -> Mapping[str, float]:
    """What a month costs, by part."""
    requests = counts.metric_requests * PRICES["metric_request"].each + counts.sqs_requests * PRICES["sqs_request"].each
    run = PRICES["lambda_request"].each + counts.seconds * _GIGABYTES * PRICES["lambda_gb_second"].each
    log = counts.log_bytes / 1e9 * (PRICES["log_gb"].each + PRICES["log_gb_month"].each)
    return {
        "metrics": counts.metrics * PRICES["metric"].each,
        "reads": RUNS_A_MONTH * counts.read_units * PRICES["read"].each,
        "oldest request": RUNS_A_MONTH * requests,
        "lambda": RUNS_A_MONTH * run,
        "memory and log": RUNS_A_MONTH * (counts.write_units * PRICES["write"].each + log),
    }
