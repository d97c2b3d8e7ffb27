"""Calls without the SDK: signed as the SDK signs, over connections that break, to servers that misbehave."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from ses_stack.aws import json_api as aws_json
from ses_stack.aws.json_api import Account, Answer, Service, endpoint_of, signed_headers
from ses_stack.errors import ConfigurationError

ACCOUNT = Account(region="eu-west-1", key_id="AKIDEXAMPLE", secret="secret/key+1", token="session/token==")
NOW = datetime(2026, 11, 24, 6, 10, 7, tzinfo=UTC)
OK = b'HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n{"a": 1}'
ANSWER = Answer(200, {"a": 1})


def soon() -> float:
    """Long enough for any answer on loopback, and the end of a test that hangs."""
    return time.monotonic() + 20


class Script:
    """A server that does as told: each connection takes the next list of turns, each turn answers one request.

    A turn is what to send back; None closes the connection, and `silence` says nothing until the client leaves.
    """

    silence = b""

    def __init__(self, *connections: list[bytes | None]) -> None:
        self.requests: list[bytes] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._connections = list(connections)
        self.port = self._listener.getsockname()[1]
        self.left = threading.Event()
        self._services: list[Service] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def service(self) -> Service:
        url = f"http://127.0.0.1:{self.port}"
        self._services.append(Service(name="dynamodb", target="T_1", endpoint=url, account=ACCOUNT, now=lambda: NOW))
        return self._services[-1]

    def close(self) -> None:
        for service in self._services:
            service.close()
        self._listener.close()

    def _serve(self) -> None:
        for turns in self._connections:
            connection, _ = self._listener.accept()
            threading.Thread(target=self._talk, args=(connection, turns), daemon=True).start()

    def _talk(self, connection: socket.socket, turns: list[bytes | None]) -> None:
        with connection, connection.makefile("rb") as stream:
            for turn in turns:
                request = self._request(stream)
                if not request or turn is None:
                    break
                self.requests.append(request)
                connection.sendall(turn)
                if turn == self.silence:
                    stream.read()
            self.left.set()

    @staticmethod
    def _request(stream: Any) -> bytes:
        head = b""
        while (line := stream.readline()) not in (b"\r\n", b""):
            head += line
        length = next((int(line.split()[1]) for line in head.splitlines() if line.startswith(b"content-length")), 0)
        return head + b"\r\n" + stream.read(length) if head else b""


@pytest.fixture
def script() -> Iterator[Callable[..., Script]]:
    scripts: list[Script] = []

    def make(*connections: list[bytes | None]) -> Script:
        scripts.append(Script(*connections))
        return scripts[-1]

    yield make
    for each in scripts:
        each.close()


def called(service: Service, *bodies: bytes, until: float | None = None) -> list[Answer | None]:
    return list(service.calls("Do", bodies or (b"{}",), until=until or soon()))


class TestSigning:
    @given(st.binary(max_size=300), st.sampled_from(["", "session/token=="]), st.integers(0, 2**32))
    def test_is_the_sdk_s(self, body: bytes, token: str, second: int) -> None:
        now = datetime.fromtimestamp(second, UTC)
        account = Account(region="eu-west-1", key_id="AKIDEXAMPLE", secret="secret/key+1", token=token)
        headers = {"content-type": "application/x-amz-json-1.0", "host": "localhost:80", "x-amz-target": "T_1.Do"}
        request = AWSRequest("POST", "http://localhost:80/", headers=headers, data=body)
        request.context["timestamp"] = now.strftime("%Y%m%dT%H%M%SZ")
        auth = SigV4Auth(Credentials(account.key_id, account.secret, token or None), "dynamodb", "eu-west-1")
        if token:
            request.headers["X-Amz-Security-Token"] = token
        request.headers["X-Amz-Date"] = request.context["timestamp"]
        expected = auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request)

        signed = signed_headers(account, "dynamodb", now, headers, body)

        assert signed["authorization"].rpartition("Signature=")[2] == expected
        assert signed["authorization"].startswith(f"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/{now:%Y%m%d}/eu-west-1/")
        assert signed.get("x-amz-security-token", "") == token

    def test_secrets_are_not_shown(self) -> None:
        assert "secret" not in repr(ACCOUNT)
        assert "token" not in repr(ACCOUNT)


class TestEnvironment:
    environment = {"AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}  # noqa: RUF012

    def test_is_lambda_s(self) -> None:
        account = Account.read({**self.environment, "AWS_SESSION_TOKEN": "c"})

        assert account == Account(region="eu-west-1", key_id="a", secret="b", token="c")
        assert Account.read(self.environment).token == ""

    @pytest.mark.parametrize("name", list(environment))
    def test_lacks_something(self, name: str) -> None:
        with pytest.raises(ConfigurationError, match=name):
            Account.read({**self.environment, name: ""})

    @pytest.mark.parametrize(
        ("more", "endpoint"),
        [
            ({}, "https://dynamodb.eu-west-1.amazonaws.com"),
            ({"AWS_REGION": "cn-north-1"}, "https://dynamodb.cn-north-1.amazonaws.com.cn"),
            ({"AWS_ENDPOINT_URL": "http://x:1"}, "http://x:1"),
            ({"AWS_ENDPOINT_URL": "http://x:1", "AWS_ENDPOINT_URL_DYNAMODB": "http://y:2"}, "http://y:2"),
        ],
    )
    def test_says_where(self, more: dict[str, str], endpoint: str) -> None:
        assert endpoint_of("dynamodb", {**self.environment, **more}) == endpoint


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

    def test_whose_certificate_is_wrong_are_no_answer(self, script: Callable[..., Script]) -> None:
        server = script([OK])
        url = f"https://127.0.0.1:{server.port}"

        assert called(Service(name="dynamodb", target="T_1", endpoint=url, account=ACCOUNT)) == [None]


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
        monkeypatch.setattr(aws_json, "_ANSWER_SECONDS", 0.01)
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

    def test_speak_tls_where_the_endpoint_does(
        self, monkeypatch: pytest.MonkeyPatch, script: Callable[..., Script]
    ) -> None:
        server = script([OK])
        wrapped: list[tuple[str | None, str]] = []

        def trust(certificates: str | None) -> SimpleNamespace:
            def wrap_socket(connection: socket.socket, *, server_hostname: str) -> socket.socket:
                wrapped.append((certificates, server_hostname))
                return connection

            return SimpleNamespace(wrap_socket=wrap_socket)

        monkeypatch.setattr(aws_json, "_trust", trust)
        url = f"https://127.0.0.1:{server.port}"
        service = Service(name="dynamodb", target="T_1", endpoint=url, account=ACCOUNT, trusted="ours.pem")

        assert called(service) == [ANSWER]
        service.close()
        assert wrapped == [("ours.pem", "127.0.0.1")]


def test_the_system_s_certificates_are_trusted() -> None:
    context = aws_json._trust(None)

    assert context.check_hostname
    assert json.dumps(context.verify_mode.name) == '"CERT_REQUIRED"'
