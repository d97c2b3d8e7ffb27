"""Connections to servers that stop reading, answer early, or leave: what is known of the call."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from ses_stack.aws.connections import ConnectionPool, Unanswered, Waits
from ses_stack.aws.http_socket import HttpAnswer, HttpRequest

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
# More than the socket's buffers of both sides hold.
LARGE = bytes(32_000_000)


@contextmanager
def server(serve: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server whose first connection `serve` takes; the connection is closed afterwards."""
    listener = socket.create_server(("127.0.0.1", 0))

    def run() -> None:
        connection, _ = listener.accept()
        with connection:
            serve(connection)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    thread.join(20)
    listener.close()


def called(url: str, body: bytes, **waits: float) -> HttpAnswer | Unanswered:
    connection = ConnectionPool(url, trusted=None, waits=Waits(**{"connect": 5, "answer": 10} | waits)).take()
    until = time.monotonic() + 20
    connection.send(HttpRequest("POST", "/", {"content-length": str(len(body))}, body), until)
    answer = connection.receive(until)
    connection.close()
    return answer


def test_a_request_that_did_not_leave_as_a_whole_cannot_have_been_carried_out() -> None:
    with server(lambda connection: connection.recv(1000) and None) as url:
        answer = called(url, LARGE)

    assert isinstance(answer, Unanswered)
    assert not answer.sent
    assert answer.cause in {"BrokenPipeError", "ConnectionResetError"}


def test_a_service_that_stops_reading_cannot_have_carried_out_the_request() -> None:
    done = threading.Event()
    with server(lambda _: done.wait(20) and None) as url:
        answer = called(url, LARGE, answer=0.05)
        done.set()

    assert answer == Unanswered(cause="TimeoutError", sent=False)


def test_an_answer_before_the_end_of_the_request_counts() -> None:
    """A service refuses a request by its head, and closes the connection without reading the rest."""

    def refuse(connection: socket.socket) -> None:
        connection.recv(1000)
        connection.sendall(b"HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno")

    with server(refuse) as url:
        answer = called(url, LARGE)

    assert isinstance(answer, HttpAnswer)
    assert (answer.status, answer.body) == (403, b"no")


@pytest.mark.parametrize("start", [b"", OK[:5], OK[:-1]])
def test_a_request_that_left_may_have_been_carried_out(start: bytes) -> None:
    def leave(connection: socket.socket) -> None:
        received = b""
        while not received.endswith(b"{}"):
            received += connection.recv(1000)
        connection.sendall(start)

    with server(leave) as url:
        answer = called(url, b"{}")

    assert isinstance(answer, Unanswered)
    assert answer.sent
    assert not answer.stale


def test_a_host_that_does_not_exist_is_not_reached() -> None:
    answer = called("http://no-such-host.invalid", b"{}")

    assert answer == Unanswered(cause="gaierror", sent=False)


def test_the_connection_that_was_used_last_is_used_first() -> None:
    pool = ConnectionPool("http://127.0.0.1:9", trusted=None, waits=Waits())
    first, second = pool.take(), pool.take()
    pool.put_back(first)
    pool.put_back(second)

    assert pool.take() is second
    assert pool.take() is first
    assert pool.take() not in {first, second}
