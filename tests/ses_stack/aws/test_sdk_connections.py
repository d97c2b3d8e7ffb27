"""boto3's pooled connections after a pause, over real sockets to servers that have forgotten them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ConnectionClosedError

from ses_stack.aws import clients
from ses_stack.aws.idle import LONGEST_IDLE_SECONDS
from ses_stack.aws.sdk_connections import drop_idle_connections
from ses_stack.aws.threads import Threads
from ses_stack.sending.adapters.attachments import AttachmentReader
from ses_stack.sending.adapters.messages import MessageComposer
from ses_stack.sending.adapters.ses import SesSender
from ses_stack.sending.answers import SesAnswer, Verdict
from ses_stack.sending.unsubscribe import Unsubscribe
from ses_stack_cli.local import certificate
from tests.support.scripted_server import ScriptedServer
from tests.support.stubbed_ses import BUCKET, Objects, job

OK = b'HTTP/1.1 200 OK\r\nContent-Length: 22\r\n\r\n{"MessageId": "ses-1"}'
SENT = SesAnswer(Verdict.ACCEPTED, message_id="ses-1")


class Clock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


class Ses:
    """SES at a scripted server, called as the sender calls it."""

    def __init__(self, server: ScriptedServer, clock: Clock, **more: Any) -> None:
        config = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 1}, max_pool_connections=4)
        self.client = boto3.client("sesv2", endpoint_url=server.url, config=config, **more)
        drop_idle_connections(self.client, [clock])
        composer = MessageComposer(
            stack="s", unsubscribe=Unsubscribe(), attachments=AttachmentReader(Objects, bucket=BUCKET)
        )
        self._sender = SesSender(
            lambda: self.client, patient_client=lambda: self.client, composer=composer, threads=Threads(1)
        )

    def send(self) -> SesAnswer:
        (answer,) = asyncio.run(self._sender.send([job()]))
        return answer


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["http", "https"])
def tls(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, Any]:
    return {"certificate": certificate.make(tmp_path)} if request.param == "https" else {}


@pytest.mark.parametrize("dead", [ScriptedServer.reset, ScriptedServer.silence, None])
def test_an_idle_connection_is_not_used_again(dead: bytes | None, clock: Clock, tls: dict[str, Any]) -> None:
    server = ScriptedServer([OK, OK, dead], [OK], **tls)
    ses = Ses(server, clock, **({"verify": str(tls["certificate"][0])} if tls else {}))
    assert ses.send() == SENT
    clock.seconds += LONGEST_IDLE_SECONDS
    assert ses.send() == SENT  # over the same connection

    clock.seconds += LONGEST_IDLE_SECONDS + 0.001

    assert ses.send() == SENT
    assert len(server.requests) == 3
    server.close()


def test_a_connection_that_dies_while_it_is_fresh_leaves_the_outcome_open(clock: Clock) -> None:
    """SES may have the message: the connection broke after it was written."""
    server = ScriptedServer([OK, ScriptedServer.reset], [OK])
    ses = Ses(server, clock)
    assert ses.send() == SENT

    assert ses.send() == SesAnswer(Verdict.UNCERTAIN, f"SES did not answer: {ConnectionClosedError.__name__}")
    server.close()


def test_each_connection_of_a_pool_has_its_own_age(clock: Clock) -> None:
    """A burst opens several, and the quiet time after it uses one: the others are dropped, and that one is kept."""
    server = ScriptedServer([OK, OK, OK], [OK, ScriptedServer.silence], [OK])
    ses = Ses(server, clock)
    pool = ses.client._endpoint.http_session._manager.connection_from_url(server.url)
    first, second = pool._get_conn(), pool._get_conn()
    for connection in (first, second):
        pool._put_conn(connection)
        assert ses.send() == SENT
        assert pool._get_conn() is connection
    pool._put_conn(second)  # the pool gives the connection that was put last
    pool._put_conn(first)
    for _ in range(2):
        clock.seconds += LONGEST_IDLE_SECONDS - 1
        assert ses.send() == SENT
    assert pool._get_conn() is first

    assert ses.send() == SENT

    assert len(server.requests) == 5
    server.close()


def test_a_server_that_refuses_the_connection_has_not_got_the_message(clock: Clock) -> None:
    server = ScriptedServer()
    server.close()

    assert Ses(server, clock).send() == SesAnswer(Verdict.FAULT, "SES cannot be reached: EndpointConnectionError")


@pytest.mark.parametrize("make", [clients.sesv2, clients.s3])
def test_the_functions_clients_drop_idle_connections(make: Any) -> None:
    server = ScriptedServer()
    session = make()._endpoint.http_session
    for manager in (session._manager, session._get_proxy_manager("http://proxy.example:8080")):
        connection = manager.connection_from_url(server.url)._new_conn()
        assert not connection.last_use.is_too_old
    server.close()
