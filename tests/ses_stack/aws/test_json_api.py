"""Calls without the SDK: over connections that break, to servers that misbehave."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ses_stack.aws import http_socket, json_api
from ses_stack.aws.connections import Waits
from ses_stack.aws.idle import LONGEST_IDLE_SECONDS
from ses_stack.aws.json_api import Answer, Service
from ses_stack.aws.signing import Credentials
from ses_stack_cli.local import certificate
from tests.support.scripted_server import ScriptedServer

CREDENTIALS = Credentials(key_id="AKIDEXAMPLE", secret="secret/key+1", token="session/token==")
NOW = datetime(2026, 11, 24, 6, 10, 7, tzinfo=UTC)
OK = b'HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n{"a": 1}'
ANSWER = Answer(200, {"a": 1})
# The answer to a call that the service may have carried out before, over a connection that broke.
RESENT = replace(ANSWER, resent=True)


def soon() -> float:
    """Long enough for any answer on loopback, and the end of a test that hangs."""
    return time.monotonic() + 20


class Script(ScriptedServer):
    """A server, and the services that call it."""

    def __init__(self, *connections: list[bytes | None], **more: Any) -> None:
        super().__init__(*connections, **more)
        self._services: list[Service] = []

    def service(self, **more: Any) -> Service:
        given = {"endpoint": self.url, "credentials": lambda: CREDENTIALS, "now": lambda: NOW, **more}
        self._services.append(Service(name="dynamodb", target="T_1", region="eu-west-1", **given))
        return self._services[-1]

    def close(self) -> None:
        for service in self._services:
            service.close()
        super().close()


@pytest.fixture
def script() -> Iterator[Callable[..., Script]]:
    scripts: list[Script] = []

    def make(*connections: list[bytes | None], **more: Any) -> Script:
        scripts.append(Script(*connections, **more))
        return scripts[-1]

    yield make
    for each in scripts:
        each.close()


def called(service: Service, *bodies: bytes, until: float | None = None) -> list[Answer | None]:
    return list(service.calls("Do", bodies or (b"{}",), until=until or soon()))


class TestAnswers:
    def test_come_in_the_order_of_the_calls(self, script: Callable[..., Script]) -> None:
        answers = [b'HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n{"n":%d}' % number for number in range(9)]
        server = script([answers[0], answers[8]], *([answer] for answer in answers[1:8]))

        got = called(server.service(), *(b'{"n":%d}' % number for number in range(9)))

        assert [answer and answer.status for answer in got] == [200] * 9
        assert len(server.requests) == 9

    def test_are_to_a_signed_request(self, script: Callable[..., Script]) -> None:
        server = script([OK])

        assert called(server.service(), b'{"x":1}') == [ANSWER]

        head, _, body = server.requests[0].decode().partition("\r\n\r\n")
        lines = head.split("\r\n")
        assert lines[0] == "POST / HTTP/1.1"
        assert f"host: 127.0.0.1:{server.port}" in lines
        assert {"x-amz-target: T_1.Do", "content-length: 7", "x-amz-date: 20261124T061007Z"} <= set(lines)
        assert body == '{"x":1}'

    @pytest.mark.parametrize(
        ("answer", "status", "error"),
        [
            (b'400 Bad\r\nContent-Length: 26\r\n\r\n{"__type":"a.b#Throttled"}', 400, "Throttled"),
            (b'400 Bad\r\nContent-Length: 22\r\n\r\n{"__type":"Throttled"}', 400, "Throttled"),
            (b"500 Oops\r\nContent-Length: 6\r\n\r\n<html>", 500, "HTTP 500"),
            (b"503 Slow Down\r\nContent-Length: 0\r\n\r\n", 503, "HTTP 503"),
            (b'400 Bad\r\nContent-Length: 12\r\n\r\n{"__type":5}', 400, "HTTP 400"),
            (b'400 Bad\r\nContent-Length: 14\r\n\r\n{"__type":"#"}', 400, "HTTP 400"),
            (b"302 Found\r\nContent-Length: 2\r\n\r\n[]", 302, "HTTP 302"),
        ],
    )
    def test_of_trouble_name_it(self, script: Callable[..., Script], answer: bytes, status: int, error: str) -> None:
        (got,) = called(script([b"HTTP/1.1 " + answer]).service())

        assert got is not None
        assert (got.status, got.error) == (status, error)

    def test_of_success_name_no_error(self) -> None:
        assert ANSWER.error == ""

    @pytest.mark.parametrize(
        "answer",
        [
            b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{"a\r\n5;x=y\r\n": 1}\r\n0\r\nX: y\r\n\r\n',
            b'HTTP/1.1 200 OK\r\ncontent-length:8\r\nX: y: z\r\n\r\n{"a": 1}',
        ],
    )
    def test_are_read_in_every_form(self, script: Callable[..., Script], answer: bytes) -> None:
        server = script([answer, OK])
        service = server.service()

        assert called(service) == [ANSWER]
        assert called(service) == [ANSWER]  # over the same connection: nothing was left in it

    def test_may_say_nothing(self, script: Callable[..., Script]) -> None:
        assert called(script([b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"]).service()) == [Answer(200, {})]

    @pytest.mark.parametrize(
        "answer",
        [
            b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>",
            b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]",
            b"HTTP/1.1 200 OK\r\n\r\n{}",
            b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n{}",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nmany\r\n",
            b"SSH-2.0-OpenSSH\r\n\r\n",
            b"\r\n\r\n",
        ],
    )
    def test_that_are_none_do_not_count(self, script: Callable[..., Script], answer: bytes) -> None:
        assert called(script([answer]).service()) == [None]

    @pytest.mark.parametrize("cut", [1, 20, len(OK) - 1])
    def test_cut_short_do_not_count(self, script: Callable[..., Script], cut: int) -> None:
        assert called(script([OK[:cut]]).service()) == [None]


class TestConnections:
    def test_are_used_again(self, script: Callable[..., Script]) -> None:
        server = script([OK, OK, OK])
        service = server.service()

        assert [called(service) for _ in range(3)] == [[ANSWER]] * 3

    def test_closed_while_idle_are_replaced(self, script: Callable[..., Script]) -> None:
        server = script([OK], [OK])
        service = server.service()
        assert called(service) == [ANSWER]
        server.left.wait(20)

        assert called(service) == [ANSWER]

    def test_reset_after_the_call_are_replaced_and_the_answer_says_so(self, script: Callable[..., Script]) -> None:
        service = script([OK, Script.reset], [OK, OK]).service()
        assert called(service) == [ANSWER]

        assert called(service) == [RESENT]
        assert called(service) == [ANSWER]

    @pytest.mark.parametrize("dead", [Script.reset, Script.silence, None])
    @pytest.mark.parametrize("moving", [0, 1])
    def test_idle_for_long_are_not_used_again(
        self, script: Callable[..., Script], dead: bytes | None, moving: int
    ) -> None:
        """One clock is enough: a frozen worker's monotonic clock may stand still, and a wall clock may be set back."""
        seconds = [100.0, 100.0]
        server = script([OK, OK, dead], [OK])
        service = server.service(clocks=[lambda: seconds[0], lambda: seconds[1]])
        assert called(service) == [ANSWER]
        seconds[moving] += LONGEST_IDLE_SECONDS
        seconds[1 - moving] -= 1
        assert called(service) == [ANSWER]  # over the same connection

        seconds[moving] += LONGEST_IDLE_SECONDS + 0.001

        assert called(service) == [ANSWER]
        assert len(server.requests) == 3

    def test_closed_in_the_middle_are_replaced_once(self, script: Callable[..., Script]) -> None:
        server = script([OK, None], [None], [OK])
        service = server.service()
        assert called(service) == [ANSWER]

        assert called(service) == [None]
        assert called(service) == [ANSWER]

    def test_that_the_server_wants_closed_are(self, script: Callable[..., Script]) -> None:
        closing = OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
        service = script([closing], [OK]).service()

        assert [called(service), called(service)] == [[ANSWER], [ANSWER]]

    def test_refused_are_no_answer(self, script: Callable[..., Script]) -> None:
        server = script()
        server.close()

        assert called(server.service(), b"{}", b"{}") == [None, None]

    def test_broken_for_one_call_leave_the_others_alone(self, script: Callable[..., Script]) -> None:
        got = called(script([OK], [None], [OK]).service(), b"1", b"2", b"3")

        assert sorted(got, key=str) == sorted([ANSWER, None, ANSWER], key=str)

    def test_too_slow_are_no_answer(self, script: Callable[..., Script], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(json_api, "_WAITS", Waits(answer=0.01))
        server = script([OK, Script.silence], [OK])
        service = server.service()
        assert called(service) == [ANSWER]

        assert called(service) == [None]
        assert called(service) == [ANSWER]
        assert len(server.requests) == 3  # the slow call was not made again

    def test_past_the_deadline_are_no_answer(self, script: Callable[..., Script]) -> None:
        assert called(script([Script.silence]).service(), until=time.monotonic() - 1) == [None]

    def test_left_unread_are_closed(self, script: Callable[..., Script]) -> None:
        server = script([OK, OK], [Script.silence], [OK])
        service = server.service()
        answers = service.calls("Do", [b"1", b"2"], until=soon())

        assert next(answers) == ANSWER
        answers.close()  # type: ignore[attr-defined]

        assert called(service, b"3", b"4") == [ANSWER, ANSWER]

    def test_send_without_waiting_for_more(self, script: Callable[..., Script]) -> None:
        service = script([OK]).service()
        called(service)

        (connection,) = service._connections._idle
        assert connection._socket._socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)

    def test_wait_for_the_server_as_long_as_there_is_time(self, script: Callable[..., Script]) -> None:
        service = script([OK, Script.silence]).service()
        called(service)

        started = time.monotonic()
        assert called(service, until=started + 0.05) == [None]
        assert time.monotonic() - started < 5


