"""HTTP connections to one endpoint that stay open between calls, and what is known of a call without an answer.

A connection that lay idle too long, or that the service closed meanwhile, is opened again before it is used.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from ses_stack.aws.http_socket import HttpAnswer, HttpRequest, HttpSocket
from ses_stack.aws.idle import CLOCKS, LastUse

_SHORTEST_TIMEOUT_SECONDS = 0.001


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
        self._socket = HttpSocket(url, trusted=trusted)
        self._waits = waits
        self._last_use = last_use
        self._is_reused = False
        self._failed: Unanswered | None = None

    def send(self, request: HttpRequest, until: float) -> None:
        """Sends a request, whose answer `receive` gives. `until` is a `time.monotonic()`."""
        self._failed = None
        if self._last_use.is_too_old or self._socket.is_readable:
            self.close()  # no call is under way: what can be read is the end, or answers no call
        self._is_reused = self._socket.is_open
        try:
            if not self._is_reused:
                self._socket.open(_timeout(until, self._waits.connect))
            self._socket.write(request, _timeout(until, self._waits.answer))
        except (BrokenPipeError, ConnectionResetError) as error:
            # The service may have answered before it read the whole request.
            self._failed = self._unanswered(error, sent=False)
        except (OSError, ValueError) as error:
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
        self._socket.close()

    def _receive(self, until: float) -> HttpAnswer | Unanswered:
        if not self._socket.is_open:
            assert self._failed is not None
            return self._failed
        try:
            return self._socket.read(_timeout(until, self._waits.answer))
        except (OSError, ValueError) as error:  # the connection broke, or the answer is not HTTP
            return self._failed or self._unanswered(error, sent=True)

    def _unanswered(self, error: Exception, *, sent: bool) -> Unanswered:
        stale = self._is_reused and not isinstance(error, TimeoutError)
        return Unanswered(cause=type(error).__name__, sent=sent, stale=stale)


def _timeout(until: float, longest: float) -> float:
    """A socket's timeout in seconds; never 0, which would make the socket non-blocking."""
    return max(_SHORTEST_TIMEOUT_SECONDS, min(longest, until - time.monotonic()))
