"""A stack with a sender, for the commands that report on it."""

from __future__ import annotations

from typing import Any

import boto3
from botocore.exceptions import ClientError
from typer.testing import CliRunner, Result

from ses_stack_cli.main import app
from ses_stack_cli.target import Target

NOW = 1_800_000_000.0


class FakeSes:
    """SES's answers about an account."""

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


class FakeCloudWatch:
    """Has data points, or refuses the call."""

    points: list[dict[str, Any]] | None = None

    def get_metric_statistics(self, **_: Any) -> dict[str, Any]:
        if self.points is None:
            raise ClientError({"Error": {"Code": "AccessDenied"}}, "GetMetricStatistics")
        return {"Datapoints": self.points}


class SenderStack:
    """A stack with a sender: queues and tables in moto, SES and CloudWatch in memory."""

    def __init__(self) -> None:
        self.ses, self.cloudwatch = FakeSes(), FakeCloudWatch()
        self.sqs, self.dynamodb = boto3.client("sqs"), boto3.client("dynamodb")
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

    def pause(self, stream: str, **texts: str) -> None:
        """The row that the workers read."""
        pause: Any = {"since": {"N": str(NOW)}} | {name: {"S": text} for name, text in texts.items()}
        self.dynamodb.put_item(TableName="SendTable", Item={"pk": {"S": "PAUSES"}, stream: {"M": pause}})

    def pause_tenants(self, *tenants: str) -> None:
        """The same row, with paused tenants."""
        pause: Any = {"M": {name: {"N": str(NOW)} for name in ("since", "asked_at")}}
        item: Any = {"pk": {"S": "PAUSES"}} | {f"tenant:{tenant}": pause for tenant in tenants}
        self.dynamodb.put_item(TableName="SendTable", Item=item)

    def fill(self, lane: str, number: int, delay: int = 0) -> None:
        for _ in range(number):
            self.sqs.send_message(QueueUrl=self.urls[lane], MessageBody="x", DelaySeconds=delay)


def run(*arguments: str, code: int = 0) -> Result:
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == code, f"{result.stdout}{result.stderr}{result.exception!r}"
    return result
