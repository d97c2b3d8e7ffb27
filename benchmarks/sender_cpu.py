"""How much processor time the sender takes for a message.

The real handler with its real adapters, one worker, in batches of ten plain messages, at 100 messages a second: a
stand-in in another process answers for DynamoDB, SQS and SES, each after 5 ms. Processor time is the process's own, of
all its threads, from the batch's arrival to the handler's return; the stand-in's is not part of it. The figure is that
of the best of several rounds: on a shared machine the others measure the neighbours. `highest` is that of the worst.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import time
from collections.abc import Iterator, Mapping
from typing import Any

from benchmarks._dynamodb_stand_in import received, running
from benchmarks._lambda_context import CONTEXT
from benchmarks._template import environment_of
from benchmarks.harness import Result, Target, run, spreads_of

ROUNDS = 20
BATCHES_PER_ROUND, BATCH = 10, 10
TARGETS: Mapping[str, Target] = {"sender_cpu_ms_per_message": ("<=", 0.8)}
_LANES = ("priority", "bulk")


def measure() -> Result:
    with running() as address, _handler(address) as handler:
        _round(handler, address, 0)  # connections, caches
        rounds = [_round(handler, address, number + 1) for number in range(ROUNDS)]
    milliseconds = [processor for processor, _ in rounds]
    figures = {
        "sender_cpu_ms_per_message": min(milliseconds),
        "calls_per_message": sum(calls for _, calls in rounds) / len(rounds),
    }
    return Result(
        "sender_cpu",
        {name: round(value, 3) for name, value in figures.items()},
        TARGETS,
        spreads_of({"sender_cpu_ms_per_message": milliseconds}),
    )


def _round(handler: Any, address: str, number: int) -> tuple[float, float]:
    """Processor time in milliseconds and calls, for a message."""
    events = [_queue_event(f"{number}-{batch}") for batch in range(BATCHES_PER_ROUND)]
    received(address)
    start = time.process_time()
    answers = [handler(event, CONTEXT) for event in events]
    processor = time.process_time() - start
    if any(answer["batchItemFailures"] for answer in answers):
        raise SystemExit("the sender failed records of the benchmark")
    report = received(address)
    messages = BATCHES_PER_ROUND * BATCH
    if sum('"FromEmailAddress"' in body for body in report["bodies"]) != messages:
        raise SystemExit("the sender did not send every message of the benchmark once")
    return 1_000 * processor / messages, report["calls"] / messages


def _queue_event(name: str) -> dict[str, Any]:
    return {"Records": [_record(f"{name}-{number}") for number in range(BATCH)]}


def _record(request_id: str) -> dict[str, Any]:
    request = {
        "v": 1,
        "request_id": request_id,
        "stream": "marketing",
        "from": "Shop <shop@example.com>",
        "to": [f"{request_id}@example.com"],
        "subject": "This week",
        "html": "<p>Hello</p>" * 100,
        "text": "Hello " * 100,
        "tags": {"campaign": "week-48"},
    }
    return {
        "messageId": request_id,
        "body": json.dumps(request),
        "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": str(int(time.time() * 1_000))},
        "messageAttributes": {},
        "eventSourceARN": "arn:aws:sqs:eu-west-1:123456789012:bulk",
    }


@contextlib.contextmanager
def _handler(address: str) -> Iterator[Any]:
    """The real handler, pointed at the stand-in; its log goes where a log costs as much and shows nothing."""
    queues = {f"{lane.upper()}_QUEUE_URL": f"{address}/123456789012/{lane}" for lane in _LANES}
    dead = {f"{lane.upper()}_DEAD_LETTER_QUEUE_URL": f"{address}/123456789012/{lane}-dead" for lane in _LANES}
    os.environ |= environment_of("functions/sender") | queues | dead
    os.environ |= {
        "AWS_ACCESS_KEY_ID": "benchmark",
        "AWS_SECRET_ACCESS_KEY": "benchmark",
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ENDPOINT_URL": address,
    }
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
        yield importlib.import_module("functions.sender.app").handler


if __name__ == "__main__":
    run(measure)
