"""boto3's pooled connections after a pause, over real sockets to servers that have forgotten them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from ses_stack.aws import clients
from ses_stack.aws.idle import LONGEST_IDLE_SECONDS
from ses_stack.aws.sdk_connections import drop_idle_connections
from ses_stack_cli.local import certificate
from tests.support.scripted_server import ScriptedServer

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\ncontent"
CONTENT = b"content"


class Clock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


class Bucket:
    """S3 at a scripted server, called as the sender calls it, without repetitions."""

    def __init__(self, server: ScriptedServer, clock: Clock, **more: Any) -> None:
        config = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 1}, max_pool_connections=4)
        self.client = boto3.client("s3", endpoint_url=server.url, config=config, **more)
        drop_idle_connections(self.client, [clock])

    def read(self) -> bytes:
        return bytes(self.client.get_object(Bucket="bucket", Key="attachments/a")["Body"].read())


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["http", "https"])
def tls(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, Any]:
    return {"certificate": certificate.make(tmp_path)} if request.param == "https" else {}


@pytest.mark.parametrize("dead", [ScriptedServer.reset, ScriptedServer.silence, None])
def test_an_idle_connection_is_not_used_again(dead: bytes | None, clock: Clock, tls: dict[str, Any]) -> None:
    server = ScriptedServer([OK, OK, dead], [OK], **tls)
    bucket = Bucket(server, clock, **({"verify": str(tls["certificate"][0])} if tls else {}))
    assert bucket.read() == CONTENT
    clock.seconds += LONGEST_IDLE_SECONDS
    assert bucket.read() == CONTENT  # over the same connection

    clock.seconds += LONGEST_IDLE_SECONDS + 0.001

    assert bucket.read() == CONTENT
    assert len(server.requests) == 3
    server.close()


def test_each_connection_of_a_pool_has_its_own_age(clock: Clock) -> None:
    """A burst opens several, and the quiet time after it uses one: the others are dropped, and that one is kept."""
    server = ScriptedServer([OK, OK, OK], [OK, ScriptedServer.silence], [OK])
    bucket = Bucket(server, clock)
    pool = bucket.client._endpoint.http_session._manager.connection_from_url(server.url)
    first, second = pool._get_conn(), pool._get_conn()
    for connection in (first, second):
        pool._put_conn(connection)
        assert bucket.read() == CONTENT
        assert pool._get_conn() is connection
    pool._put_conn(second)  # the pool gives the connection that was put last
    pool._put_conn(first)
    for _ in range(2):
        clock.seconds += LONGEST_IDLE_SECONDS - 1
        assert bucket.read() == CONTENT
    assert pool._get_conn() is first

    assert bucket.read() == CONTENT

    assert len(server.requests) == 5
    server.close()


def test_the_sender_s_client_drops_idle_connections() -> None:
    server = ScriptedServer()
    session = clients.s3()._endpoint.http_session
    for manager in (session._manager, session._get_proxy_manager("http://proxy.example:8080")):
        connection = manager.connection_from_url(server.url)._new_conn()
        assert not connection.last_use.is_too_old
    server.close()
