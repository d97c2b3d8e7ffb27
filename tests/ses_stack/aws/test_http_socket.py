"""HTTP/1.1 over one socket, read and written as RFC 9112 asks, whatever the server sends and however it is cut."""

from __future__ import annotations

import contextlib
import itertools
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ses_stack.aws import http_socket
from ses_stack.aws.http_socket import HttpAnswer, HttpRequest, HttpSocket
from ses_stack_cli.local import certificate
from tests.support.scripted_server import ScriptedServer

GET = HttpRequest("GET", "/a?b=c", {"host": "x.example", "content-length": "0"}, b"")


class Server:
    """Takes one connection, reads all that the client writes, and sends the given parts."""

    def __init__(self, *parts: bytes, stays: bool = False) -> None:
        self.received = b""
        self.ended = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._parts, self._stays = parts, stays
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        self.client = HttpSocket(urlsplit(f"http://127.0.0.1:{self._listener.getsockname()[1]}"), trusted=None)
        self.client.open(20)

    def _serve(self) -> None:
        connection, _ = self._listener.accept()
        with connection, contextlib.suppress(OSError):  # the client may leave before the end
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for part in self._parts:
                connection.sendall(part)
            if not self._stays:
                connection.shutdown(socket.SHUT_WR)
                self.ended.set()
            while data := connection.recv(65_536):
                self.received += data

    def close(self) -> None:
        """Closes both ends. `received` then is all that the client wrote."""
        self.client.close()
        self._thread.join(20)
        self._listener.close()


@pytest.fixture
def server() -> Iterator[Callable[..., Server]]:
    made: list[Server] = []

    def make(*parts: bytes, **more: bool) -> Server:
        made.append(Server(*parts, **more))
        return made[-1]

    yield make
    for each in made:
        each.close()


def answer_to(*parts: bytes) -> HttpAnswer:
    made = Server(*parts)
    try:
        return made.client.read(20)
    finally:
        made.close()


class TestRequests:
    def test_are_a_line_headers_and_a_body(self, server: Callable[..., Server]) -> None:
        made = server()
        made.client.write(HttpRequest("PUT", "/a?b=c", {"host": "x.example", "X-a": "é"}, b"\x00\r\n"), 20)
        made.close()

        assert made.received == (
            b"PUT /a?b=c HTTP/1.1\r\nhost: x.example\r\nX-a: \xe9\r\naccept-encoding: identity\r\n\r\n\x00\r\n"
        )

    @pytest.mark.parametrize("length", [0, 2, 65_536, 65_537, 5_000_000])
    def test_arrive_whole_at_any_length(self, server: Callable[..., Server], length: int) -> None:
        made = server()
        body = bytes(length)

        made.client.write(HttpRequest("POST", "/", {"content-length": str(length)}, body), 20)

        made.close()
        assert made.received.partition(b"\r\n\r\n")[2] == body

    @pytest.mark.parametrize(("length", "writes"), [(0, 1), (65_536, 1), (65_537, 2)])
    def test_that_are_short_are_written_at_once(
        self, server: Callable[..., Server], monkeypatch: pytest.MonkeyPatch, length: int, writes: int
    ) -> None:
        """A head that is sent alone is a packet more."""
        made = server()
        written: list[bytes] = []
        monkeypatch.setattr(socket.socket, "sendall", lambda _, data: written.append(data))

        made.client.write(HttpRequest("POST", "/", {}, bytes(length)), 20)

        assert len(written) == writes
        assert b"".join(written).endswith(b"\r\n\r\n" + bytes(length))

    @pytest.mark.parametrize(
        "request_",
        [
            HttpRequest("GET", "/", {"x-amz-security-token": "a\r\nhost: evil"}, b""),
            HttpRequest("GET", "/", {"x": "a\nb"}, b""),
            HttpRequest("GET", "/", {"x": "a\rb"}, b""),
            HttpRequest("GET", "/ HTTP/1.1\r\nx: y", {}, b""),
            HttpRequest("GET", "/", {"x": "\u20ac"}, b""),
        ],
    )
    def test_that_would_be_others_are_not_written(self, server: Callable[..., Server], request_: HttpRequest) -> None:
        made = server()

        with pytest.raises(ValueError, match=r"line break|latin-1"):
            made.client.write(request_, 20)

        made.close()
        assert made.received == b""


