"""A stack with lanes in moto, and the command line on it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws
from typer.testing import CliRunner

from ses_stack_cli.main import app

TEMPLATE = {
    "Resources": {
        "PriorityQueue": {"Type": "AWS::SQS::Queue"},
        "BulkQueue": {"Type": "AWS::SQS::Queue"},
        "Attachments": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "attachments-of-the-stack"}},
    },
    "Outputs": {
        "PriorityQueueUrl": {"Value": {"Ref": "PriorityQueue"}},
        "BulkQueueUrl": {"Value": {"Ref": "BulkQueue"}},
        "AttachmentBucketName": {"Value": {"Ref": "Attachments"}},
    },
}


class SendCli:
    """Runs commands on the stack; their output is in `out` and `err`."""

    def __init__(self) -> None:
        cloudformation = boto3.client("cloudformation")
        cloudformation.create_stack(StackName="s", TemplateBody=json.dumps(TEMPLATE))
        (stack,) = cloudformation.describe_stacks(StackName="s")["Stacks"]
        self.outputs = {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}
        self.sqs = boto3.client("sqs")

    def __call__(self, *arguments: str, code: int = 0, given: str | None = None) -> SendCli:
        result = CliRunner().invoke(app, [*arguments, "--stack-name", "s"], input=given)
        self.out, self.err = result.stdout, result.stderr
        assert result.exit_code == code, f"{result.exit_code}: {self.out}{self.err}{result.exception!r}"
        return self

    def json(self, *arguments: str, code: int = 0) -> Any:
        return json.loads(self(*arguments, "--json", code=code).out)

    def queued(self, lane: str = "Bulk") -> list[dict[str, Any]]:
        """Takes everything out of a lane."""
        documents: list[dict[str, Any]] = []
        url = self.outputs[f"{lane}QueueUrl"]
        while found := self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            documents += [json.loads(each["Body"]) for each in found]
        return documents


@pytest.fixture
def cli() -> Iterator[SendCli]:
    with mock_aws():
        yield SendCli()
