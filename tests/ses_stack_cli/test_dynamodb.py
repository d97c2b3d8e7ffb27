"""DynamoDB as the commands call it: without the SDK where that is possible."""

from __future__ import annotations

import base64
import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ses_stack.aws.json_api import Service
from ses_stack.aws.sdk_calls import SdkCalls
from ses_stack.aws.signing import Credentials
from ses_stack_cli.dynamodb import SignedQueries, dynamodb_calls, dynamodb_queries
from ses_stack_cli.signed import SignedAccess
from ses_stack_cli.target import Target
from tests.support.scripted_server import ScriptedServer

ROWS = {"Items": [{"message_id": {"S": "m"}, "raw": {"B": base64.b64encode(b"event").decode()}}], "Count": 1}
REFUSED = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\n\r\n{}"


class Sdk:
    """The SDK's client."""

    def query(self, **request: Any) -> dict[str, Any]:
        return {"Items": [], "asked": request}


def answer(document: Any) -> bytes:
    body = json.dumps(document)
    return f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


def target_at(endpoint: str | None) -> Target:
    access = SignedAccess(
        region="eu-central-1",
        credentials=lambda: Credentials(key_id="AKIDEXAMPLE", secret="secret"),
        endpoint=lambda _: endpoint,
        trusted=None,
    )
    return Target(stack="s", outputs={}, client=lambda _: Sdk(), signed=access)


def test_calls_are_signed_where_the_sdk_is_not_needed() -> None:
    server = ScriptedServer([answer(ROWS)])
    calls = dynamodb_calls(target_at(server.url))
    assert isinstance(calls, Service)
    (found,) = calls.calls("Query", [b"{}"], until=time.monotonic() + 20)
    assert found
    assert found.document == ROWS
    assert b"x-amz-target: DynamoDB_20120810.Query" in server.requests[0]
    calls.close()
    server.close()


def test_the_sdk_calls_where_it_has_to() -> None:
    assert isinstance(dynamodb_calls(target_at(None)), SdkCalls)
    assert isinstance(dynamodb_calls(Target(stack="s", outputs={}, client=lambda _: Sdk())), SdkCalls)
    assert isinstance(dynamodb_queries(target_at(None)), Sdk)


def test_a_query_answers_as_the_sdk_does() -> None:
    server = ScriptedServer([answer(ROWS), answer(ROWS)])
    queries = dynamodb_queries(target_at(server.url))
    assert isinstance(queries, SignedQueries)
    for _ in range(2):  # over one connection
        assert queries.query(TableName="events")["Items"] == [{"message_id": {"S": "m"}, "raw": {"B": b"event"}}]
    assert server.requests[1].endswith(b'{"TableName":"events"}')
    queries.close()
    server.close()


def test_a_query_that_is_refused_is_left_to_the_sdk() -> None:
    server = ScriptedServer([REFUSED, None])
    queries = dynamodb_queries(target_at(server.url))
    for _ in range(2):  # refused, and then without an answer
        assert queries.query(TableName="events") == {"Items": [], "asked": {"TableName": "events"}}
    queries.close()
    server.close()


def test_threads_query_at_the_same_time_over_connections_of_their_own() -> None:
    server = ScriptedServer(*[[answer(ROWS)] * 8] * 8)
    queries = dynamodb_queries(target_at(server.url))
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: queries.query(TableName="events")["Count"], range(8)))
    assert found == [1] * 8
    queries.close()
    server.close()
