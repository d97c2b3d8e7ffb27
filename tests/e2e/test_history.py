"""The event path, on the deployed stack: nothing is lost, nothing is stored twice, a bad record fails alone."""

from __future__ import annotations

import json
import random
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.stack import Stack, command, eventually, ses_stack

pytestmark = pytest.mark.e2e

TYPES = [
    "send",
    "delivery",
    "bounce",
    "complaint",
    "reject",
    "open",
    "click",
    "rendering_failure",
    "delivery_delay",
    "subscription",
]


# Types that the suppression queue does not get: malformed events would stay there for minutes and disturb other tests.
OF_HISTORY_ALONE = ["send", "reject", "open", "click", "rendering_failure", "delivery_delay"]


def envelopes(samples: Path, prefix: str, count: int, kinds: Sequence[str] = TYPES) -> Iterator[dict[str, Any]]:
    """`count` different events, of all types in turn: the project's samples under message ids of their own."""
    for number in range(count):
        sample = json.loads((samples / f"{kinds[number % len(kinds)]}.json").read_text())
        envelope: dict[str, Any] = json.loads(sample["Records"][0]["body"])
        envelope["detail"]["mail"]["messageId"] = f"{prefix}-{number // len(kinds):06}"
        yield envelope


def malformed(samples: Path, count: int) -> Iterator[dict[str, Any]]:
    """Events that EventBridge delivers and the normalizer refuses: no message id, an invalid time, no `mail`."""
    for number, envelope in enumerate(envelopes(samples, "malformed", count, OF_HISTORY_ALONE)):
        detail = envelope["detail"]
        match number % 3:
            case 0:
                del detail["mail"]["messageId"]
            case 1:
                detail["mail"]["timestamp"] = "yesterday"
            case _:
                del detail["mail"]
        yield envelope


def test_every_distinct_event_is_stored_once_and_every_malformed_one_ends_in_the_dlq(
    stack: Stack, samples: Path
) -> None:
    chance = random.Random(2026)
    events = list(envelopes(samples, "e2e-flood", 2000))
    bad = list(malformed(samples, 20))
    deliveries = [event for event in events for _ in range(chance.randint(1, 3))] + bad
    chance.shuffle(deliveries)

    with stack.quick_retries("EventQueueUrl"):
        stack.publish(deliveries)
        eventually("all events stored", lambda: len(stack.events_of("e2e-flood")) >= len(events))
        eventually("malformed events in the DLQ", lambda: stack.depth("EventDeadLetterQueueUrl") >= len(bad))
        eventually("event queue empty", lambda: stack.depth("EventQueueUrl") == 0)
        eventually("suppression queue empty", lambda: stack.depth("SuppressionQueueUrl") == 0)

    stored = stack.events_of("e2e-flood")
    assert Counter(row["type"]["S"] for row in stored) == dict.fromkeys(TYPES, 200)
    assert len({row["message_id"]["S"] for row in stored}) == 200
    # One fact each of the bounce and the complaint; three of the subscription, which has two topics. None of the
    # delivery: it lifts no suppression that rests on soft bounces.
    assert facts_of(stack, "e2e-flood") == dict.fromkeys({row["message_id"]["S"] for row in stored}, 5)
    causes = {cause["cause"] for queue in listed() for cause in queue["causes"]}
    assert "FieldError: mail.messageId is missing" in causes
    assert stack.depth("RuleDeadLetterQueueUrl") == 0
    assert len(stack.letters("EventDeadLetterQueueUrl")) == len(bad)


def facts_of(stack: Stack, prefix: str) -> Counter[str]:
    """Facts in the suppression table, by message."""
    rows = [row for row in stack.rows("SuppressionTableName") if row["scope"]["S"].startswith("~")]
    messages = [row["message_id"]["S"] for row in rows if "message_id" in row]
    return Counter(message for message in messages if message.startswith(prefix))


def test_a_broken_normalizer_a_killed_redrive_and_two_at_once_lose_nothing(stack: Stack, samples: Path) -> None:
    events = list(envelopes(samples, "e2e-redrive", 500))
    with stack.quick_retries("EventQueueUrl"):
        with stack.without_permissions("NormalizerFunctionName"):
            stack.publish(events)
            eventually("500 letters in the DLQ", lambda: stack.depth("EventDeadLetterQueueUrl") == len(events))
        assert stack.events_of("e2e-redrive") == []

    redrive = subprocess.Popen(command("dlq", "redrive", "--rate", "50", "--yes"), stdout=subprocess.DEVNULL)
    eventually("half of them redriven", lambda: stack.depth("EventDeadLetterQueueUrl") <= len(events) // 2)
    redrive.send_signal(signal.SIGKILL)
    assert redrive.wait() == -signal.SIGKILL
    assert stack.depth("EventDeadLetterQueueUrl") > 0

    two = [subprocess.Popen(command("dlq", "redrive", "--yes"), stdout=subprocess.DEVNULL) for _ in range(2)]
    assert [each.wait() for each in two] == [0, 0]
    eventually("all events stored", lambda: len(stack.events_of("e2e-redrive")) == len(events))
    assert stack.depth("EventDeadLetterQueueUrl") == 0


def test_a_sample_can_be_invoked(stack: Stack, samples: Path) -> None:
    answer = json.loads(ses_stack("local", "invoke", "Normalizer", str(samples / "bounce.json"), "--json"))
    assert json.loads(answer["answer"]) == {"batchItemFailures": []}
    poison = json.loads(ses_stack("local", "invoke", "Normalizer", str(samples / "poison.json"), "--json"))
    assert len(json.loads(poison["answer"])["batchItemFailures"]) == 1


def test_the_history_answers_within_a_request(stack: Stack, samples: Path) -> None:
    stack.publish(list(envelopes(samples, "e2e-look", 10)))
    eventually("stored", lambda: len(stack.events_of("e2e-look")) == 10)
    timeline = json.loads(ses_stack("timeline", "e2e-look-000000", "--json"))
    times = [event["time"] for recipient in timeline["recipients"] for event in recipient["events"]]
    assert timeline["status"] == "complained"
    assert times


def missing() -> str:
    return ses_stack("timeline", "no-such-message", "--json", expect=1)


def listed() -> list[dict[str, Any]]:
    queues: list[dict[str, Any]] = json.loads(ses_stack("dlq", "list", "--json"))["queues"]
    return queues
