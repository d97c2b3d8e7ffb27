"""Calls to an AWS service that speaks JSON over HTTP, without the SDK.

For the functions that events wait for. boto3 costs them most of their cold start, and the normalizer as much processor
time per call as parsing a batch (docs/decisions.md has the figures). What is here is what a function in Lambda needs:
its own credentials and region from the environment, Signature Version 4, and several calls under way at a time.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.LowLevelAPI.html
https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
"""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
import ssl
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any, BinaryIO, Protocol, cast
from urllib.parse import urlsplit

from ses_stack.errors import ConfigurationError

PARALLEL_CALLS = 8
_CONNECT_SECONDS = 1.0
_ANSWER_SECONDS = 5.0
_CONTENT_TYPE = "application/x-amz-json-1.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Who calls, and where: what Lambda tells a function in its environment."""

    region: str
    key_id: str
    secret: str = field(repr=False)
    token: str = field(default="", repr=False)

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Account:
        """Raises `ConfigurationError`, which names the variable."""
        for name in ("AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            if not environment.get(name):
                raise ConfigurationError(f"the environment variable {name} is not set")
        return cls(
            region=environment["AWS_REGION"],
            key_id=environment["AWS_ACCESS_KEY_ID"],
            secret=environment["AWS_SECRET_ACCESS_KEY"],
            token=environment.get("AWS_SESSION_TOKEN", ""),
        )


def endpoint_of(service: str, environment: Mapping[str, str]) -> str:
    """A service's address: the environment's own, as the SDKs read it, else AWS's in the region.

    https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
    """
    for name in (f"AWS_ENDPOINT_URL_{service.upper()}", "AWS_ENDPOINT_URL"):
        if environment.get(name):
            return environment[name]
    region = environment["AWS_REGION"]
    return f"https://{service}.{region}.amazonaws.com{'.cn' if region.startswith('cn-') else ''}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a service said. `error` is its error's code, or empty."""

    status: int
    document: dict[str, Any]

    @property
    def error(self) -> str:
        if self.status < 300:
            return ""
        kind = self.document.get("__type")
        return kind.rpartition("#")[2] if isinstance(kind, str) else f"HTTP {self.status}"


class Calls(Protocol):
    """A service that is called with JSON. `Service` is the real one."""

    def calls(self, operation: str, bodies: Iterable[bytes], *, until: float) -> Iterator[Answer | None]:
        """The answers, in the bodies' order; None where there was none."""


class Service:
    """One AWS service, called over connections that stay open between invocations."""

    def __init__(
        self,
        *,
        name: str,
        target: str,
        endpoint: str,
        account: Account,
        trusted: str | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`target` is the service's API and version, as in `DynamoDB_20120810`; `trusted`, a file of certificates."""
        self._name = name
        self._target = target
        self._url = urlsplit(endpoint)
        self._trusted = trusted
        self._account = account
        self._now = now
        self._idle: list[_Connection] = []

    def calls(self, operation: str, bodies: Iterable[bytes], *, until: float) -> Iterator[Answer | None]:
        """Calls once with each body, several at a time; gives the answers in the bodies' order.

        None stands for a call without an answer by `until` (a `time.monotonic()`), after five seconds, or over a
        broken connection: whether it was carried out is not known.
        """
        under_way: deque[_Connection] = deque()
        try:
            for body in bodies:
                if len(under_way) == PARALLEL_CALLS:
                    yield self._finished(under_way.popleft(), until)
                connection = self._idle.pop() if self._idle else _Connection(self._url, self._trusted)
                under_way.append(connection)
                connection.send(self._request(operation, body), until)
            while under_way:
                yield self._finished(under_way.popleft(), until)
        finally:
            for connection in under_way:
                connection.close()

    def close(self) -> None:
        """Closes the connections that lie idle. A function has no need to: its sandbox ends with it."""
        while self._idle:
            self._idle.pop().close()

    def _finished(self, connection: _Connection, until: float) -> Answer | None:
        answer = connection.receive(until)
        self._idle.append(connection)
        return answer

    def _request(self, operation: str, body: bytes) -> bytes:
        headers = signed_headers(
            self._account,
            self._name,
            self._now(),
            {"content-type": _CONTENT_TYPE, "host": self._url.netloc, "x-amz-target": f"{self._target}.{operation}"},
            body,
        )
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"POST / HTTP/1.1\r\n{lines}content-length: {len(body)}\r\n\r\n".encode() + body


class _Connection:
    """One connection, with one call under way at a time. It never raises: a call that fails has no answer."""

    def __init__(self, url: Any, trusted: str | None) -> None:
        self._url = url
        self._trusted = trusted
        self._socket: socket.socket | None = None
        self._stream: BinaryIO | None = None
        self._request = b""
        self._reused = False

    def send(self, request: bytes, until: float) -> None:
        self._request = request
        self._reused = self._socket is not None
        self._send(until)

    def receive(self, until: float) -> Answer | None:
        answer = self._receive(until)
        if answer is None and self._reused and self._socket is None and time.monotonic() < until:
            # The service closed the connection while it lay idle: that says nothing about the call.
            self._reused = False
            self._send(until)
            answer = self._receive(until)
        return answer

    def close(self) -> None:
        if self._stream is not None:
            self._stream.close()
        if self._socket is not None:
            self._socket.close()
        self._socket = self._stream = None

    def _send(self, until: float) -> None:
        try:
            if self._socket is None:
                self._socket = _connected(self._url, self._trusted, until)
                self._stream = cast(BinaryIO, self._socket.makefile("rb"))
            self._socket.settimeout(_seconds(until, _ANSWER_SECONDS))
            self._socket.sendall(self._request)
        except OSError:
            self.close()

    def _receive(self, until: float) -> Answer | None:
        if self._socket is None or self._stream is None:
            return None
        try:
            self._socket.settimeout(_seconds(until, _ANSWER_SECONDS))
            answer, stays_open = _read_answer(self._stream)
            if not stays_open:
                self.close()
            return answer
        except TimeoutError:
            self._reused = False
            self.close()
        except (OSError, ValueError, LookupError):  # broken off, or not HTTP
            self.close()
        return None


def _connected(url: Any, trusted: str | None, until: float) -> socket.socket:
    secure = url.scheme == "https"
    address = (url.hostname, url.port or (443 if secure else 80))
    connection = socket.create_connection(address, _seconds(until, _CONNECT_SECONDS))
    try:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return _trust(trusted).wrap_socket(connection, server_hostname=url.hostname) if secure else connection
    except OSError:
        connection.close()
        raise


@cache
def _trust(certificates: str | None) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=certificates)


def _read_answer(stream: BinaryIO) -> tuple[Answer, bool]:
    """The next answer, and whether the connection stays open after it.

    http.client would do, but parses headers as e-mail does: for a small answer that takes longer than all the rest.
    """
    status = int(stream.readline().split()[1])
    headers: dict[bytes, bytes] = {}
    while line := stream.readline().strip():
        name, _, value = line.partition(b":")
        headers[name.lower()] = value.strip().lower()
    if headers.get(b"transfer-encoding") == b"chunked":
        body = b"".join(_chunks(stream))
    else:
        body = _exactly(stream, int(headers[b"content-length"]))
    return Answer(status, _document(status, body)), headers.get(b"connection") != b"close"


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    while size := int(stream.readline().partition(b";")[0], 16):
        yield _exactly(stream, size)
        stream.readline()
    while stream.readline().strip():
        pass


def _exactly(stream: BinaryIO, size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise ConnectionResetError("the answer was cut short")
    return data


def _seconds(until: float, most: float) -> float:
    """A socket's timeout; never 0, which would mean not to wait, and raise another error."""
    return max(0.001, min(most, until - time.monotonic()))


def _document(status: int, body: bytes) -> dict[str, Any]:
    """What an answer says. Some say nothing; a success that says something else than JSON is no success."""
    try:
        document = json.loads(body or "{}")
    except ValueError:
        document = None
    if isinstance(document, dict):
        return document
    if status < 300:
        raise ValueError("the answer is not a JSON object")
    return {}


def signed_headers(
    account: Account, service: str, now: datetime, headers: Mapping[str, str], body: bytes
) -> dict[str, str]:
    """The headers of a POST to `/`, with those that sign it. Names are lower case.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
    """
    moment = now.strftime("%Y%m%dT%H%M%SZ")
    signed = {**headers, "x-amz-date": moment}
    if account.token:
        signed["x-amz-security-token"] = account.token
    names = sorted(signed)
    listed = ";".join(names)
    request = "\n".join(
        ["POST", "/", "", *(f"{name}:{signed[name]}" for name in names), "", listed, hashlib.sha256(body).hexdigest()]
    )
    scope = f"{moment[:8]}/{account.region}/{service}/aws4_request"
    told = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    signature = _mac(_signing_key(account, scope), told).hex()
    signed["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={account.key_id}/{scope}, SignedHeaders={listed}, Signature={signature}"
    )
    return signed


@cache
def _signing_key(account: Account, scope: str) -> bytes:
    key = f"AWS4{account.secret}".encode()
    for part in scope.split("/"):
        key = _mac(key, part)
    return key


def _mac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")
