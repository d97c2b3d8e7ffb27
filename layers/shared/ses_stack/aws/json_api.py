"""Calls to an AWS service that takes JSON over HTTP, signed and sent without the SDK.

For the functions whose latency matters. boto3 would take most of their cold start, and as much of the normalizer's
processor time per call as parsing a batch (docs/decisions.md has the figures). Several calls are under way at a time.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.LowLevelAPI.html
"""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol
from urllib.parse import urlsplit

from ses_stack.aws.connections import Connection, ConnectionPool, Unanswered, Waits
from ses_stack.aws.http_socket import HttpAnswer, HttpRequest
from ses_stack.aws.idle import CLOCKS
from ses_stack.aws.signing import Credentials, signed_headers

PARALLEL_CALLS = 8
_WAITS = Waits(connect=1.0, answer=5.0)
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
        code = kind.rpartition("#")[2] if isinstance(kind, str) else ""
        return code or f"HTTP {self.status}"

    @property
    def message(self) -> str:
        """The text of an error, or empty. It may contain an address."""
        text = self.document.get("message") or self.document.get("Message")
        return text if isinstance(text, str) else ""


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
        self._host = urlsplit(endpoint).netloc
        self._region = region
        self._credentials = credentials
        self._now = now
        self._connections = ConnectionPool(endpoint, trusted=trusted, waits=_WAITS, clocks=clocks)

    def calls(self, operation: str, bodies: Iterable[bytes], *, until: float) -> Iterator[Answer | None]:
        """Calls once with each body, several at a time; gives the answers in the order of the bodies.

        None stands for a call without an answer by `until` (a `time.monotonic()`), after five seconds, or over a
        broken connection: whether the service carried it out is not known.
        """
        under_way: deque[tuple[Connection, HttpRequest]] = deque()
        try:
            for body in bodies:
                if len(under_way) == PARALLEL_CALLS:
                    yield self._finished(*under_way.popleft(), until)
                request = self._request(operation, body)
                under_way.append((self._connections.take(), request))
                under_way[-1][0].send(request, until)
            while under_way:
                yield self._finished(*under_way.popleft(), until)
        finally:
            for connection, _ in under_way:
                connection.close()

    def close(self) -> None:
        """Closes the idle connections. A function need not call this: its sandbox closes them."""
        self._connections.close()

    def _finished(self, connection: Connection, request: HttpRequest, until: float) -> Answer | None:
        answer, resent = connection.receive(until), False
        if isinstance(answer, Unanswered) and answer.stale and time.monotonic() < until:
            # The service closed the connection while it was idle: that does not concern this call.
            resent = answer.sent
            connection.send(request, until)
            answer = connection.receive(until)
        self._connections.put_back(connection)
        return None if isinstance(answer, Unanswered) else _answer(answer, resent)

    def _request(self, operation: str, body: bytes) -> HttpRequest:
        headers = signed_headers(
            self._credentials(),
            service=self._name,
            region=self._region,
            now=self._now(),
            headers={
                "content-type": _CONTENT_TYPE,
                "host": self._host,
                "x-amz-target": f"{self._target}.{operation}",
            },
            body=body,
        )
        return HttpRequest("POST", "/", headers | {"content-length": str(len(body))}, body)


def _answer(answer: HttpAnswer, resent: bool) -> Answer | None:
    """The answer's JSON object. An error may come without one; a success may not: then there is no answer."""
    try:
        document = json.loads(answer.body or "{}")
    except ValueError:
        document = None
    if isinstance(document, dict):
        return Answer(answer.status, document, resent)
    return None if answer.status < 300 else Answer(answer.status, {}, resent)
