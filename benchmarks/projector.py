"""The projector's speed: how many Send events a second one shard of the table stream settles.

The real handler, against a stand-in for DynamoDB in another process that takes 5 ms over every call. A shard has one
worker, with batches of 100 records as the template sets them. Every record is the row of a Send event as the normalizer
stores it. `send_events_per_second` is the worst case: a worker died, and each row of the ledger has to be written.
Where the sender has settled the rows, as it nearly always does, they are only read. Speed is that of the fastest of
many short rounds: on a shared machine the others measure the neighbours.
"""

from __future__ import annotations

import base64
import contextlib
import importlib
import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

from benchmarks._dynamodb_stand_in import received, running
from benchmarks._events import Events
from benchmarks._lambda_context import CONTEXT
from benchmarks._stand_in_answers import MESSAGE_OF
from benchmarks.harness import Result, Target, run, spreads_of
from ses_stack.history.adapters.events import parse
from ses_stack.history.adapters.rows import item_of
from ses_stack.sending.adapters.rows import request_key

BATCH = 100
ROUNDS = 20
BATCHES_PER_ROUND = 5
TARGETS: Mapping[str, Target] = {"send_events_per_second": (">=", 1_000), "calls_per_settled_batch": ("<=", 1)}

type Handler = Callable[[dict[str, Any], Any], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Round:
    """One round of batches: their speed, the processor time they took, and the calls of DynamoDB."""

    events_per_second: float
    processor_ms_per_batch: float
    calls_per_batch: float


def measure() -> Result:
    # The log goes where it costs as much and shows nothing.
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
        rounds = {ledger: _rounds(ledger) for ledger in ("sending", "sent")}
    unsettled, settled = (max(each, key=lambda one: one.events_per_second) for each in rounds.values())
    figures = {
        "send_events_per_second": unsettled.events_per_second,
        "processor_ms_per_batch": unsettled.processor_ms_per_batch,
        "calls_per_batch": unsettled.calls_per_batch,
        "settled_events_per_second": settled.events_per_second,
        "processor_ms_per_settled_batch": settled.processor_ms_per_batch,
        "calls_per_settled_batch": settled.calls_per_batch,
    }
    speeds = {
        "send_events_per_second": [each.events_per_second for each in rounds["sending"]],
        "settled_events_per_second": [each.events_per_second for each in rounds["sent"]],
    }
    return Result("projector", {name: round(value, 3) for name, value in figures.items()}, TARGETS, spreads_of(speeds))


def _rounds(ledger: str) -> list[Round]:
    """Rounds against a ledger whose rows are all at one status."""
    with running(ledger) as address:
        handler, records = _handler(address), _records(Events())
        rounds = [_round(handler, address, records) for _ in range(ROUNDS + 1)]
    return rounds[1:]  # the first one opens connections


def _handler(address: str) -> Handler:
    """The real handler, pointed at the stand-in."""
    os.environ |= {
        "AWS_ACCESS_KEY_ID": "benchmark",
        "AWS_SECRET_ACCESS_KEY": "benchmark",
        "AWS_REGION": "eu-west-1",
        "AWS_ENDPOINT_URL_DYNAMODB": address,
        "SEND_TABLE": "sends",
        "SUPPRESSION_TABLE": "suppressions",
        "SUPPRESSION_QUEUE_URL": "suppression",
    }
    handler: Handler = importlib.reload(importlib.import_module("functions.projector.app")).handler
    return handler


def _round(handler: Handler, address: str, records: Iterator[dict[str, Any]]) -> Round:
    batches = [{"Records": [next(records) for _ in range(BATCH)]} for _ in range(BATCHES_PER_ROUND)]
    received(address)
    start, processor = time.perf_counter(), time.process_time()
    answers = [handler(batch, CONTEXT) for batch in batches]
    seconds, processor = time.perf_counter() - start, time.process_time() - processor
    if any(answer["batchItemFailures"] for answer in answers):
        raise SystemExit("the projector failed records of the benchmark")
    return Round(
        events_per_second=BATCH * BATCHES_PER_ROUND / seconds,
        processor_ms_per_batch=1_000 * processor / BATCHES_PER_ROUND,
        calls_per_batch=received(address)["calls"] / BATCHES_PER_ROUND,
    )


def _records(events: Events) -> Iterator[dict[str, Any]]:
    """Records of the table stream, each about another request. The stand-in's rows name the same messages."""
    for number in count():
        (event,) = parse(events.one("send"), stack="ses-stack").events
        row = item_of(event, retention_days=90)
        key = request_key(row["request_id"]["S"])
        image = row | {"message_id": {"S": MESSAGE_OF.format(key)}, "stream": {"S": "marketing"}}
        image["raw"] = {"B": base64.b64encode(row["raw"]["B"]).decode()}
        yield {"eventName": "INSERT", "dynamodb": {"SequenceNumber": str(number), "NewImage": image}}


if __name__ == "__main__":
    run(measure)
