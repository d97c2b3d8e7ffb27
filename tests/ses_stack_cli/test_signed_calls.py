"""Calls without the SDK, one at a time and several."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from ses_stack.aws.json_api import Service
from ses_stack.aws.signing import Credentials
from ses_stack_cli.signed_calls import SignedCalls
from tests.support.scripted_server import ScriptedServer

FOUND = b'HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n{"a": 1}'
REFUSED = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\n\r\n{}"


def calls_at(server: ScriptedServer) -> SignedCalls:
    return SignedCalls(
        lambda: Service(
            name="sqs",
            target="AmazonSQS",
            endpoint=server.url,
            region="eu-west-1",
            credentials=lambda: Credentials(key_id="AKIDEXAMPLE", secret="secret"),
        )
    )


def test_calls_that_follow_each_other_use_one_connection() -> None:
    server = ScriptedServer([FOUND, FOUND])
    calls = calls_at(server)
    assert [calls.document("GetQueueUrl", {"QueueName": name}) for name in "ab"] == [{"a": 1}] * 2
    assert b"x-amz-target: AmazonSQS.GetQueueUrl" in server.requests[0]
    assert server.requests[1].endswith(b'{"QueueName":"b"}')
    calls.close()
    server.close()


@pytest.mark.parametrize("turn", [REFUSED, None])
def test_an_error_and_no_answer_give_no_document(turn: bytes | None) -> None:
    server = ScriptedServer([turn])
    calls = calls_at(server)
    assert calls.document("GetQueueUrl", {}) is None
    calls.close()
    server.close()


def test_threads_have_connections_of_their_own() -> None:
    server = ScriptedServer(*[[FOUND] * 8] * 8)
    calls = calls_at(server)
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(lambda _: calls.document("GetQueueUrl", {}), range(8))) == [{"a": 1}] * 8
    calls.close()
    server.close()
