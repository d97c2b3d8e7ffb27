"""The normalizer's speed, and what its rows cost.

The real handler, one worker, against a stand-in for DynamoDB in another process that takes 5 ms over every call. Events
are single-recipient ones of all ten types in a day's mix, each different, in EventBridge envelopes in SQS records.
Speed is that of the fastest of many short rounds: on a shared machine the others measure the neighbours. Costs are
computed from the rows that the stand-in received, by DynamoDB's rules and with the template's indexes.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
"""

from __future__ import annotations

import base64
import contextlib
import importlib
import json
import os
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks._dynamodb_stand_in import received, running
from benchmarks._events import Events
from benchmarks._lambda_context import CONTEXT
from benchmarks._template import Index, event_table_indexes
from benchmarks.harness import Result, Target, run, spreads_of
from ses_stack.aws.items import Item
from ses_stack.history.adapters.rows import event_of, size_of

TABLE = "events"
ROUNDS = 40
BATCHES_PER_ROUND = 20
UNIT = 1024
TARGETS: Mapping[str, Target] = {
    "batch10_events_per_second": (">=", 1_200),
    "batch10_round_trips": ("<=", 1),
    "batch100_events_per_second": (">=", 4_000),
    "write_units_per_event": ("<=", 3.0),
    "rows_within_1kb_share": (">=", 0.95),
}

type Handler = Callable[[dict[str, Any], Any], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Round:
    """One round of batches: their speed, the processor time they took, and what the stand-in received."""

    events_per_second: float
    processor_ms_per_batch: float
    calls_per_batch: float
    bytes_per_event: float
    rows: Sequence[Item]


def measure() -> Result:
    with running() as address, _handler(address) as handler:
        events = Events()
        tens = _rounds(handler, address, events, batch=10)
        hundreds = _rounds(handler, address, events, batch=100)
    rows = [row for each in tens + hundreds for row in each.rows]
    _check_raw(rows)
    sizes = [size_of(row) for row in rows]
    ten, hundred = (max(rounds, key=lambda each: each.events_per_second) for rounds in (tens, hundreds))
    quantiles = statistics.quantiles(sizes, n=100)
    figures = {
        "batch10_events_per_second": ten.events_per_second,
        "batch10_round_trips": statistics.mean(each.calls_per_batch for each in tens),
        "batch10_processor_ms": min(each.processor_ms_per_batch for each in tens),
        "batch100_events_per_second": hundred.events_per_second,
        "batch100_round_trips": statistics.mean(each.calls_per_batch for each in hundreds),
        "batch100_processor_ms": min(each.processor_ms_per_batch for each in hundreds),
        "bytes_sent_per_event": hundred.bytes_per_event,
        "write_units_per_event": _units(rows, event_table_indexes()) / len(rows),
        "rows_within_1kb_share": sum(size <= UNIT for size in sizes) / len(sizes),
        "row_bytes_p50": quantiles[49],
        "row_bytes_p95": quantiles[94],
        "row_bytes_p99": quantiles[98],
    }
    spreads = {
        f"batch{size}_events_per_second": [each.events_per_second for each in rounds]
        for size, rounds in ((10, tens), (100, hundreds))
    }
    return Result(
        "normalizer", {name: round(value, 3) for name, value in figures.items()}, TARGETS, spreads_of(spreads)
    )


@contextlib.contextmanager
def _handler(address: str) -> Iterator[Handler]:
    """The real handler, pointed at the stand-in; its log goes where a log costs as much and shows nothing."""
    os.environ |= {
        "AWS_ACCESS_KEY_ID": "benchmark",
        "AWS_SECRET_ACCESS_KEY": "benchmark",
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ENDPOINT_URL_DYNAMODB": address,
        "STACK_NAME": "ses-stack",
        "EVENT_TABLE": TABLE,
        "RETENTION_DAYS": "90",
        "REQUEST_SENDS_IN_TAIL": "false",
    }
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
        yield importlib.import_module("functions.normalizer.app").handler


def _rounds(handler: Handler, address: str, events: Events, *, batch: int) -> list[Round]:
    _round(handler, address, events, batch=batch)  # connections, caches
    return [_round(handler, address, events, batch=batch) for _ in range(ROUNDS)]


def _round(handler: Handler, address: str, events: Events, *, batch: int) -> Round:
    batches = [_queue_event(events.take(batch)) for _ in range(BATCHES_PER_ROUND)]
    count = batch * len(batches)
    received(address)
    start, processor = time.perf_counter(), time.process_time()
    answers = [handler(each, CONTEXT) for each in batches]
    seconds, processor = time.perf_counter() - start, time.process_time() - processor
    if any(answer["batchItemFailures"] for answer in answers):
        raise SystemExit("the normalizer failed records of the benchmark")
    report = received(address)
    return Round(
        events_per_second=count / seconds,
        processor_ms_per_batch=1_000 * processor / len(batches),
        calls_per_batch=report["calls"] / len(batches),
        bytes_per_event=report["bytes"] / count,
        rows=[row for body in report["bodies"] for row in _rows(body)],
    )


def _queue_event(bodies: Sequence[str]) -> dict[str, Any]:
    return {"Records": [{"messageId": f"m{number}", "body": body} for number, body in enumerate(bodies)]}


def _rows(body: str) -> Iterator[Item]:
    for put in json.loads(body)["RequestItems"][TABLE]:
        row = put["PutRequest"]["Item"]
        row["raw"]["B"] = base64.b64decode(row["raw"]["B"])
        yield row


def _check_raw(rows: Sequence[Item]) -> None:
    """The raw payload is the whole event: a row that is small because something was left out would be no success."""
    for row in rows[:: max(1, len(rows) // 100)]:
        envelope = json.loads(event_of(row).raw)
        if envelope["detail"]["mail"]["messageId"] != row["message_id"]["S"]:
            raise SystemExit("a row's raw payload is not its event")


def _units(rows: Sequence[Item], indexes: Sequence[Index]) -> int:
    """Write units of putting the rows: each costs in the table, and again in every index that has its key."""
    return sum(
        _units_of(row) + sum(_units_of(index.projected(row)) for index in indexes if index.holds(row)) for row in rows
    )


def _units_of(row: Item) -> int:
    return -(-size_of(row) // UNIT)


if __name__ == "__main__":
    run(measure)
