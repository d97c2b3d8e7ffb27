"""What a function finds in Lambda, with moto in AWS's place: its environment, its tables and queues, and SES."""

from __future__ import annotations

import asyncio
import importlib
import io
import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from moto import mock_aws

from ses_stack.aws import clients
from ses_stack.aws.json_api import Answer
from tests.support.moto_calls import MotoCalls
from tests.support.paths import ROOT
from tests.support.tables import create_table

CONTEXT = SimpleNamespace(
    function_name="function",
    memory_limit_in_mb=512,
    invoked_function_arn="arn:aws:lambda:eu-west-1:123456789012:function:function",
    aws_request_id="request-1",
    get_remaining_time_in_millis=lambda: 30_000,
)
_QUEUES = {
    "SUPPRESSION_QUEUE_URL": "suppression",
    "PRIORITY_QUEUE_URL": "priority",
    "PRIORITY_DEAD_LETTER_QUEUE_URL": "priority-dead-letters",
    "BULK_QUEUE_URL": "bulk",
    "BULK_DEAD_LETTER_QUEUE_URL": "bulk-dead-letters",
}
_SETTINGS = {
    "STACK_NAME": "ses-stack",
    "EVENT_TABLE": "EventTable",
    "RETENTION_DAYS": "90",
    "REQUEST_SENDS_IN_TAIL": "false",
    "SUPPRESSION_TABLE": "SuppressionTable",
    "SOFT_BOUNCE_THRESHOLD": "3",
    "SOFT_BOUNCE_WINDOW_DAYS": "7",
    "SOFT_BOUNCE_SUPPRESSION_DAYS": "14",
    "SYNC_ACCOUNT_LIST": "false",
    "HISTORY_WAIT": "120",
    "SEND_TABLE": "SendTable",
    "STATISTICS_TABLE": "StatisticsTable",
    "CAMPAIGNS_PER_DAY": "100",
    "SAFETY_FACTOR": "0.9",
    "BULK_SHARE": "0.8",
    "QUOTA_THRESHOLD": "0.9",
    "EVIDENCE_WAIT": "120",
    "LONGEST_DEFERRAL_HOURS": "72",
    "LEDGER_RETENTION_DAYS": "90",
    "ATTACHMENT_BUCKET": "attachment-bucket",
    "ALERT_TOPIC_ARN": "arn:aws:sns:us-east-1:123456789012:alerts",
    "GUARD_BOUNCE_PERCENT": "4",
    "GUARD_COMPLAINT_PERCENT": "0.08",
    "GUARD_PAUSES_TRANSACTIONAL": "false",
    "EVENTS_SILENT_MINUTES": "15",
    "WATCH_LAST_SEND": "false",
}


class FakeSes:
    """SES's API version 2: accepts every message of an account without limits."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self.off: set[str] = set()

    def call(self, operation: str, parameters: Mapping[str, Any]) -> Answer:
        if operation == "GetAccount":
            return Answer(200, {"SendQuota": {"MaxSendRate": 500.0, "Max24HourSend": -1.0, "SentLast24Hours": 0.0}})
        if operation == "GetConfigurationSet":
            return Answer(
                200, {"SendingOptions": {"SendingEnabled": parameters["ConfigurationSetName"] not in self.off}}
            )
        if operation == "PutConfigurationSetSendingOptions":
            self.off.add(parameters["ConfigurationSetName"])
            return Answer(200, {})
        assert operation == "SendEmail"
        self.messages.append(dict(parameters))
        return Answer(200, {"MessageId": f"ses-{len(self.messages)}"})


@contextmanager
def in_lambda(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeSes]:
    """Puts this process into the place of a function: its environment, tables, queues and SES are there."""
    with mock_aws(), asyncio.Runner() as runner:
        for table in ("EventTable", "SendTable", "StatisticsTable", "SuppressionTable"):
            create_table(table)
        urls = {name: boto3.client("sqs").create_queue(QueueName=queue)["QueueUrl"] for name, queue in _QUEUES.items()}
        for name, value in (_SETTINGS | urls).items():
            monkeypatch.setenv(name, value)
        boto3.client("sns").create_topic(Name="alerts")
        ses = FakeSes()
        monkeypatch.setattr(clients, "dynamodb", lambda _: MotoCalls(boto3.client("dynamodb")))
        monkeypatch.setattr(clients, "sqs", lambda _: MotoCalls(boto3.client("sqs")))
        monkeypatch.setattr(clients, "cloudwatch", lambda _: MotoCalls(boto3.client("cloudwatch")))
        monkeypatch.setattr(clients, "sesv2", lambda _, **__: ses)
        monkeypatch.setattr(asyncio, "Runner", lambda: runner)  # the sender never closes its own
        yield ses


def new_function(name: str, log: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A function's `app` as a new sandbox imports it, with its log going to `log`."""
    monkeypatch.delitem(sys.modules, f"functions.{name}.app", raising=False)
    app = importlib.import_module(f"functions.{name}.app")
    app.logger.registered_handler.setStream(log)
    return app


def logged(log: io.StringIO, message: str) -> list[dict[str, Any]]:
    """The lines of a log with a message."""
    return [line for line in map(json.loads, log.getvalue().splitlines()) if line["message"] == message]


def sample(name: str) -> dict[str, Any]:
    """An event of the folder `events/`, as Lambda passes it."""
    return dict(json.loads((ROOT / "events" / f"{name}.json").read_text(encoding="utf-8")))


def lane_event(*requests: Mapping[str, Any], lane: str = "priority") -> dict[str, Any]:
    """Lambda's SQS event with send requests of a lane."""
    return {
        "Records": [
            {
                "messageId": f"m{number}",
                "body": json.dumps(request),
                "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "1795507200000"},
                "messageAttributes": {},
                "eventSourceARN": f"arn:aws:sqs:us-east-1:123456789012:{lane}",
            }
            for number, request in enumerate(requests)
        ]
    }


def stream_event(*requests: str) -> dict[str, Any]:
    """Lambda's event of the history's table stream with a Send event of each request."""
    images = [
        {
            "type": "send",
            "stream": "transactional",
            "request_id": request_id,
            "message_id": f"ses-{request_id}",
            "event_key": "2026-11-24T06:10:00.000Z#send#0",
        }
        for request_id in requests
    ]
    return {
        "Records": [
            {
                "eventName": "INSERT",
                "dynamodb": {
                    "SequenceNumber": str(number),
                    "NewImage": {name: {"S": text} for name, text in image.items()},
                },
            }
            for number, image in enumerate(images)
        ]
    }


def put_claimed(request_id: str) -> None:
    """Puts the row of a request that a worker claimed before it died."""
    texts = {"pk": f"REQ#{request_id}", "status": "sending", "stream": "transactional", "lane": "priority"}
    row = {name: {"S": text} for name, text in texts.items()}
    boto3.client("dynamodb").put_item(TableName="SendTable", Item={**row, "claim": {"N": "1"}})


def rows(table: str) -> list[dict[str, Any]]:
    """All rows of a table."""
    return list(boto3.client("dynamodb").scan(TableName=table)["Items"])
