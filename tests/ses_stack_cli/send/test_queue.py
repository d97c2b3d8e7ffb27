"""`ses-stack queue`, on tables and queues in moto."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from typer.testing import CliRunner, Result

from ses_stack.sending.adapters.rows import ledger_row_of
from ses_stack.sending.ledger import LedgerEntry
from ses_stack_cli.main import app
from ses_stack_cli.send import queue
from ses_stack_cli.send.queue import Reader, document, duration
from ses_stack_cli.target import Target
from tests.support.tables import create_table

NOW = 1_800_000_000.0


class Ses:
    """What SES says of an account."""

    def __init__(self) -> None:
        self.asked = 0
        self.account: dict[str, Any] = {
            "SendQuota": {"MaxSendRate": 14.0, "Max24HourSend": 50_000.0, "SentLast24Hours": 100.0},
            "SendingEnabled": True,
            "EnforcementStatus": "HEALTHY",
        }
        self.paused: set[str] = set()

    def get_account(self) -> dict[str, Any]:
        self.asked += 1
        return self.account

    def get_configuration_set(self, *, ConfigurationSetName: str) -> Any:  # noqa: N803
        return {"SendingOptions": {"SendingEnabled": ConfigurationSetName not in self.paused}}


class CloudWatch:
    """Knows the age of the oldest message, or refuses to say."""

    points: list[dict[str, Any]] | None = None

    def get_metric_statistics(self, **_: Any) -> dict[str, Any]:
        if self.points is None:
            raise ClientError({"Error": {"Code": "AccessDenied"}}, "GetMetricStatistics")
        return {"Datapoints": self.points}


class Cloud:
    def __init__(self) -> None:
        self.ses, self.cloudwatch = Ses(), CloudWatch()
        self.sqs, self.dynamodb = boto3.client("sqs"), boto3.client("dynamodb")
        create_table("EventTable")
        self.dynamodb.create_table(
            TableName="SendTable",
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )
        self.urls = {name: self.sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("priority", "bulk")}
        clients = {
            "sqs": self.sqs,
            "dynamodb": self.dynamodb,
            "sesv2": self.ses,
            "cloudwatch": self.cloudwatch,
        }
        self.target = Target(
            stack="s",
            outputs={
                "EventTableName": "EventTable",
                "SendTableName": "SendTable",
                "PriorityQueueUrl": self.urls["priority"],
                "BulkQueueUrl": self.urls["bulk"],
                "SendingPolicy": '{"safety": 0.5, "threshold": 0.8}',
            },
            client=lambda name: clients[name],
        )

    def put(self, pk: str, **values: Any) -> None:
        row: Any = {name: {"N": str(value)} for name, value in values.items()}
        self.dynamodb.put_item(TableName="SendTable", Item={"pk": {"S": pk}} | row)

    def store(self, entry: LedgerEntry) -> None:
        self.dynamodb.put_item(TableName="SendTable", Item=ledger_row_of(entry, retention_days=14))

    def fill(self, lane: str, number: int, delay: int = 0) -> None:
        for _ in range(number):
            self.sqs.send_message(QueueUrl=self.urls[lane], MessageBody="x", DelaySeconds=delay)


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    with mock_aws():
        cloud = Cloud()
        monkeypatch.setattr(queue, "connect", lambda *_, **__: cloud.target)
        yield cloud


def run(*arguments: str, code: int = 0) -> Result:
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == code, f"{result.stdout}{result.stderr}{result.exception!r}"
    return result


def read(cloud: Cloud) -> dict[str, Any]:
    return document(Reader(cloud.target).read(NOW))


# The lanes


def test_an_idle_stack(cloud: Cloud) -> None:
    empty = {"ready": 0, "deferred": 0, "at_work": 0, "oldest_seconds": None, "sent_per_second": 0.0}
    empty |= {"empty_in_seconds": 0.0, "held_by": None}

    assert read(cloud) == {
        "lanes": [{"lane": "priority"} | empty, {"lane": "bulk"} | empty],
        "rate": {"account": 14.0, "allowed": 7.0, "sent": 0.0, "throttled_to": 1.0},
        "quota": {"most": 50_000.0, "sent": 100.0, "left": 49_900.0, "left_for_bulk": 39_900.0},
        "stopped": None,
        "paused_streams": [],
    }


def test_what_waits_and_when_it_will_be_gone(cloud: Cloud) -> None:
    cloud.fill("priority", 7)
    cloud.fill("bulk", 14)
    cloud.fill("bulk", 7, delay=60)
    priority, bulk = read(cloud)["lanes"]

    assert (priority["ready"], priority["deferred"], priority["empty_in_seconds"]) == (7, 0, 1.0)
    assert (bulk["ready"], bulk["deferred"], bulk["empty_in_seconds"]) == (14, 7, 4.0)


def test_the_rate_is_measured_over_ten_whole_seconds(cloud: Cloud) -> None:
    cloud.put("RATE#1799999990", taken=14, priority=4, bulk=10)
    cloud.put("RATE#1799999999", taken=14, bulk=10)
    cloud.put("RATE#1800000000", taken=14, bulk=10)
    cloud.put("RATE#1799999989", taken=14, bulk=10)
    found = read(cloud)

    assert [lane["sent_per_second"] for lane in found["lanes"]] == [0.4, 2.0]
    assert found["rate"]["sent"] == 2.4


def test_throttling_has_lowered_the_rate(cloud: Cloud) -> None:
    cloud.put("BACKOFF", factor=0.7, at=NOW)

    assert read(cloud)["rate"] == {"account": 14.0, "allowed": 4.9, "sent": 0.0, "throttled_to": 0.7}


def test_the_workers_count_is_taken_where_it_is_ahead_of_ses(cloud: Cloud) -> None:
    cloud.put("QUOTA", rate=14, most=50_000, sent=100, since=900, read_at=NOW)

    assert read(cloud)["quota"]["sent"] == 1000.0


def test_the_quota_holds_bulk_mail_first(cloud: Cloud) -> None:
    cloud.ses.account["SendQuota"]["SentLast24Hours"] = 40_000.0
    cloud.fill("priority", 1)
    cloud.fill("bulk", 1)
    priority, bulk = read(cloud)["lanes"]

    assert priority["held_by"] is None
    assert (bulk["empty_in_seconds"], bulk["held_by"]) == (None, "the day's quota")


def test_a_quota_without_end(cloud: Cloud) -> None:
    cloud.ses.account["SendQuota"]["Max24HourSend"] = -1.0

    assert read(cloud)["quota"] == {"most": -1.0, "sent": 100.0, "left": None, "left_for_bulk": None}
    assert "no limit; 100 sent" in run("queue").stdout


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"SendingEnabled": False}, "sending is paused for the account"),
        ({"EnforcementStatus": "SHUTDOWN"}, "AWS has shut down sending for the account"),
    ],
)
def test_a_stopped_account_is_told(cloud: Cloud, change: dict[str, Any], told: str) -> None:
    cloud.ses.account |= change
    cloud.fill("bulk", 1)

    assert read(cloud)["stopped"] == told
    assert f"held by {told}" in run("queue").stdout


def test_paused_streams_are_told(cloud: Cloud) -> None:
    cloud.ses.paused = {"s-marketing"}

    assert read(cloud)["paused_streams"] == ["marketing"]
    assert "paused marketing" in run("queue").stdout


def test_the_age_of_the_oldest_is_cloudwatchs(cloud: Cloud) -> None:
    cloud.fill("bulk", 1)
    cloud.cloudwatch.points = [
        {"Timestamp": datetime(2027, 1, 15, 8, 1, tzinfo=UTC), "Maximum": 130.0},
        {"Timestamp": datetime(2027, 1, 15, 8, 0, tzinfo=UTC), "Maximum": 70.0},
    ]
    priority, bulk = read(cloud)["lanes"]
    assert (priority["oldest_seconds"], bulk["oldest_seconds"]) == (None, 130.0)

    cloud.cloudwatch.points = []
    assert read(cloud)["lanes"][1]["oldest_seconds"] is None


def test_for_people(cloud: Cloud) -> None:
    cloud.fill("bulk", 3)
    cloud.put("BACKOFF", factor=0.5, at=4_000_000_000)
    out = run("queue").stdout

    assert "bulk      3" in out
    assert "recipients a second of SES's 14.0, lowered to 50% after a throttle answer" in out
    assert "49,900 of 50,000 recipients in 24 hours left; bulk mail waits from 40,000 sent" in out


def test_watching_asks_ses_seldom(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(queue.time, "sleep", sleep)
    lines = run("queue", "--watch", "--json", code=130).stdout.splitlines()
    assert [json.loads(line)["stopped"] for line in lines] == [None] * 3
    assert cloud.ses.asked == 1
    pauses.clear()
    assert run("queue", "--watch", code=130).stdout.count("LANE") == 3


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (99, "99 s"), (100, "2 min"), (3599, "1 h 00 min"), (3900, "1 h 05 min"), (200_000, "2 d 7 h")],
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


# The ledger
