"""Dollars: what a message costs in each part of the stack, from counts of a real run.

The run takes a campaign through the sending loop, the adapters and the handlers over a store that counts as DynamoDB
charges (`_cost_run`), once with full batches and once message by message. `_cost_arithmetic` makes dollars of it, with
the prices in `_prices`. `--write` keeps the counts in `cost_counts.json`; `--tables` prints the
tables of docs/cost.md that follow from it, without a run.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from benchmarks._cost_arithmetic import COUNTS_FILE, Counts, bill_of, stored_counts
from benchmarks._cost_run import counted
from benchmarks._cost_tables import PROVISIONED, default_choices, tables
from benchmarks._cost_tally import Tally
from benchmarks.harness import Result, Target, run

_STEADY, _ONE_BY_ONE, _ALL_SENDS = 1_000, 200, 500
# A run whose figures differ by more from the stored ones is another program than the one that was measured.
_TOLERANCE = 0.05
TARGETS: Mapping[str, Target] = {
    "dollars_per_million": ("<=", 10.5),
    "write_units_per_message": ("<=", 8),
    "difference_from_stored_counts": ("<=", _TOLERANCE),
}


def measured() -> dict[str, Counts]:
    """The counts of a new run."""
    return {
        "steady": _per_message(counted(_STEADY, batch=10, event_batch=50)),
        "one_by_one": _per_message(counted(_ONE_BY_ONE, batch=1, event_batch=1)),
        "all_sends": _per_message(counted(_ALL_SENDS, batch=10, event_batch=50, REQUEST_SENDS_IN_TAIL="true")),
    }


def figures_of(counts: Mapping[str, Counts]) -> dict[str, float]:
    """The figures that follow from counts: arithmetic only."""
    on_demand = default_choices()
    provisioned = replace(on_demand, provisioned=PROVISIONED)
    bill = bill_of(counts["steady"], on_demand)
    figures = {
        "dollars_per_million": bill.per_million,
        "write_units_per_message": counts["steady"].write_units,
        "write_units_of_statistics": counts["steady"].statistics_write_units,
        "dollars_per_million_provisioned": bill_of(counts["steady"], provisioned).per_million,
        "dollars_per_million_one_by_one": bill_of(counts["one_by_one"], on_demand).per_million,
        "dollars_per_month_idle": sum(bill.monthly.values()),
    }
    return figures | {f"dollars {part}": dollars for part, dollars in bill.parts.items()}


def measure(*, keep: bool = False) -> Result:
    counts = measured()
    figures = figures_of(counts)
    if keep:
        COUNTS_FILE.write_text(json.dumps({name: _document(each) for name, each in counts.items()}, indent=1) + "\n")
    stored = figures_of(stored_counts())
    figures["difference_from_stored_counts"] = abs(figures["dollars_per_million"] / stored["dollars_per_million"] - 1)
    return Result("cost", {name: round(value, 3) for name, value in figures.items()}, TARGETS)


def _per_message(tally: Tally) -> Counts:
    def each(counter: Mapping[Any, float]) -> dict[str, float]:
        return {
            "/".join(key) if isinstance(key, tuple) else key: _rounded(n / tally.messages) for key, n in counter.items()
        }

    return Counts(
        writes=each(tally.store.writes),
        reads=each(tally.store.reads),
        table_byte_days=each(tally.table_byte_days),
        index_byte_days=each(tally.index_byte_days),
        sqs_requests=each(tally.sqs_requests),
        invocations=each(tally.invocations),
        records=each(tally.records),
        sender_seconds=_rounded(tally.sender_seconds / tally.messages),
        log_bytes=_rounded(tally.log_bytes / tally.messages),
    )


def _rounded(value: float) -> float:
    return round(value, 4)


def _document(counts: Counts) -> dict[str, Any]:
    return {name: getattr(counts, name) for name in Counts.__slots__}


if __name__ == "__main__":
    if "--tables" in sys.argv:
        print("\n\n".join(tables(stored_counts()).values()))
        sys.exit()
    run(partial(measure, keep="--write" in sys.argv), [each for each in sys.argv[1:] if each != "--write"])
