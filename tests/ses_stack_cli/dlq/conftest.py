"""Dead-letter queues with messages, in moto."""

from __future__ import annotations

import json

import pytest

from tests.ses_stack_cli.conftest import STACK, Cli, deploy
from tests.support import payloads

PARSES = "parses now: the store or the function failed"
NO_TIME = "FieldError: mail.timestamp is missing"
REQUEST = {"v": 1, "request_id": "r-1", "stream": "transactional", "from": "a@example.com", "to": ["b@example.com"]}
NO_TEMPLATE = "NotFoundException: Template may does not exist."
GAVE_UP = "the function gave up: RetryAttemptsExhausted"


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


@pytest.fixture
def sending(aws: None, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Dead letters of the sender: two with a reason, one without, one malformed. And two of the projector."""
    monkeypatch.setattr("ses_stack.dead_letters.adapters.sqs_queue.LONG_POLL_SECONDS", 0)
    monkeypatch.setattr("ses_stack.dead_letters.selection._CLOCK_SKEW_SECONDS", 0)
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