class TestTls:
    @pytest.fixture
    def pair(self, tmp_path: Path) -> tuple[Path, Path]:
        return certificate.make(tmp_path)

    def test_is_spoken_where_the_endpoint_does(self, script: Callable[..., Script], pair: tuple[Path, Path]) -> None:
        server = script([OK, OK], certificate=pair)
        service = server.service(trusted=str(pair[0]))

        assert [called(service), called(service)] == [[ANSWER], [ANSWER]]

    def test_connections_closed_while_idle_are_replaced(
        self, script: Callable[..., Script], pair: tuple[Path, Path]
    ) -> None:
        server = script([OK], [OK], certificate=pair)
        service = server.service(trusted=str(pair[0]))
        assert called(service) == [ANSWER]
        server.left.wait(20)

        assert called(service) == [ANSWER]

    def test_a_certificate_that_is_not_trusted_is_no_answer(
        self, script: Callable[..., Script], pair: tuple[Path, Path]
    ) -> None:
        server = script([OK], certificate=pair)

        assert called(server.service()) == [None]
        assert server.requests == []

    def test_a_server_without_tls_is_no_answer(self, script: Callable[..., Script]) -> None:
        server = script([OK])

        assert called(server.service(endpoint=server.url.replace("http", "https"))) == [None]

    def test_the_system_s_certificates_are_trusted(self) -> None:
        context = http_socket.trust(None)

        assert context.check_hostname
        assert context.verify_mode.name == "CERT_REQUIRED"


class TestCredentials:
    def test_are_asked_for_before_each_call(self, script: Callable[..., Script]) -> None:
        keys = iter(["FIRST", "SECOND"])
        server = script([OK, OK])
        service = server.service(credentials=lambda: Credentials(key_id=next(keys), secret="s"))

        called(service)
        called(service)

        assert [key in request for key, request in zip([b"FIRST", b"SECOND"], server.requests, strict=True)] == [
            True
        ] * 2

    def test_that_cannot_be_had_are_raised_and_leave_no_call_half_read(self, script: Callable[..., Script]) -> None:
        keys = iter([CREDENTIALS])

        def credentials() -> Credentials:
            try:
                return next(keys)
            except StopIteration:
                raise LookupError("no credentials") from None

        service = script([OK]).service(credentials=credentials)

        with pytest.raises(LookupError):
            called(service, b"1", b"2")
        assert service._connections._idle == []
