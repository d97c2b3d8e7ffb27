"""The deployed stack, with moto in the emulator's place."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import boto3
import httpx
import pytest
from moto import mock_aws

from ses_stack_cli.local import stack
from ses_stack_cli.local.errors import LocalCloudError
from ses_stack_cli.local.state import LocalState

RUNNING = LocalState(
    stack="shop", endpoint="https://127.0.0.1:1", simulator="http://127.0.0.1:2", cloud_pid=1, simulator_pid=1
)
TABLE = {
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    "BillingMode": "PAY_PER_REQUEST",
}


class FakeLambda:
    """Answers with the event that it is invoked with, and a log of one line."""

    def list_event_source_mappings(self, FunctionName: str) -> dict[str, Any]:  # noqa: N803
        assert FunctionName == "shop-Normalizer"
        return {"EventSourceMappings": [{"EventSourceArn": "arn:aws:sqs:us-east-1:000000000000:shop-EventQueue"}]}

    def invoke(self, FunctionName: str, Payload: bytes, LogType: str) -> dict[str, Any]:  # noqa: N803
        assert (FunctionName, LogType) == ("shop-Normalizer", "Tail")
        return {"Payload": io.BytesIO(Payload), "LogResult": "b25lIGxpbmU="}


class FakeSes:
    """Notes which configuration sets are turned on."""

    def __init__(self) -> None:
        self.turned_on: list[str] = []

    def put_configuration_set_sending_options(self, *, ConfigurationSetName: str, SendingEnabled: bool) -> None:  # noqa: N803
        assert SendingEnabled
        self.turned_on.append(ConfigurationSetName)


@pytest.fixture
def ses() -> FakeSes:
    return FakeSes()


@pytest.fixture
def simulator_calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """The calls of the simulator's control routes."""
    calls: list[tuple[str, str]] = []

    def call(method: str) -> Any:
        def answer(url: str, *, trust_env: bool) -> httpx.Response:
            assert not trust_env  # a proxy could not reach loopback
            calls.append((method, url))
            return httpx.Response(200, json={"accepted": 3}, request=httpx.Request(method, url))

        return answer

    monkeypatch.setattr(httpx, "get", call("GET"))
    monkeypatch.setattr(httpx, "post", call("POST"))
    return calls


@pytest.fixture(autouse=True)
def _deployed(monkeypatch: pytest.MonkeyPatch, ses: FakeSes) -> Iterator[None]:
    with mock_aws():
        clients: dict[str, Any] = {
            name: boto3.client(name)
            for name in ("cloudformation", "sqs", "dynamodb")  # type: ignore[call-overload]
        }
        monkeypatch.setattr(
            stack, "client", lambda _running, service: {"lambda": FakeLambda(), "sesv2": ses, **clients}[service]
        )
        template = {
            "Resources": {
                "BulkQueue": {"Type": "AWS::SQS::Queue"},
                "SendTable": {"Type": "AWS::DynamoDB::Table", "Properties": TABLE},
            },
            "Outputs": {
                "BulkQueueUrl": {"Value": {"Ref": "BulkQueue"}},
                "SendTableName": {"Value": {"Ref": "SendTable"}},
                "NormalizerFunctionName": {"Value": "shop-Normalizer"},
                "MarketingConfigurationSetName": {"Value": "shop-marketing"},
            },
        }
        clients["cloudformation"].create_stack(StackName="shop", TemplateBody=json.dumps(template))
        yield


def test_the_status_has_the_depth_of_every_queue(simulator_calls: list[tuple[str, str]]) -> None:
    url = stack.outputs(RUNNING)["BulkQueueUrl"]
    sqs = boto3.client("sqs")
    for delay in (0, 0, 60):
        sqs.send_message(QueueUrl=url, MessageBody="x", DelaySeconds=delay)
    sqs.receive_message(QueueUrl=url)
    status = stack.status(RUNNING)
    assert status["queues"] == {"BulkQueue": 3}
    assert (status["running"], status["stack"], status["events"]) == (True, "shop", {"accepted": 3})
    assert simulator_calls == [("GET", "http://127.0.0.1:2/_simulator/status")]


def test_reset_empties_queues_tables_and_the_simulator_and_ends_pauses(
    simulator_calls: list[tuple[str, str]], ses: FakeSes
) -> None:
    names, dynamodb = stack.outputs(RUNNING), boto3.client("dynamodb")
    for number in range(30):
        dynamodb.put_item(TableName=names["SendTableName"], Item={"pk": {"S": f"REQ#{number}"}, "x": {"N": "1"}})
    boto3.client("sqs").send_message(QueueUrl=names["BulkQueueUrl"], MessageBody="x")
    stack.reset(RUNNING)
    assert dynamodb.scan(TableName=names["SendTableName"])["Count"] == 0
    assert stack.depth(boto3.client("sqs"), names["BulkQueueUrl"]) == 0
    assert simulator_calls == [("POST", "http://127.0.0.1:2/_simulator/reset")]
    assert ses.turned_on == ["shop-marketing"]


def test_a_function_is_invoked_by_its_logical_id() -> None:
    event = b'{"Records": [{"messageId": "1", "body": "x", "eventSourceARN": "arn"}]}'
    assert stack.invoke(RUNNING, "Normalizer", event) == {
        "error": None,
        "answer": event.decode(),
        "log": "one line",
    }


def test_an_event_of_another_shape_is_not_passed_on() -> None:
    with pytest.raises(LocalCloudError, match="has no list of Records"):
        stack.invoke(RUNNING, "Normalizer", b"{}")


def test_an_unknown_function_is_answered_with_those_that_exist() -> None:
    with pytest.raises(LocalCloudError, match="no function 'Sender' in the stack; there are: Normalizer"):
        stack.invoke(RUNNING, "Sender", b"{}")


def test_log_lines_of_all_functions_are_in_the_order_of_time(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = {"/a": [(1, "first\n"), (3, "third\n")], "/b": [(2, "second\n")]}

    class FakeLogs:
        def get_paginator(self, _operation: str) -> FakeLogs:
            return self

        def paginate(self, logGroupName: str) -> list[dict[str, Any]]:  # noqa: N803
            return [{"events": [{"timestamp": at, "message": text} for at, text in lines[logGroupName]]}]

    monkeypatch.setattr(stack, "client", lambda *_: FakeLogs())
    monkeypatch.setattr(stack, "outputs", lambda _: {"ALogGroupName": "/a", "BLogGroupName": "/b", "Other": "/c"})
    assert stack.function_logs(RUNNING) == ["first", "second", "third"]
