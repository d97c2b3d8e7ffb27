"""Calls through boto3 answer as the signed client does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ReadTimeoutError,
)
from moto import mock_aws

from ses_stack.aws.json_api import PARALLEL_CALLS, Answer
from ses_stack.aws.sdk_calls import SdkCalls
from tests.support.tables import create_table

TABLE = "EventTable"
KEY = {"message_id": {"S": "m"}, "event_key": {"S": "k"}}


@pytest.fixture
def dynamodb() -> Iterator[Any]:
    with mock_aws():
        yield create_table(TABLE)


def called(client: Any, operation: str, *documents: Any) -> list[Answer | None]:
    return list(SdkCalls(client).calls(operation, [json.dumps(each).encode() for each in documents], until=0))


def test_a_document_arrives_as_it_is_written(dynamodb: Any) -> None:
    item = KEY | {"raw": {"B": "AP8="}, "parts": {"L": [{"M": {"B": {"S": "not binary"}}}]}}

    called(dynamodb, "PutItem", {"TableName": TABLE, "Item": item})
    (answer,) = called(dynamodb, "Query", _query("m"))

    assert answer is not None
    assert (answer.status, answer.error) == (200, "")
    assert answer.document["Items"] == [item | {"raw": {"B": b"\x00\xff"}}]


def test_answers_come_in_the_order_of_the_calls(dynamodb: Any) -> None:
    names = [f"m{number}" for number in range(2 * PARALLEL_CALLS + 1)]
    called(dynamodb, "PutItem", *({"TableName": TABLE, "Item": KEY | {"message_id": {"S": name}}} for name in names))

    answers = called(dynamodb, "Query", *map(_query, names))

    assert [answer.document["Items"][0]["message_id"]["S"] for answer in answers if answer] == names


def test_a_refusal_names_its_code(dynamodb: Any) -> None:
    (answer,) = called(dynamodb, "Query", _query("m") | {"TableName": "nope"})

    assert answer is not None
    assert (answer.status, answer.error) == (400, "ResourceNotFoundException")


class Refusing:
    """A client whose calls raise."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def query(self, **_: Any) -> None:
        raise self._error


def test_the_details_of_a_refusal_survive() -> None:
    response: Any = {
        "Error": {"Code": "TransactionCanceledException", "Message": "no"},
        "CancellationReasons": [{"Code": "None"}],
        "ResponseMetadata": {"HTTPStatusCode": 400},
    }
    (answer,) = called(Refusing(ClientError(response, "Query")), "Query", {})

    assert answer is not None
    assert answer.error == "TransactionCanceledException"
    assert answer.document["CancellationReasons"] == [{"Code": "None"}]


@pytest.mark.parametrize(("attempts", "resent"), [(0, False), (1, True)])
def test_an_answer_after_the_sdks_own_retries_says_so(attempts: int, resent: bool) -> None:
    metadata = {"ResponseMetadata": {"HTTPStatusCode": 400, "RetryAttempts": attempts}}
    response: Any = {"Error": {"Code": "ConditionalCheckFailedException", "Message": "no"}, **metadata}

    for client in (Refusing(ClientError(response, "Query")), SimpleNamespace(query=lambda: metadata)):
        (answer,) = called(client, "Query", {})
        assert answer is not None
        assert answer.resent is resent


@pytest.mark.parametrize("kind", [EndpointConnectionError, ConnectTimeoutError, ReadTimeoutError])
def test_a_call_without_an_answer_is_none(kind: type[Exception]) -> None:
    assert called(Refusing(kind(endpoint_url="x")), "Query", {}) == [None]  # type: ignore[call-arg]


def test_a_call_that_the_sdk_cannot_make_is_raised() -> None:
    with pytest.raises(NoCredentialsError):
        called(Refusing(NoCredentialsError()), "Query", {})


def _query(message_id: str) -> dict[str, Any]:
    return {
        "TableName": TABLE,
        "KeyConditionExpression": "message_id = :id",
        "ExpressionAttributeValues": {":id": {"S": message_id}},
    }
