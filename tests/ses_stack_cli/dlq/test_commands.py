"""`ses-stack dlq`, and scripts/redrive.py over the same service."""

from __future__ import annotations

import json
import os
import runpy
import signal
import sys
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ses_stack.dead_letters.adapters.queue import Queue
from ses_stack.dead_letters.adapters.stream_replay import Replay
from ses_stack_cli.dlq import letters
from tests.ses_stack_cli.conftest import STACK, Cli, deploy
from tests.support import payloads
from tests.support.paths import ROOT

SCRIPT = ROOT / "scripts" / "redrive.py"
PARSES = "parses now: the store or the function failed"
NO_TIME = "FieldError: mail.timestamp is missing"


def malformed() -> str:
    record = payloads.send()
    del record["mail"]["timestamp"]
    return payloads.body(record)


@pytest.fixture
def filled(cli: Cli) -> Cli:
    """Three good letters, two that cannot be parsed, and one that EventBridge could not deliver."""
    send, bounce = payloads.body(payloads.send()), payloads.body(payloads.bounce())
    cli.put("EventDeadLetterQueue", send, send, bounce, malformed(), malformed(), kept="yes")
    name = cli.outputs["EventQueueUrl"].rpartition("/")[2]
    cli.put("RuleDeadLetterQueue", send, ERROR_CODE="NO_PERMISSIONS", TARGET_ARN=f"arn:aws:sqs:us-east-1:1:{name}")
    return cli


def test_listing_groups_by_cause(filled: Cli) -> None:
    event, rule = filled.json("dlq", "list")["queues"]
    assert event.pop("oldest_age_seconds") < 60
    assert event == {
        "queue": "event",
        "depth": 5,
        "invisible": 0,
        "examined": 5,
        "complete": True,
        "causes": [
            {"cause": PARSES, "count": 3, "types": {"send": 2, "bounce": 1}},
            {"cause": NO_TIME, "count": 2, "types": {"send": 2}},
        ],
    }
    assert rule["causes"] == [{"cause": "NO_PERMISSIONS", "count": 1, "types": {"send": 1}}]
    assert filled.depth("EventDeadLetterQueue") == (5, 0)


def test_listing_for_people(filled: Cli) -> None:
    out = filled("dlq", "list", "--limit", "2").out
    assert PARSES in out
    assert "event: read 2 of about 5 letters" in filled.err


def test_listing_empty_queues(cli: Cli) -> None:
    found = cli.json("dlq", "list")["queues"]
    assert [(each["queue"], each["depth"], each["oldest_age_seconds"], each["causes"]) for each in found] == [
        ("event", 0, None, []),
        ("rule", 0, None, []),
    ]
    assert "event" in cli("dlq", "list").out


def test_peeking_shows_letters_and_takes_none(filled: Cli) -> None:
    found = filled.json("dlq", "peek", "event", "--cause", "timestamp")
    assert len(found["letters"]) == 2
    first = found["letters"][0]
    assert (first["cause"], first["type"], first["malformed"]) == (NO_TIME, "send", True)
    assert first["message_id"] == payloads.MESSAGE_ID
    assert first["receive_count"] == 1
    assert "body" not in first
    assert filled.depth("EventDeadLetterQueue") == (5, 0)


def test_bodies_are_shown_only_when_asked_for(filled: Cli) -> None:
    assert "ann.lee" not in filled("dlq", "peek").out.lower()
    assert malformed() in filled("dlq", "peek", "--body", "--cause", "timestamp").out
    bodies = [each["body"] for each in filled.json("dlq", "peek", "event", "--body", "--type", "Bounce")["letters"]]
    assert bodies == [payloads.body(payloads.bounce())]


def test_peeking_at_nothing(cli: Cli) -> None:
    assert cli("dlq", "peek").err == "there is no such letter\n"


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


@pytest.mark.parametrize("command", [["dlq", "peek", "nope"], ["dlq", "redrive", "nope"]])
def test_an_unknown_queue_is_a_sentence(cli: Cli, command: list[str]) -> None:
    cli(*command, code=1)
    assert cli.err == "there is no dead-letter queue nope; there are event, rule\n"


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
    send = Queue.send

    def signalled(self: Queue, batch: Any) -> dict[str, str]:
        os.kill(os.getpid(), number)
        return send(self, batch)

    monkeypatch.setattr(Queue, "send", signalled)
    found = cli.json("dlq", "redrive", code=code)
    assert (found["interrupted"], found["examined"], found["redriven"]) == (True, 10, 10)
    assert cli.depth("EventDeadLetterQueue") == (15, 0)
    assert "stopped" in cli("dlq", "redrive", code=code).err


def test_an_error_in_the_middle_does_not_hide_what_was_done(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    cli.put("EventDeadLetterQueue", *[payloads.body(payloads.send())] * 25)
    send, calls = Queue.send, []

    def denied(self: Queue, batch: Any) -> dict[str, str]:
        calls.append(batch)
        if len(calls) > 1:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "SendMessageBatch")
        return send(self, batch)

    monkeypatch.setattr(Queue, "send", denied)
    assert cli.json("dlq", "redrive", code=1)["redriven"] == 10
    assert cli.err == "access denied to SendMessageBatch: no\n"
    assert cli.depth("EventDeadLetterQueue") == (15, 0)


REQUEST = {"v": 1, "request_id": "r-1", "stream": "transactional", "from": "a@example.com", "to": ["b@example.com"]}
NO_TEMPLATE = "NotFoundException: Template may does not exist."
GAVE_UP = "the function gave up: RetryAttemptsExhausted"


