"""`ses-stack dlq redrive`."""

from __future__ import annotations

import os
import signal
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ses_stack.dead_letters.adapters.sqs_queue import SqsMessageQueue
from ses_stack.dead_letters.adapters.stream_replay import StreamReplay
from tests.ses_stack_cli.conftest import Cli
from tests.ses_stack_cli.dlq.conftest import PARSES
from tests.support import payloads


def test_a_dry_run_shows_what_a_redrive_does(filled: Cli) -> None:
    dry = filled.json("dlq", "redrive", "--dry-run")
    assert filled.depth("EventDeadLetterQueue") == (5, 0)
    assert filled.depth("EventQueue") == (0, 0)
    real = filled.json("dlq", "redrive")
    assert dry == real | {"dry_run": True}
    assert filled.depth("EventDeadLetterQueue") == (2, 0)
    assert filled.depth("EventQueue") == (4, 0)


def test_a_redrive_as_json(filled: Cli) -> None:
    assert filled.json("dlq", "redrive", "event") == {
        "dry_run": False,
        "interrupted": False,
        "examined": 5,
        "redriven": 3,
        "skipped": 2,
        "failed": 0,
        "queues": [
            {
                "queue": "event",
                "examined": 5,
                "redriven": 3,
                "skipped": 2,
                "failed": 0,
                "causes": {PARSES: 3},
                "skipped_because": {"still cannot be parsed": 2},
                "failed_because": {},
                "undeleted": 0,
                "invisible": 0,
            }
        ],
    }


def test_a_redrive_for_people(filled: Cli) -> None:
    filled("dlq", "redrive", "event", "--yes")
    assert filled.out.splitlines()[1].split() == ["event", "5", "3", "2", "0"]
    assert "--malformed includes them" in filled.err


def test_attributes_are_kept(filled: Cli) -> None:
    filled("dlq", "redrive", "event", "--limit", "1")
    (message,) = filled.sqs.receive_message(QueueUrl=filled.outputs["EventQueueUrl"], MessageAttributeNames=["All"])[
        "Messages"
    ]
    assert message["MessageAttributes"]["kept"]["StringValue"] == "yes"


@pytest.mark.parametrize(
    ("options", "redriven"),
    [
        (["--malformed"], 6),
        (["--cause", "mail.timestamp"], 2),
        (["--cause", "no_permissions"], 1),
        (["--type", "bounce"], 1),
        (["--limit", "2"], 2),
        (["rule"], 1),
        (["--rate", "1000/s"], 4),
        (["--cause", "nothing of the kind"], 0),
    ],
)
def test_what_is_redriven_can_be_chosen(filled: Cli, options: list[str], redriven: int) -> None:
    assert filled.json("dlq", "redrive", *options)["redriven"] == redriven
    assert filled.depth("EventQueue") == (redriven, 0)


def test_a_limit_is_for_all_queues_together(filled: Cli) -> None:
    assert [each["redriven"] for each in filled.json("dlq", "redrive", "--limit", "3")["queues"]] == [3]


@pytest.mark.parametrize("rate", ["0", "-1", "x", "inf", "nan", "5/h"])
def test_a_rate_is_a_number_above_zero(cli: Cli, rate: str) -> None:
    assert "not a number of letters a second" in " ".join(cli("dlq", "redrive", "--rate", rate, code=2).err.split())


def test_a_letter_without_a_destination_is_a_failure(cli: Cli) -> None:
    cli.put("RuleDeadLetterQueue", payloads.body(payloads.send()), TARGET_ARN="arn:aws:sqs:us-east-1:1:gone")
    found = cli.json("dlq", "redrive", code=1)
    assert (found["redriven"], found["failed"]) == (0, 1)
    assert cli.depth("RuleDeadLetterQueue") == (1, 0)
    assert "its target is not a queue of this stack" in cli("dlq", "redrive", code=1).err


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_it_after_the_batch(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, number: signal.Signals, code: int
) -> None:
    cli.put("EventDeadLetterQueue", *[payloads.body(payloads.send())] * 25)
    send = SqsMessageQueue.send

    def signalled(self: SqsMessageQueue, batch: Any) -> dict[str, str]:
        os.kill(os.getpid(), number)
        return send(self, batch)

    monkeypatch.setattr(SqsMessageQueue, "send", signalled)
    found = cli.json("dlq", "redrive", code=code)
    assert (found["interrupted"], found["examined"], found["redriven"]) == (True, 10, 10)
    assert cli.depth("EventDeadLetterQueue") == (15, 0)
    assert "stopped" in cli("dlq", "redrive", code=code).err


def test_an_error_in_the_middle_does_not_hide_what_was_done(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    cli.put("EventDeadLetterQueue", *[payloads.body(payloads.send())] * 25)
    send, calls = SqsMessageQueue.send, []

    def denied(self: SqsMessageQueue, batch: Any) -> dict[str, str]:
        calls.append(batch)
        if len(calls) > 1:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "SendMessageBatch")
        return send(self, batch)

    monkeypatch.setattr(SqsMessageQueue, "send", denied)
    assert cli.json("dlq", "redrive", code=1)["redriven"] == 10
    assert cli.err == "access denied to SendMessageBatch: no\n"
    assert cli.depth("EventDeadLetterQueue") == (15, 0)


def test_a_redriven_request_still_says_when_it_failed(sending: Cli) -> None:
    done = sending.json("dlq", "redrive", "priority")
    assert (done["redriven"], done["skipped"]) == (3, 1)
    messages = sending.sqs.receive_message(
        QueueUrl=sending.outputs["PriorityQueueUrl"], MaxNumberOfMessages=10, MessageAttributeNames=["All"]
    )["Messages"]
    attributes = [sorted(message.get("MessageAttributes", {})) for message in messages]
    assert sorted(attributes) == [[], ["failed_at", "queued_at", "reason"], ["failed_at", "queued_at", "reason"]]


def test_what_the_projector_gave_up_on_goes_to_the_function(sending: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(StreamReplay, "send", lambda _, messages: {message.id: "no" for message in messages})
    assert sending.json("dlq", "redrive", "projector", code=1)["queues"][0]["failed_because"] == {"no": 2}
    monkeypatch.setattr(StreamReplay, "send", lambda *_: {})
    assert sending.json("dlq", "redrive", "projector")["redriven"] == 2
    assert sending.depth("ProjectorDeadLetterQueue") == (0, 0)
    assert sending.depth("PriorityQueue") == (0, 0)
