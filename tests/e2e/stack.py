"""The deployed stack for end-to-end tests: queues, tables, functions, and the `ses-stack` command."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

from ses_stack_cli.local.clients import client
from ses_stack_cli.local.deployment import EVENT_SOURCE
from ses_stack_cli.local.stack import outputs
from ses_stack_cli.local.state import LocalState

TIMEOUT_SECONDS = 240
# The guard pauses nothing for the bounces and complaints that tests make on purpose.
GUARD_OFF = {"GUARD_BOUNCE_PERCENT": "100", "GUARD_COMPLAINT_PERCENT": "100"}


class Stack:
    """A deployed stack on the local cloud."""

    def __init__(self, running: LocalState) -> None:
        self.running = running
        self.outputs = outputs(running)

    def client(self, service: str) -> Any:
        return client(self.running, service)

    @cached_property
    def sqs(self) -> Any:
        return self.client("sqs")

    @cached_property
    def dynamodb(self) -> Any:
        return self.client("dynamodb")

    def publish(self, envelopes: Sequence[dict[str, Any]]) -> None:
        """Puts events on the default bus, as the simulator does."""
        events = self.client("events")
        for start in range(0, len(envelopes), 10):
            entries = [
                {
                    "Source": EVENT_SOURCE,
                    "DetailType": envelope["detail-type"],
                    "Detail": json.dumps(envelope["detail"]),
                    "Resources": envelope["resources"],
                }
                for envelope in envelopes[start : start + 10]
            ]
            assert events.put_events(Entries=entries)["FailedEntryCount"] == 0

    def rows(self, table: str, **scan: Any) -> Iterator[dict[str, Any]]:
        """All rows of a table, named by its output."""
        for page in self.dynamodb.get_paginator("scan").paginate(
            TableName=self.outputs[table], ConsistentRead=True, **scan
        ):
            yield from page["Items"]

    def events_of(self, prefix: str) -> list[dict[str, Any]]:
        """History rows of the messages whose ids begin with `prefix`."""
        return list(
            self.rows(
                "EventTableName",
                FilterExpression="begins_with(message_id, :prefix)",
                ExpressionAttributeValues={":prefix": {"S": prefix}},
            )
        )

    def depth(self, queue: str) -> int:
        """Messages in a queue: visible and in flight."""
        counts = self.sqs.get_queue_attributes(QueueUrl=self.outputs[queue], AttributeNames=["All"])["Attributes"]
        return int(counts["ApproximateNumberOfMessages"]) + int(counts["ApproximateNumberOfMessagesNotVisible"])

    def letters(self, queue: str) -> list[str]:
        """Removes all messages from a queue; their bodies."""
        url, bodies = self.outputs[queue], []
        while messages := self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            for message in messages:
                bodies.append(message["Body"])
                self.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return bodies

    @contextmanager
    def quick_retries(self, queue: str, *, seconds: int = 6, receives: int = 5) -> Iterator[None]:
        """Lets SQS deliver a failed record again after seconds, and a few times only, to save the tests' time."""
        url, names = self.outputs[queue], ["VisibilityTimeout", "RedrivePolicy"]
        before = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        policy = json.loads(before["RedrivePolicy"])
        hour = int(policy["maxReceiveCount"]) * int(before["VisibilityTimeout"])
        assert hour >= 3600, "without a worker, a record waits for an hour"
        quick = {
            "VisibilityTimeout": str(seconds),
            "RedrivePolicy": json.dumps(policy | {"maxReceiveCount": str(receives)}),
        }
        self.sqs.set_queue_attributes(QueueUrl=url, Attributes=quick)
        try:
            yield
        finally:
            self.sqs.set_queue_attributes(QueueUrl=url, Attributes=before)

    @contextmanager
    def without_permissions(self, function: str) -> Iterator[None]:
        """Breaks a function as a bad deployment would: its role may not use the tables."""
        iam = self.client("iam")
        configuration = self.client("lambda").get_function_configuration(FunctionName=self.outputs[function])
        role = configuration["Role"].rpartition("/")[2]
        (policy,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
        document = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
        allowed = [
            statement for statement in document["Statement"] if "dynamodb" not in json.dumps(statement["Action"])
        ]
        assert allowed != document["Statement"]
        broken = json.dumps(document | {"Statement": allowed})
        iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=broken)
        try:
            yield
        finally:
            iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=json.dumps(document))

    @contextmanager
    def environment(self, function: str, **variables: str) -> Iterator[None]:
        """Deploys a function with other environment variables, as other parameters of the template would."""
        functions, name = self.client("lambda"), self.outputs[function]
        before = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
        functions.update_function_configuration(FunctionName=name, Environment={"Variables": before | variables})
        try:
            yield
        finally:
            functions.update_function_configuration(FunctionName=name, Environment={"Variables": before})


def eventually(what: str, check: Callable[[], bool]) -> None:
    """Waits until `check` holds. After four minutes it fails, and names `what` never happened."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while not check():
        assert time.monotonic() < deadline, f"never happened: {what}"
        time.sleep(0.5)


def command(*arguments: str) -> list[str]:
    """The command line of `ses-stack`."""
    return [str(Path(sys.executable).with_name("ses-stack")), *arguments]


def ses_stack(*arguments: str, expect: int = 0) -> str:
    """Runs `ses-stack` as a user would; its standard output."""
    result = subprocess.run(command(*arguments), capture_output=True, text=True, check=False)
    assert result.returncode == expect, f"{arguments}: exit code {result.returncode}\n{result.stdout}\n{result.stderr}"
    return result.stdout
