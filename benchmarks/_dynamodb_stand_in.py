"""A stand-in for DynamoDB, SQS and SES that answers every call after 5 ms, and records the calls' bodies.

It implements as much HTTP/1.1 as a client needs: requests with a Content-Length, on connections that stay open. Calls
overlap, as they do in DynamoDB: 5 ms pass between a request's last byte and its answer's first.
Started as a process of its own, it prints its port and ends with its standard input. With an argument, the ledger has a
row of every request, at this status.
GET / answers with the calls since the last GET: `{"calls", "bytes", "bodies"}`.
"""

from __future__ import annotations

import asyncio
import json
import re
import selectors
import subprocess
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.request import urlopen

from benchmarks._stand_in_answers import answer_to

LATENCY_SECONDS = 0.005
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_bodies: list[str] = []


@contextmanager
def running(ledger: str | None = None) -> Iterator[str]:
    """The address of a stand-in that runs as long as the block. `ledger`: the status of every request's row."""
    command = [sys.executable, "-m", __name__, *([ledger] if ledger else ())]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.terminate()


def received(address: str) -> dict[str, Any]:
    """The calls that the stand-in received since the last time that this function was called."""
    with urlopen(address) as answer:  # noqa: S310 -- our own process
        return dict(json.load(answer))


class _Connection(asyncio.Protocol):
    """One connection of the client."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._arrived = b""

    def data_received(self, data: bytes) -> None:
        self._arrived += data
        head, blank, rest = self._arrived.partition(b"\r\n\r\n")
        if not blank:
            return
        if head.startswith(b"GET / "):
            self._arrived = b""
            self._answer(200, _report())
            return
        found = _LENGTH.search(head)
        length = int(found[1]) if found else 0
        if len(rest) < length:
            return
        self._arrived = rest[length:]
        body = rest[:length]
        _bodies.append(body.decode())
        answer = answer_to(head, body, ledger=_ledger_status())
        asyncio.get_running_loop().call_later(LATENCY_SECONDS, self._answer, *answer)

    def _answer(self, status: int, body: bytes) -> None:
        self._transport.write(
            b"HTTP/1.1 %d -\r\nContent-Type: application/x-amz-json-1.0\r\nx-amzn-RequestId: STANDIN\r\n"
            b"x-amz-crc32: %d\r\nContent-Length: %d\r\n\r\n%b" % (status, zlib.crc32(body), len(body), body)
        )


def _ledger_status() -> str | None:
    return sys.argv[1] if len(sys.argv) > 1 else None


def _report() -> bytes:
    report = {"calls": len(_bodies), "bytes": sum(len(body.encode()) for body in _bodies), "bodies": _bodies}
    text = json.dumps(report).encode()
    _bodies.clear()
    return text


async def _serve() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(_Connection, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


def _loop() -> asyncio.AbstractEventLoop:
    """A loop that waits to the microsecond: with epoll, asyncio rounds up to the next millisecond."""
    return asyncio.SelectorEventLoop(selectors.SelectSelector())


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=_loop) as runner:
        runner.run(_serve())
