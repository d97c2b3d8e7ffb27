"""The projector with its real collaborators."""

from __future__ import annotations

import math
import os
from typing import Any

import boto3
import pytest

from ses_stack.bootstrap.projector import build
from ses_stack.errors import ConfigurationError
from ses_stack.suppression.adapters.feedback import parse
from ses_stack.suppression.adapters.table import SuppressionTable
from ses_stack.suppression.policy import Policy
from ses_stack.suppression.settle import SettleContext, settle
from tests.support.lambda_world import FakeSes, put_claimed, rows, stream_event
from tests.support.moto_calls import MotoCalls
from tests.support.suppression_facts import NOW, at, soft


def test_a_send_event_settles_its_request(ses: FakeSes) -> None:
    put_claimed("r1")

    batch = build()(stream_event("r1", "unknown"))

    assert (batch.settled, batch.failed) == (1, None)
    (row,) = rows("SendTable")
    assert (row["status"], row["message_id"]) == ({"S": "sent"}, {"S": "ses-r1"})


def test_a_delivery_that_may_lift_a_suppression_goes_to_the_suppression_queue(ses: FakeSes) -> None:
    suppress_for_soft_bounces("ann@example.org")
    records = [delivered(number, name) for number, name in enumerate(("bob@example.org", "ann@example.org"))]

    batch = build()({"Records": records})

    assert (batch.forwarded, batch.failed) == (1, None)
    (message,) = boto3.client("sqs").receive_message(QueueUrl=os.environ["SUPPRESSION_QUEUE_URL"])["Messages"]
    feedback = parse(message["Body"])
    assert feedback
    assert (feedback.type.value, feedback.recipients) == ("delivery", ["ann@example.org"])


def suppress_for_soft_bounces(recipient: str) -> None:
    policy = Policy()
    table = SuppressionTable(MotoCalls(boto3.client("dynamodb")), name="SuppressionTable", policy=policy)
    context = SettleContext(table=table, policy=policy, until=math.inf, now=lambda: NOW)
    settle(context, {recipient: [soft(at(days=day), recipient=recipient) for day in (0, 1, 2)]})


def delivered(number: int, recipient: str) -> dict[str, Any]:
    texts = {"type": "delivery", "recipient": recipient, "message_id": "m", "event_key": f"{at(days=3)}#delivery#0"}
    image = {name: {"S": text} for name, text in texts.items()}
    return {"eventName": "INSERT", "dynamodb": {"SequenceNumber": str(number), "NewImage": image}}


def test_a_missing_variable_is_named(ses: FakeSes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SEND_TABLE")

    with pytest.raises(ConfigurationError, match="SEND_TABLE"):
        build()
