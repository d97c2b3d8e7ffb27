"""A DynamoDB over HTTP that fails on request: it knows BatchWriteItem, and keeps the rows."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from ses_stack.history.adapters.rows import PrimaryKey, key_of

type Keys = list[PrimaryKey]
# The failure of a call that would write these rows; None stands for success.
type Fault = Callable[[Keys], "Wrong | None"]


class Wrong:
    """The answer to a call that fails."""

    def __init__(
        self, status: int = 400, code: str = "", *, unprocessed: Sequence[PrimaryKey] = (), hang_up: bool = False
    ) -> None:
        self.status = status
        self.code = code
        self.unprocessed = unprocessed
        self.hang_up = hang_up  # after the rows were written


class Server(ThreadingHTTPServer):
    """`rows` is the table; `calls` lists the keys in each call, in order of arrival."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.rows: dict[PrimaryKey, dict[str, Any]] = {}
        self.calls: list[Keys] = []
        self.fault: Fault = lambda _: None
        self.released = threading.Event()
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that left is part of the test."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]

    def take(self, table: str, items: list[dict[str, Any]]) -> Wrong | tuple[int, dict[str, Any]]:
        with self.lock:
            by_key = {key_of(item): item for item in items}
            self.calls.append(list(by_key))
            wrong = self.fault(list(by_key))
            if wrong is None or wrong.hang_up or wrong.unprocessed:
                left = wrong.unprocessed if wrong else ()
                self.rows |= {key: item for key, item in by_key.items() if key not in left}
                puts = [{"PutRequest": {"Item": by_key[key]}} for key in left]
                if not (wrong and wrong.hang_up):
                    return 200, {"UnprocessedItems": {table: puts} if puts else {}}
            return wrong


def slow(server: Server) -> None:
    """Answers only when the test is over."""
    server.lock.release()
    server.released.wait(60)
    server.lock.acquire()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one packet
    server: Server

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        ((table, puts),) = request["RequestItems"].items()
        answer = self.server.take(table, [put["PutRequest"]["Item"] for put in puts])
        if isinstance(answer, Wrong):
            if answer.hang_up:
                self.close_connection = True
                return
            answer = (answer.status, {"__type": f"com.amazonaws.dynamodb.v20120810#{answer.code}"})
        body = json.dumps(answer[1]).encode()
        self.send_response(answer[0])
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Says nothing."""


@contextmanager
def running() -> Iterator[Server]:
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.released.set()
            server.shutdown()
