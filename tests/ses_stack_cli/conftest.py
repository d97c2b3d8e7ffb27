"""A stack in moto, and the command line on it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import boto3
import pytest
from moto import mock_aws
from typer.testing import CliRunner

from ses_stack.history.adapters.events import parse
from ses_stack.history.adapters.rows import item_of
from ses_stack_cli.main import app
from ses_stack_cli.signed import SignedAccess
from tests.support import payloads
from tests.support.tables import table_properties

STACK = payloads.STACK
_QUEUES = ("EventQueue", "EventDeadLetterQueue", "RuleDeadLetterQueue")


class Cli:
    """Runs commands. Their standard output is in `out`, their standard error in `err`."""

    def __init__(self, outputs: dict[str, str]) -> None:
        self.outputs = outputs
        self.sqs = boto3.client("sqs")
        self.dynamodb = boto3.client("dynamodb")

    def __call__(self, *arguments: str, code: int = 0) -> Cli:
        result = CliRunner().invoke(app, [*arguments, "--stack-name", STACK])
        self.out, self.err = result.stdout, result.stderr
        assert result.exit_code == code, f"{result.exit_code}: {self.out}{self.err}{result.exception!r}"
        return self

    def json(self, *arguments: str, code: int = 0) -> Any:
        return json.loads(self(*arguments, "--json", code=code).out)

    def store(self, *records: payloads.Json, **envelope: str) -> None:
        """Puts records into the history, each in an envelope with these fields."""
        for record in records:
            for event in parse(payloads.body(record, **envelope), stack=STACK).events:
                self.dynamodb.put_item(TableName=self.outputs["EventTableName"], Item=item_of(event, retention_days=90))

    def put(self, queue: str, *bodies: str, **attributes: str) -> None:
        """Puts letters into a queue."""
        for body in bodies:
            self.sqs.send_message(
                QueueUrl=self.outputs[f"{queue}Url"],
                MessageBody=body,
                MessageAttributes={
                    name: {"DataType": "String", "StringValue": text} for name, text in attributes.items()
                },
            )

    def depth(self, queue: str) -> tuple[int, int]:
        """Visible and invisible letters."""
        names: Any = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        counts = self.sqs.get_queue_attributes(QueueUrl=self.outputs[f"{queue}Url"], AttributeNames=names)["Attributes"]
        return int(counts[names[0]]), int(counts[names[1]])


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An AWS account in moto, which answers the SDK's clients only."""
    monkeypatch.setattr("ses_stack_cli.target.stack_outputs", lambda *_: None)
    monkeypatch.setattr(SignedAccess, "maker", lambda *_: None)
    with mock_aws():
        yield


@pytest.fixture
def cli(aws: None, monkeypatch: pytest.MonkeyPatch) -> Cli:
    monkeypatch.setattr("ses_stack.dead_letters.adapters.sqs_queue.LONG_POLL_SECONDS", 0)
    monkeypatch.setattr("ses_stack.dead_letters.selection._CLOCK_SKEW_SECONDS", 0)  # moto has this machine's clock
    return Cli(deploy(STACK))


@pytest.fixture
def run() -> Callable[..., Any]:
    """Runs a command without naming a stack."""
    return lambda *arguments: CliRunner().invoke(app, list(arguments))


def deploy(stack: str, queues: Sequence[str] = _QUEUES, **outputs: str) -> dict[str, str]:
    """A stack with the outputs that the command line reads, and others that name nothing; gives them."""
    template = {
        "Resources": {
            "EventTable": {"Type": "AWS::DynamoDB::Table", "Properties": table_properties("EventTable")},
            **{name: {"Type": "AWS::SQS::Queue"} for name in queues},
        },
        "Outputs": {
            "EventTableName": {"Value": {"Ref": "EventTable"}},
            **{f"{name}Url": {"Value": {"Ref": name}} for name in queues},
            **{name: {"Value": value} for name, value in outputs.items()},
        },
    }
    client = boto3.client("cloudformation")
    client.create_stack(StackName=stack, TemplateBody=json.dumps(template))
    (found,) = client.describe_stacks(StackName=stack)["Stacks"]
    return {output["OutputKey"]: output["OutputValue"] for output in found["Outputs"]}
