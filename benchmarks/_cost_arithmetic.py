"""From counts to dollars: what a message costs in each part of the stack.

`cost_counts.json` holds the counts of the last run of `benchmarks.cost`, per message: `steady`, a campaign at 100
messages a second with full batches, and `one_by_one`, where every queue and batch holds a single message.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks._guard_arithmetic import month_of
from benchmarks._guard_arithmetic import stored_counts as stored_guard_counts
from benchmarks._prices import PRICES
from benchmarks._template import least_capacity_of, scalable_targets_of

COUNTS_FILE = Path(__file__).with_name("cost_counts.json")
_DAYS_PER_MONTH = 30.4
_HOURS_PER_MONTH = 24 * _DAYS_PER_MONTH
_BYTES_PER_GB = 1024**3
# A provisioned table is paid by the hour, used or not. Auto scaling keeps 70% of it in use, as the template asks.
UTILISATION = 0.7
# Assumed: milliseconds of an invocation and of each record in it, beside DynamoDB's 5 ms for a call; and the GB of
# memory that are the template's defaults. The sender's seconds are those of the run, in which SES takes 80 ms.
_MILLISECONDS: Mapping[str, tuple[float, float]] = {
    "normalizer": (20, 0.6),
    "suppression_writer": (20, 0.5),
    "projector": (15, 0.5),
    "statistics_writer": (30, 0.27),
}
_MEMORY_GB: Mapping[str, float] = {
    "normalizer": 0.5,
    "suppression_writer": 0.5,
    "projector": 0.25,
    "statistics_writer": 0.5,
    "sender": 0.5,
}
# Lambda writes these lines itself: START, END and REPORT.
_LOG_BYTES_PER_INVOCATION = 330
_LOG_MONTHS = 1
# Lambda polls an idle queue with five long polls, each of 20 seconds: noted by operators; AWS documents five pollers.
# https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
POLLED_QUEUES = 4
_POLLS_PER_MONTH = POLLED_QUEUES * 5 * 3 * 60 * 24 * _DAYS_PER_MONTH


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Per message: units by `part/table`, bytes x days by table, requests, invocations, records, seconds, bytes."""

    writes: Mapping[str, float]
    reads: Mapping[str, float]
    table_byte_days: Mapping[str, float]
    index_byte_days: Mapping[str, float]
    sqs_requests: Mapping[str, float]
    invocations: Mapping[str, float]
    records: Mapping[str, float]
    sender_seconds: float
    log_bytes: float

    @property
    def write_units(self) -> float:
        """Write units of a message, in all tables and indexes, without those of the statistics."""
        return sum(self.writes.values()) - self.statistics_write_units

    @property
    def statistics_write_units(self) -> float:
        """Write units of a message's part in the statistics."""
        return sum(units for place, units in self.writes.items() if place.startswith("statistics/"))


@dataclass(frozen=True, slots=True, kw_only=True)
class TableChoices:
    """How the tables are paid for. Tables are named as in the template."""

    infrequent_access: frozenset[str] = frozenset()
    without_backups: frozenset[str] = frozenset()
    provisioned: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Bill:
    """Dollars for a million messages, by part; and for a month in which nothing is sent."""

    parts: Mapping[str, float]
    monthly: Mapping[str, float] = field(default_factory=dict)

    @property
    def per_million(self) -> float:
        """Dollars for a million messages."""
        return sum(self.parts.values())

    def month(self, messages: int) -> float:
        """Dollars for a month with so many messages."""
        return self.per_million * messages / 1e6 + sum(self.monthly.values())


def stored_counts() -> dict[str, Counts]:
    """The counts of the last run."""
    documents: dict[str, dict[str, Any]] = json.loads(COUNTS_FILE.read_text(encoding="utf-8"))
    return {name: Counts(**document) for name, document in documents.items()}


def bill_of(counts: Counts, choices: TableChoices) -> Bill:
    """What the counts cost."""
    parts: dict[str, float] = {}

    def add(part: str, dollars: float) -> None:
        parts[part] = parts.get(part, 0.0) + dollars * 1e6

    for place, units in counts.writes.items():
        part, table = place.split("/")
        add(_UNIT_LINES[part], units * _unit_price("write", table, choices))
    for place, units in counts.reads.items():
        part, table = place.split("/")
        add(_UNIT_LINES[part], units * _unit_price("read", table, choices))
    for table, line in _STORAGE_LINES.items():
        own, copies = (_gb_months(each.get(table, 0.0)) for each in (counts.table_byte_days, counts.index_byte_days))
        storage = "storage_ia" if table in choices.infrequent_access else "storage"
        add(f"{line}: storage", (own + copies) * PRICES[storage].each)
        # Backups hold the table and not its indexes.
        add(f"{line}: backups", 0 if table in choices.without_backups else own * PRICES["backup"].each)
    add("SQS", sum(counts.sqs_requests.values()) * PRICES["sqs_request"].each)
    add("Lambda", _lambda(counts))
    add("logs", _logs(counts))
    monthly = {
        "SQS: polling of idle queues": _POLLS_PER_MONTH * PRICES["sqs_request"].each,
        "guard": sum(month_of(stored_guard_counts()).values()),
        "provisioned tables": sum(_provisioned_month(table, choices) for table in choices.provisioned),
    }
    return Bill(parts, monthly)


_UNIT_LINES = {
    "history": "history: writes",
    "ledger": "ledger: writes",
    "rate and limits": "rate and limits: writes and reads",
    "projector": "projector: writes and reads",
    "suppression": "suppression: writes and reads",
    "statistics": "statistics: writes and reads",
}
_STORAGE_LINES = {
    "EventTable": "history",
    "SendTable": "ledger",
    "SuppressionTable": "suppression",
    "StatisticsTable": "statistics",
}


def _unit_price(kind: str, table: str, choices: TableChoices) -> float:
    suffix = "_ia" if table in choices.infrequent_access else ""
    if table in choices.provisioned:
        return PRICES[f"{kind}_hour{suffix}"].each / 3_600 / UTILISATION
    return PRICES[kind + suffix].each


def _provisioned_month(table: str, choices: TableChoices) -> float:
    """Dollars of a month for a provisioned table, whatever is sent: the capacity below which it does not scale, alarms.

    Auto scaling makes a pair of alarms for each thing that it scales.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/AutoScaling.html
    """
    suffix = "_ia" if table in choices.infrequent_access else ""
    units = least_capacity_of(table).items()
    capacity = _HOURS_PER_MONTH * sum(count * PRICES[f"{kind}_hour{suffix}"].each for kind, count in units)
    return capacity + 2 * len(scalable_targets_of(table)) * PRICES["alarm"].each


def _gb_months(byte_days: float) -> float:
    return byte_days / _BYTES_PER_GB / _DAYS_PER_MONTH


def _lambda(counts: Counts) -> float:
    seconds = {
        name: (counts.invocations.get(name, 0) * start + counts.records.get(name, 0) * each) / 1_000
        for name, (start, each) in _MILLISECONDS.items()
    } | {"sender": counts.sender_seconds}
    gb_seconds = sum(_MEMORY_GB[name] * each for name, each in seconds.items())
    requests = sum(counts.invocations.values())
    return gb_seconds * PRICES["lambda_gb_second"].each + requests * PRICES["lambda_request"].each


def _logs(counts: Counts) -> float:
    size = counts.log_bytes + sum(counts.invocations.values()) * _LOG_BYTES_PER_INVOCATION
    return size / _BYTES_PER_GB * (PRICES["log_gb"].each + _LOG_MONTHS * PRICES["log_gb_month"].each)
