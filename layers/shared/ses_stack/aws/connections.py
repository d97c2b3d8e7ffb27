"""HTTP connections to one endpoint that stay open between calls, and what is known of a call without an answer.

A connection that lay idle too long, or that the service closed meanwhile, is opened again before it is used.
"""

from __future__ import annotations

import select
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPMessage, HTTPSConnection
from typing import Any
from urllib.parse import SplitResult, urlsplit

from ses_stack.aws.idle import CLOCKS, LastUse

_SHORTEST_TIMEOUT_SECONDS = 0.001
_SHORT_BODY_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request, with all its headers. `target` is the path and the query."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """An answer, read to its end."""

    status: int
    headers: HTTPMessage
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Unanswered:
    """A call without an answer, and the name of the exception that caused it.

    `sent`: the whole request left, so the service may have carried it out. `stale`: the connection was used before,
    and broke: the service may have closed it while it was idle.
    """

    cause: str
    sent: bool
    stale: bool = False


@dataclass(frozen=True, slots=True)
class Waits:
    """How long a call waits for a connection, and for an answer over it, in seconds."""

    connect: float = 1.0
    answer: float = 5.0


class ConnectionPool:
    """Idle connections to one endpoint; the one that was used last is used first. Safe for threads."""

    def __init__(
        self,
        endpoint: str,
        *,
        trusted: str | None,
        waits: Waits,
        clocks: Sequence[Callable[[], float]] = CLOCKS,
    ) -> None:
        """`trusted` names a file of CA certificates; without it, the system's are trusted.

        `clocks` measure how long a connection lies idle.
        """
        self._url = urlsplit(endpoint)
        self._trusted = trusted
        self._waits = waits
        self._clocks = clocks
        self._idle: list[Connection] = []

    def take(self) -> Connection:
        """An idle connection, or a new one. The caller puts it back, or closes it."""
        try:
            return self._idle.pop()
        except IndexError:
            return Connection(self._url, trusted=self._trusted, waits=self._waits, last_use=LastUse(self._clocks))

    def put_back(self, connection: Connection) -> None:
        """A connection without a call under way. It may be closed."""
        self._idle.append(connection)

    def close(self) -> None:
        """Closes the idle connections. A function need not call this: its sandbox closes them."""
        while self._idle:
            self._idle.pop().close()


class Connection:
    """One connection, with one call under way at a time. A call that fails is `Unanswered`: nothing is raised."""

    def __init__(self, url: SplitResult, *, trusted: str | None, waits: Waits, last_use: LastUse) -> None:
        self._http = _http_connection(url, trusted)
        self._waits = waits
        self._last_use = last_use
        self._is_reused = False
        self._failed: Unanswered | None = None

    def send(self, request: HttpRequest, until: float) -> None:
        """Sends a request, whose answer `receive` gives. `until` is a `time.monotonic()`."""
        self._failed = None
        if self._last_use.is_too_old or self._is_broken:
            self.close()
        self._is_reused = self._http.sock is not None
        try:
            self._connect(until)
            self._http.sock.settimeout(_timeout(until, self._waits.answer))
            self._http.write(request)
        except (BrokenPipeError, ConnectionResetError) as error:
            # The service may have answered before it read the whole request.
            self._failed = self._unanswered(error, sent=False)
        except (OSError, HTTPException, ValueError) as error:
            self._failed = self._unanswered(error, sent=False)
            self.close()

    def receive(self, until: float) -> HttpAnswer | Unanswered:
        """The answer to the last request. The connection then is idle, or closed."""
        answer = self._receive(until)
        if self._failed or isinstance(answer, Unanswered):
            self.close()
        self._last_use.note()
        return answer

    def close(self) -> None:
        """Closes the connection. The next request opens it again."""
        self._http.close()

    @property
    def _is_broken(self) -> bool:
        """Whether the service closed the idle connection, or sent something that answers no call."""
        if self._http.sock is None:
            return False
        poll = select.poll()
        poll.register(self._http.sock, select.POLLIN)
        return bool(poll.poll(0))

    def _connect(self, until: float) -> None:
        if self._http.sock is None:
            self._http.timeout = _timeout(until, self._waits.connect)
            self._http.connect()

    def _receive(self, until: float) -> HttpAnswer | Unanswered:
        if self._http.sock is None:
            assert self._failed is not None
            return self._failed
        try:
            self._http.sock.settimeout(_timeout(until, self._waits.answer))
            return _read_answer(self._http)
        except (OSError, HTTPException, ValueError) as error:  # the connection broke, or the answer is not HTTP
            return self._failed or self._unanswered(error, sent=True)

    def _unanswered(self, error: Exception, *, sent: bool) -> Unanswered:
        stale = self._is_reused and not isinstance(error, TimeoutError)
        return Unanswered(cause=type(error).__name__, sent=sent, stale=stale)


class _Writing:
    """Mixed into a connection of http.client: writes a short request at once, not its head and its body apart.

    That saves a packet, and 40 microseconds of processor time. A long body is not copied.
    """

    _held: list[bytes] | None = None

    def write(self, request: HttpRequest) -> None:
        """Sends a request over the open connection."""
        self._held = [] if len(request.body) <= _SHORT_BODY_BYTES else None
        try:
            self.request(request.method, request.target, request.body, request.headers)  # type: ignore[attr-defined]
        finally:
            held, self._held = self._held, None
        if held:
            self.send(b"".join(held))

    def send(self, data: Any) -> None:
        """What http.client calls with the head, and then with the body."""
        if self._held is None:
            super().send(data)  # type: ignore[misc]
        else:
            self._held.append(data)


class _PlainConnection(_Writing, HTTPConnection):
    pass


class _TlsConnection(_Writing, HTTPSConnection):
    pass


def _http_connection(url: SplitResult, trusted: str | None) -> _PlainConnection | _TlsConnection:
    assert url.hostname is not None
    if url.scheme == "https":
        return _TlsConnection(url.hostname, url.port, context=trust(trusted))
    return _PlainConnection(url.hostname, url.port)


@cache
def trust(certificates: str | None) -> ssl.SSLContext:
    """The certificates that connections trust: a file's, or the system's."""
    return ssl.create_default_context(cafile=certificates)


def _read_answer(connection: HTTPConnection) -> HttpAnswer:
    """Reads an answer to its end, so that the connection can take the next request."""
    response = connection.getresponse()
    if response.length is None and not response.chunked:
        raise HTTPException("the answer has no length: whether it is complete is not known")
    return HttpAnswer(response.status, response.headers, response.read())


def _timeout(until: float, longest: float) -> float:
    """A socket's timeout in seconds; never 0, which would make the socket non-blocking."""
    return max(_SHORTEST_TIMEOUT_SECONDS, min(longest, until - time.monotonic()))
