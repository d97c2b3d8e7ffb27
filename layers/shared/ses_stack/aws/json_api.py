"""Calls to an AWS service that takes JSON over HTTP, signed and sent without the SDK.

For the functions whose latency matters. boto3 would take most of their cold start, and as much of the normalizer's
processor time per call as parsing a batch (docs/decisions.md has the figures). Several calls are under way at a time.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.LowLevelAPI.html
"""

from __future__ import annotations

import json
import ssl
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any, Protocol
from urllib.parse import SplitResult, urlsplit

from ses_stack.aws.idle import CLOCKS, LastUse
from ses_stack.aws.signing import Credentials, signed_headers

PARALLEL_CALLS = 8
_CONNECT_SECONDS = 1.0
_ANSWER_SECONDS = 5.0
_SHORTEST_TIMEOUT_SECONDS = 0.001
_CONTENT_TYPE = "application/x-amz-json-1.0"


@dataclass(frozen=True, slots=True)
class Answer:
    """A service's answer: its HTTP status and its JSON document. `error` is the code of an error, or empty.

    `resent`: the call was made more than once, and the service may have carried it out before the one that it answers.
    So a condition that failed may have been met by the caller's own write.
    """

    status: int
    document: dict[str, Any]
    resent: bool = False

    @property
    def error(self) -> str:
        if self.status < 300:
            return ""
        kind = self.document.get("__type")
        return kind.rpartition("#")[2] if isinstance(kind, str) else f"HTTP {self.status}"


class Calls(Protocol):
    """A service that is called with JSON. `Service` is the real one."""

    def calls(self, operation: str, bodies: Iterable[bytes], *, until: float) -> Iterator[Answer | None]:
        """The answers, in the order of the bodies; None stands for a call without an answer."""


class Service:
    """One AWS service, called over connections that stay open between invocations. A thread needs its own."""

    def __init__(
        self,
        *,
        name: str,
        target: str,
        endpoint: str,
        region: str,
        credentials: Callable[[], Credentials],
        trusted: str | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        clocks: Sequence[Callable[[], float]] = CLOCKS,
    ) -> None:
        """`target` is the service's API and version, as in `DynamoDB_20120810`.

        `credentials` gives the current ones: it is called before each call. `trusted` names a file of CA certificates;
        without it, the system's are trusted. `clocks` measure how long a connection lies idle.
        """
        self._name = name
        self._target = target
        self._url = urlsplit(endpoint)
        self._region = region
        self._credentials = credentials
        self._trusted = trusted
        self._now = now
        self._clocks = clocks
        self._idle: list[_Connection] = []

    def calls(self, operation: str, bodies: Iterable[bytes], *, until: float) -> Iterator[Answer | None]:
        """Calls once with each body, several at a time; gives the answers in the order of the bodies.

        None stands for a call without an answer by `until` (a `time.monotonic()`), after five seconds, or over a
        broken connection: whether the service carried it out is not known.
        """
        under_way: deque[_Connection] = deque()
        try:
            for body in bodies:
                if len(under_way) == PARALLEL_CALLS:
                    yield self._finished(under_way.popleft(), until)
                request = self._request(operation, body)
                under_way.append(self._idle.pop() if self._idle else self._new_connection())
                under_way[-1].send(request, until)
            while under_way:
                yield self._finished(under_way.popleft(), until)
        finally:
            for connection in under_way:
                connection.close()

    def close(self) -> None:
        """Closes the idle connections. A function need not call this: its sandbox closes them."""
        while self._idle:
            self._idle.pop().close()

    def _new_connection(self) -> _Connection:
        return _Connection(self._url, self._trusted, LastUse(self._clocks))

    def _finished(self, connection: _Connection, until: float) -> Answer | None:
        answer = connection.receive(until)
        self._idle.append(connection)
        return answer

    def _request(self, operation: str, body: bytes) -> _Request:
        headers = signed_headers(
            self._credentials(),
            service=self._name,
            region=self._region,
            now=self._now(),
            headers={
                "content-type": _CONTENT_TYPE,
                "host": self._url.netloc,
                "x-amz-target": f"{self._target}.{operation}",
            },
            body=body,
        )
        return _Request(headers | {"content-length": str(len(body))}, body)


@dataclass(frozen=True, slots=True)
class _Request:
    headers: Mapping[str, str]
    body: bytes


class _Connection:
    """One connection, with one call under way at a time. It never raises: a call that fails has no answer."""

    def __init__(self, url: SplitResult, trusted: str | None, last_use: LastUse) -> None:
        self._http = _http_connection(url, trusted)
        self._last_use = last_use
        self._request = _Request({}, b"")
        self._reused = False

    def send(self, request: _Request, until: float) -> None:
        """Sends a request, whose answer `receive` gives."""
        self._request = request
        if self._last_use.is_too_old:
            self.close()
        self._reused = self._http.sock is not None
        self._send(until)

    def receive(self, until: float) -> Answer | None:
        """The answer to the last request, or None. The connection then is idle, or closed."""
        answer = self._receive(until)
        if answer is None and self._reused and time.monotonic() < until:
            # The service closed the connection while it was idle: that does not concern this call.
            self._reused = False
            self._send(until)
            answer = self._receive(until)
            answer = answer and replace(answer, resent=True)
        self._last_use.note()
        return answer

    def close(self) -> None:
        """Closes the connection. The next request opens it again."""
        self._http.close()

    def _send(self, until: float) -> None:
        try:
            if self._http.sock is None:
                self._http.timeout = _timeout(until, _CONNECT_SECONDS)
                self._http.connect()
            self._http.sock.settimeout(_timeout(until, _ANSWER_SECONDS))
            self._http.request("POST", "/", self._request.body, self._request.headers)
        except (OSError, HTTPException):
            self.close()

    def _receive(self, until: float) -> Answer | None:
        if self._http.sock is None:
            return None
        try:
            self._http.sock.settimeout(_timeout(until, _ANSWER_SECONDS))
            return _read_answer(self._http)
        except TimeoutError:
            self._reused = False
            self.close()
        except (OSError, HTTPException, ValueError):  # the connection broke, or the answer is not HTTP or not JSON
            self.close()
        return None


def _http_connection(url: SplitResult, trusted: str | None) -> HTTPConnection:
    assert url.hostname is not None
    if url.scheme == "https":
        return HTTPSConnection(url.hostname, url.port, context=_trust(trusted))
    return HTTPConnection(url.hostname, url.port)


@cache
def _trust(certificates: str | None) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=certificates)


def _read_answer(connection: HTTPConnection) -> Answer:
    """Reads an answer to its end, so that the connection can take the next request."""
    response = connection.getresponse()
    if response.length is None and not response.chunked:
        raise HTTPException("the answer has no length: whether it is complete is not known")
    return Answer(response.status, _document(response.status, response.read()))


def _timeout(until: float, longest: float) -> float:
    """A socket's timeout in seconds; never 0, which would make the socket non-blocking."""
    return max(_SHORTEST_TIMEOUT_SECONDS, min(longest, until - time.monotonic()))


def _document(status: int, body: bytes) -> dict[str, Any]:
    """The JSON object of an answer. An error may come without one; a success may not."""
    try:
        document = json.loads(body or "{}")
    except ValueError:
        document = None
    if isinstance(document, dict):
        return document
    if status < 300:
        raise ValueError("the answer is not a JSON object")
    return {}