class TestAnswers:
    def test_have_a_status_headers_and_a_body(self) -> None:
        got = answer_to(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\nX-Amzn-ErrorType:  A:b \r\nx-a:\r\n\r\n{}")

        assert got == HttpAnswer(400, {"content-length": "2", "x-amzn-errortype": "A:b", "x-a": ""}, b"{}")

    def test_keep_the_first_of_two_headers_of_a_name(self) -> None:
        assert answer_to(b"HTTP/1.1 200 OK\r\nA: 1\r\na: 2\r\nContent-Length: 0\r\n\r\n").headers["a"] == "1"

    @pytest.mark.parametrize("status", [b"204 No Content", b"304 Not Modified"])
    def test_of_some_statuses_have_no_body(self, status: bytes) -> None:
        assert answer_to(b"HTTP/1.1 %b\r\n\r\n" % status).body == b""

    @pytest.mark.parametrize("line", [b"HTTP/1.1 200 ", b"HTTP/1.1 200", b"HTTP/1.0 200 Yes indeed"])
    def test_may_give_any_reason_or_none(self, line: bytes) -> None:
        assert answer_to(line + b"\r\nContent-Length: 1\r\n\r\n1") == HttpAnswer(200, {"content-length": "1"}, b"1")

    def test_that_only_say_continue_are_skipped(self) -> None:
        hints = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"

        assert answer_to(hints + b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1").body == b"1"

    @given(body=st.binary(max_size=300), cuts=st.lists(st.integers(1, 60), max_size=40), is_chunked=st.booleans())
    def test_are_the_same_however_they_are_cut(self, body: bytes, cuts: list[int], is_chunked: bool) -> None:
        lengths = iter(cuts)
        chunks = []
        rest = body
        while rest:
            length = next(lengths, len(rest))
            chunks.append(rest[:length])
            rest = rest[length:]
        if is_chunked:
            encoded = b"".join(b"%X;n=v\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\nX: y\r\n\r\n"
            text = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + encoded
        else:
            text = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
        parts, place = [], 0
        for cut in cuts:
            parts.append(text[place : place + cut])
            place += cut

        assert answer_to(*parts, text[place:]).body == body

    @pytest.mark.parametrize(
        "text",
        [
            b"\r\n\r\n",
            b"SSH-2.0-OpenSSH\r\n\r\n",
            b"HTTP/2 200\r\n\r\n",
            b"HTTP/1.1 99 X\r\n\r\n",
            b"HTTP/1.1 2000 X\r\n\r\n",
            b"HTTP/1.1 200 OK\r\n\r\n{}",
            b"HTTP/1.1 200 OK\r\nno header\r\nContent-Length: 2\r\n\r\n{}",
            b"HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\n{}",
            b"HTTP/1.1 200 OK\r\nContent-Length: 1_0\r\n\r\n{}",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nmany\r\n",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{}\r\n0\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nX: " + b"x" * 140_000,
        ],
    )
    def test_that_are_none_are_refused(self, text: bytes) -> None:
        with pytest.raises(ValueError, match="answer"):
            answer_to(text)

    @pytest.mark.parametrize("length", range(1, 60, 7))
    def test_that_end_too_soon_are_none(self, length: int) -> None:
        text = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
        assert length < len(text)
        with pytest.raises(ConnectionAbortedError):
            answer_to(text[:length])

    def test_that_do_not_come_in_time_are_none(self, server: Callable[..., Server]) -> None:
        made = server(b"HTTP/1.1 200 OK\r\n", stays=True)

        with pytest.raises(TimeoutError):
            made.client.read(0.01)

    def test_that_trickle_are_none_when_their_time_is_over(
        self, server: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Each byte comes in time, and takes two fifths of it."""
        made = server(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", stays=True)
        seconds = itertools.count(step=40.0)
        monkeypatch.setattr(http_socket, "time", SimpleNamespace(monotonic=lambda: next(seconds)))
        monkeypatch.setattr(http_socket, "_RECEIVED_BYTES", 1)

        with pytest.raises(TimeoutError, match="did not come to its end in time"):
            made.client.read(100.0)


class TestConnections:
    @pytest.mark.parametrize(
        ("text", "stays_open"),
        [
            (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", True),
            (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: Close\r\n\r\n{}", False),
            (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}", False),
            (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n{}", False),  # what is left answers no call
        ],
    )
    def test_stay_open_unless_the_answer_forbids_it(
        self, server: Callable[..., Server], text: bytes, stays_open: bool
    ) -> None:
        made = server(text, stays=True)

        made.client.read(20)

        assert made.client.is_open == stays_open
        assert not made.client.is_readable

    def test_that_the_server_closes_become_readable(self, server: Callable[..., Server]) -> None:
        made = server()
        made.ended.wait(20)

        assert made.client.is_readable

    def test_over_tls_are_opened_to_trusted_servers_only(self, tmp_path: Path) -> None:
        pair = certificate.make(tmp_path)
        scripted = ScriptedServer([], [b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"], certificate=pair)
        stranger, client = (HttpSocket(urlsplit(scripted.url), trusted=trusted) for trusted in (None, str(pair[0])))

        with pytest.raises(ssl.SSLCertVerificationError):
            stranger.open(20)
        client.open(20)
        client.write(GET, 20)

        assert client.read(20).body == b"{}"
        assert not stranger.is_open
        client.close()
        scripted.close()

    def test_over_tls_with_bytes_that_answer_no_call_are_readable(self, tmp_path: Path) -> None:
        """The end of a long body and the bytes after it share a TLS record: the system's socket is empty then."""
        pair = certificate.make(tmp_path)
        body, stray = b"x" * 20_000, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
        text = b"HTTP/1.1 200 OK\r\nContent-Length: 20000\r\n\r\n" + body + stray
        scripted = ScriptedServer([text, ScriptedServer.silence], certificate=pair)
        client = HttpSocket(urlsplit(scripted.url), trusted=str(pair[0]))
        client.open(20)
        client.write(GET, 20)

        assert client.read(20).body == body
        assert client.is_readable or not client.is_open

        client.close()
        scripted.close()

    def test_trust_the_system_s_certificates(self) -> None:
        context = http_socket.trust(None)

        assert context.check_hostname
        assert context.verify_mode.name == "CERT_REQUIRED"
