"""A stack's outputs without the SDK."""

from __future__ import annotations

from pathlib import Path

import pytest

from ses_stack.aws.signing import Credentials
from ses_stack_cli.local import certificate
from ses_stack_cli.signed import SignedAccess
from ses_stack_cli.stack_outputs import stack_outputs
from tests.support.scripted_server import ScriptedServer

_MEMBER = (
    "<member><StackName>s</StackName><Outputs>"
    "<member><OutputKey>EventTableName</OutputKey><OutputValue>a &amp; b</OutputValue></member>"
    "<member><OutputKey>Empty</OutputKey><OutputValue/></member></Outputs></member>"
)


def document(members: str) -> str:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html"""
    return (
        '<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/">'
        f"<DescribeStacksResult><Stacks>{members}</Stacks></DescribeStacksResult></DescribeStacksResponse>"
    )


def answer(body: str, status: str = "200 OK") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


def access_to(endpoint: str | None, trusted: str | None = None) -> SignedAccess:
    return SignedAccess(
        region="eu-west-1",
        credentials=lambda: Credentials(key_id="AKIDEXAMPLE", secret="secret"),
        endpoint=lambda _: endpoint,
        trusted=trusted,
    )


def test_the_outputs_come_in_one_signed_call() -> None:
    server = ScriptedServer([answer(document(_MEMBER))])
    assert stack_outputs(access_to(server.url), "s") == {"EventTableName": "a & b", "Empty": ""}
    (request,) = server.requests
    assert request.startswith(b"POST / HTTP/1.1")
    assert request.endswith(b"Action=DescribeStacks&Version=2010-05-15&StackName=s")
    assert b"Credential=AKIDEXAMPLE/" in request
    assert b"/eu-west-1/cloudformation/aws4_request" in request
    server.close()


def test_the_certificate_is_checked(tmp_path: Path) -> None:
    pair = certificate.make(tmp_path)
    for trusted, outputs in ((str(pair[0]), {}), (None, None)):
        server = ScriptedServer([answer(document("<member/>"))], certificate=pair)
        assert stack_outputs(access_to(server.url, trusted), "s") == outputs
        server.close()


@pytest.mark.parametrize(
    "turn",
    [
        answer("<ErrorResponse><Error><Code>ValidationError</Code></Error></ErrorResponse>", "400 Bad Request"),
        answer("", "503 Service Unavailable"),
        answer("no document"),
        answer(document("")),
        None,
    ],
)
def test_any_other_answer_is_left_to_the_sdk(turn: bytes | None) -> None:
    server = ScriptedServer([turn])
    assert stack_outputs(access_to(server.url), "s") is None
    server.close()


def test_an_endpoint_that_only_the_sdk_may_call_is_not_called() -> None:
    assert stack_outputs(access_to(None), "s") is None
