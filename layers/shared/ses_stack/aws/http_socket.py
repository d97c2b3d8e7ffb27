"""HTTP/1.1 over one socket: as much of it as calls to AWS services need.

The standard library's http.client takes three times the processor time for a call: it reads an answer's head with the
parser of e-mail (docs/decisions.md has the figures).
https://www.rfc-editor.org/rfc/rfc9112
"""

from __future__ import annotations

import re
import select
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from urllib.parse import SplitResult

_PORTS = {"http": 80, "https": 443}
_STATUS_LINE = re.compile(r"HTTP/1\.([01]) ([1-9]\d\d)(?: .*)?")
_FIRST_FINAL_STATUS = 200
_NO_BODY_STATUSES = (204, 304)
_SHORT_BODY_BYTES = _RECEIVED_BYTES = _LONGEST_HEAD_BYTES = 65_536
_HEX_DIGITS = re.compile(r"[0-9a-fA-F]{1,8}")


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request, with all its headers. `target` is the path and the query."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """An answer, read to its end. The headers' names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class HttpSocket:
    """One connection to a server, which can be closed and opened again.

    All methods raise `OSError` if the connection breaks, and `TimeoutError` if they take `timeout` seconds in all.
    """

    def __init__(self, url: SplitResult, *, trusted: str | None) -> None:
        """`trusted` names a file of CA certificates; without it, the system's are trusted."""
        self._url = url
        self._trusted = trusted
        self._socket: socket.socket | None = None
        self._received = b""
        self._deadline = 0.0

    @property
    def is_open(self) -> bool:
        """Whether the socket is open at this end."""
        return self._socket is not None

    @property
    def is_readable(self) -> bool:
        """Whether the server has sent something, or has closed the connection."""
        if self._socket is None:
            return False
        if isinstance(self._socket, ssl.SSLSocket) and self._socket.pending():
            return True  # bytes that TLS has decrypted are no longer in the system's socket
        poll = select.poll()
        poll.register(self._socket, select.POLLIN)
        return bool(poll.poll(0))

    def open(self, timeout: float) -> None:
        """Connects. Over TLS, the server's certificate must be one of the host's."""
        assert self._url.hostname is not None
        address = (self._url.hostname, self._url.port or _PORTS[self._url.scheme])
        connected = socket.create_connection(address, timeout)
        try:
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._url.scheme == "https":
                connected = trust(self._trusted).wrap_socket(connected, server_hostname=self._url.hostname)
        except BaseException:
            connected.close()
            raise
        self._socket, self._received = connected, b""

    def close(self) -> None:
        """Closes the connection, if it is open."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def write(self, request: HttpRequest, timeout: float) -> None:
        """Writes a request. Raises `ValueError` if a header is none.

        A short request is written at once: a head that is sent alone is a packet more. A long body is not copied.
        """
        assert self._socket is not None
        head = _head_of(request)
        self._socket.settimeout(timeout)
        if len(request.body) <= _SHORT_BODY_BYTES:
            self._socket.sendall(head + request.body)
        else:
            self._socket.sendall(head)
            self._socket.sendall(request.body)

    def read(self, timeout: float) -> HttpAnswer:
        """Reads an answer to its end. Closes the connection if it cannot take another request.

        Raises `ValueError` if what came is not an HTTP answer whose end is known.
        """
        assert self._socket is not None
        self._deadline = time.monotonic() + timeout
        status, headers, stays_open = self._read_head()
        while status < _FIRST_FINAL_STATUS:
            status, headers, stays_open = self._read_head()
        body = self._read_body(status, headers)
        if self._received or not stays_open:
            self.close()
        return HttpAnswer(status, headers, body)

    def _read_head(self) -> tuple[int, dict[str, str], bool]:
        """Status, headers, and whether the server leaves the connection open."""
        first, *lines = self._read_until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        found = _STATUS_LINE.fullmatch(first)
        if not found:
            raise ValueError("the answer is not HTTP")
        headers: dict[str, str] = {}
        for line in lines:
            name, colon, value = line.partition(":")
            if not colon:
                raise ValueError("a line of the answer's head is no header")
            headers.setdefault(name.lower(), value.strip())
        return int(found[2]), headers, found[1] == "1" and "close" not in headers.get("connection", "").lower()

    def _read_body(self, status: int, headers: Mapping[str, str]) -> bytes:
        if status in _NO_BODY_STATUSES:
            return b""
        encoding, length = headers.get("transfer-encoding"), headers.get("content-length", "")
        if encoding is not None:
            return self._read_chunks(encoding)
        if not length.isdecimal():
            raise ValueError("the answer has no length: whether it is complete is not known")
        return self._read_exactly(int(length))

    def _read_chunks(self, encoding: str) -> bytes:
        if encoding.lower() != "chunked":
            raise ValueError("the answer has an unknown encoding")
        chunks = []
        while length := _chunk_length(self._read_until(b"\r\n")):
            chunks.append(self._read_exactly(length))
            if self._read_exactly(2) != b"\r\n":
                raise ValueError("a chunk of the answer is longer than it says")
        while self._read_until(b"\r\n"):  # trailers
            pass
        return b"".join(chunks)

    def _read_until(self, mark: bytes) -> bytes:
        """What comes before a mark, which is read too."""
        while (end := self._received.find(mark)) < 0:
            if len(self._received) > _LONGEST_HEAD_BYTES:
                raise ValueError("the answer's head is too long")
            self._received += self._receive(_RECEIVED_BYTES)
        found, self._received = self._received[:end], self._received[end + len(mark) :]
        return found

    def _read_exactly(self, length: int) -> bytes:
        parts = [self._received[:length]]
        self._received = self._received[length:]
        missing = length - len(parts[0])
        while missing:
            parts.append(self._receive(min(missing, _RECEIVED_BYTES)))
            missing -= len(parts[-1])
        return b"".join(parts)

    def _receive(self, most: int) -> bytes:
        assert self._socket is not None
        left = self._deadline - time.monotonic()
        if left <= 0:  # a server that trickles an answer would never run into a timeout of the socket's
            raise TimeoutError("the answer did not come to its end in time")
        self._socket.settimeout(left)
        data = self._socket.recv(most)
        if not data:
            raise ConnectionAbortedError("the server closed the connection before the end of its answer")
        return data


@cache
def trust(certificates: str | None) -> ssl.SSLContext:
    """The certificates that connections trust: a file's, or the system's."""
    return ssl.create_default_context(cafile=certificates)


def _head_of(request: HttpRequest) -> bytes:
    """The request line and the headers. An answer is never compressed."""
    lines = [f"{request.method} {request.target} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in request.headers.items()]
    lines += ["accept-encoding: identity", "", ""]
    head = "\r\n".join(lines)
    if head.count("\n") != len(lines) - 1 or head.count("\r") != len(lines) - 1:
        raise ValueError("a header has a line break")
    return head.encode("latin-1")


def _chunk_length(line: bytes) -> int:
    digits = line.decode("latin-1").partition(";")[0].strip()
    if not _HEX_DIGITS.fullmatch(digits):
        raise ValueError("a chunk of the answer has no length")
    return int(digits, 16)
