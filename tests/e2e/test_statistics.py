"""Counters, on the deployed stack: they equal a recount of the history, whatever happens to the worker."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from ses_stack.aws.sdk_calls import SdkCalls
from ses_stack.mail.streams import STREAMS
from ses_stack.statistics.adapters.reader import StatisticsReader
from ses_stack.statistics.grains import Grain
from ses_stack.statistics.windows import SIMULATOR_STREAM
from tests.e2e.gateway import Call, Decision, Killed, Refused, between
from tests.e2e.stack import Stack, eventually
from tests.e2e.test_history import TYPES, envelopes

pytestmark = pytest.mark.e2e

MESSAGES = 30


def test_counters_equal_a_recount_of_the_history(stack: Stack, samples: Path) -> None:
    publish_twice(stack, samples, "counted")
    eventually("counters equal a recount", lambda: counted(stack) == recounted(stack))
    end_window(stack)
    assert counted(stack) == recounted(stack)
    assert any(row["pk"]["S"].startswith("days#") for row in stack.rows("StatisticsTableName"))
    assert stack.depth("StatisticsWriterDeadLetterQueueUrl") == 0


def test_a_worker_that_is_killed_or_refused_at_any_call_counts_each_event_once(stack: Stack, samples: Path) -> None:
    throttled = Refused(400, {"__type": "com.amazonaws.dynamodb.v20120810#ThrottlingException"})
    random, struck = Random(11), Counter[str]()

    def strike(call: Call) -> Decision:
        decision = random.choice((Killed(), Killed(after=True), throttled, None, None, None))
        struck[f"{call.operation} {decision}"] += 1
        return decision

    with between(stack, "StatisticsWriterFunctionName") as gateway:
        gateway.strike = strike
        for wave in range(6):
            publish_twice(stack, samples, f"killed-{wave}")
            eventually("counters equal a recount", lambda: counted(stack) == recounted(stack))
            end_window(stack)
            assert counted(stack) == recounted(stack)
    assert all(struck[f"UpdateItem {decision}"] for decision in (Killed(), Killed(after=True), throttled, None))
    assert any(call.startswith("TransactWriteItems") for call in struck)


def publish_twice(stack: Stack, samples: Path, prefix: str) -> None:
    """Publishes events of all types, each twice, and waits until the history has them."""
    events = list(envelopes(samples, prefix, MESSAGES * len(TYPES)))
    stack.publish(events + events[::-1])
    eventually("all stored", lambda: len(stack.events_of(prefix)) == len(events))


def end_window(stack: Stack) -> None:
    """Calls the function as Lambda does when a tumbling window ends, until it succeeds. The emulator has no windows."""
    event = {"Records": [], "state": {}, "shardId": "local", "isFinalInvokeForWindow": True}

    def succeeds() -> bool:
        functions, name = stack.client("lambda"), stack.outputs["StatisticsWriterFunctionName"]
        return "FunctionError" not in functions.invoke(FunctionName=name, Payload=json.dumps(event))

    eventually("the window's last call succeeds", succeeds)


def counted(stack: Stack) -> Counter[tuple[str, str]]:
    """The counters of the last year's days, by stream and type of event."""
    now = datetime.now(UTC)
    reader = StatisticsReader(SdkCalls(stack.dynamodb), name=stack.outputs["StatisticsTableName"])
    found = Counter[tuple[str, str]]()
    for stream in (*STREAMS, SIMULATOR_STREAM):
        days = reader.range(Grain.DAYS, now - timedelta(days=365), now + timedelta(days=1), stream=stream)
        for counters in days.by_provider.values():
            for counter, count in counters.items():
                found[stream, type_of(counter.value)] += count
    return found


def type_of(counter: str) -> str:
    """The type of event that a counter counts: bounces, complaints, opens and clicks have several counters."""
    if counter.endswith(("_bounce", "auto_reply")):
        return "bounce"
    if counter.endswith(("complaint", "not_spam")):
        return "complaint"
    kind, _, verdict = counter.partition("_")
    return kind if verdict in {"human", "bot", "unknown"} else counter


def recounted(stack: Stack) -> Counter[tuple[str, str]]:
    """The history's rows, by stream and type of event."""
    return Counter(
        (
            SIMULATOR_STREAM if row.get("provider", {}).get("S") == "simulator" else row["stream"]["S"],
            row["type"]["S"],
        )
        for row in stack.rows("EventTableName")
    )