@pytest.fixture
def sending(aws: None, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Two requests that the sender buried, one that SQS gave up, one that nobody can read; two of the projector's."""
    monkeypatch.setattr("ses_stack.dead_letters.adapters.queue.LONG_POLL_SECONDS", 0)
    monkeypatch.setattr("ses_stack_cli.dlq.letters._CLOCK_TOLERANCE_SECONDS", 0)
    queues = ("PriorityQueue", "PriorityDeadLetterQueue", "ProjectorDeadLetterQueue")
    cli = Cli(deploy(STACK, queues, ProjectorFunctionName="projector"))
    body = json.dumps(REQUEST | {"template": "may"})
    cli.put(
        "PriorityDeadLetterQueue", body, body, reason=NO_TEMPLATE, failed_at="1764000000000", queued_at="1763999999"
    )
    cli.put("PriorityDeadLetterQueue", body, "[")
    batch = {"streamArn": "arn", "shardId": "s", "startSequenceNumber": "1", "endSequenceNumber": "9", "batchSize": 4}
    letter = {"requestContext": {"condition": "RetryAttemptsExhausted"}, "DDBStreamBatchInfo": batch}
    cli.put("ProjectorDeadLetterQueue", json.dumps(letter), json.dumps(letter))
    return cli


def test_listing_dead_letters_of_sending(sending: Cli) -> None:
    projector, priority = sending.json("dlq", "list")["queues"]
    assert priority["causes"] == [
        {"cause": NO_TEMPLATE, "count": 2, "types": {"transactional": 2}},
        {"cause": "NotJsonError: the body is not JSON", "count": 1, "types": {"-": 1}},
        {"cause": "received in vain: no worker finished it", "count": 1, "types": {"transactional": 1}},
    ]
    assert projector["causes"] == [{"cause": GAVE_UP, "count": 2, "types": {"-": 2}, "records": 8}]
    assert "records 8" in sending("dlq", "list").out


def test_peeking_at_dead_letters_of_sending(sending: Cli) -> None:
    first, _ = sending.json("dlq", "peek", "--cause", "NotFound")["letters"]
    assert (first["request_id"], first["stream"], first["type"], first["records"]) == (
        "r-1",
        "transactional",
        None,
        None,
    )
    assert "r-1" in sending("dlq", "peek", "priority").out
    assert "records 4" in sending("dlq", "peek", "projector").out
    assert sending.json("dlq", "peek", "--type", "send")["letters"] == []


def test_a_redriven_request_still_says_when_it_failed(sending: Cli) -> None:
    done = sending.json("dlq", "redrive", "priority")
    assert (done["redriven"], done["skipped"]) == (3, 1)
    messages = sending.sqs.receive_message(
        QueueUrl=sending.outputs["PriorityQueueUrl"], MaxNumberOfMessages=10, MessageAttributeNames=["All"]
    )["Messages"]
    attributes = [sorted(message.get("MessageAttributes", {})) for message in messages]
    assert sorted(attributes) == [[], ["failed_at", "queued_at", "reason"], ["failed_at", "queued_at", "reason"]]


def test_what_the_projector_gave_up_on_goes_to_the_function(sending: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Replay, "send", lambda _, some: {letter.id: "no" for letter in some})
    assert sending.json("dlq", "redrive", "projector", code=1)["queues"][0]["failed_because"] == {"no": 2}
    monkeypatch.setattr(Replay, "send", lambda *_: {})
    assert sending.json("dlq", "redrive", "projector")["redriven"] == 2
    assert sending.depth("ProjectorDeadLetterQueue") == (0, 0)
    assert sending.depth("PriorityQueue") == (0, 0)


def script(*arguments: str) -> int:
    main = runpy.run_path(str(SCRIPT))["main"]
    return int(main([*arguments, "--stack-name", STACK]))


@pytest.fixture
def path(monkeypatch: pytest.MonkeyPatch) -> None:
    """The script puts the repository's folders on the path: not for the tests after it."""
    monkeypatch.setattr(sys, "path", list(sys.path))


@pytest.mark.usefixtures("path")
def test_the_script_does_the_same(filled: Cli, capsys: pytest.CaptureFixture[str]) -> None:
    dry = filled.json("dlq", "redrive", "--dry-run")
    assert script() == 0
    told = capsys.readouterr()
    assert json.loads(told.out) == dry | {"dry_run": False}
    assert "--malformed includes them" in told.err
    assert script("--malformed", "--type", "Send", "--queue", "event") == 0
    assert filled.depth("EventDeadLetterQueue") == (0, 0)


@pytest.mark.usefixtures("path", "cli")
def test_the_script_explains_errors(capsys: pytest.CaptureFixture[str]) -> None:
    assert script("--queue", "nope") == 1
    assert capsys.readouterr().err == "there is no dead-letter queue nope; there are event, rule\n"
    for wrong in (["--rate", "0"], ["--limit", "x"], ["--type", "bonce"]):
        with pytest.raises(SystemExit, match="2"):
            script(*wrong)


@pytest.mark.usefixtures("path")
def test_without_pydantic_the_script_puts_letters_back_unread(
    filled: Cli, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(letters, "CAN_READ", False)
    assert script("--queue", "event") == 0
    told = capsys.readouterr()
    assert json.loads(told.out)["redriven"] == 5
    assert "without being read" in told.err
    with pytest.raises(SystemExit, match="2"):
        script("--cause", "x")
