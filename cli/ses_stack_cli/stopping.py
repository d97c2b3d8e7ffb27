"""Ctrl-C, SIGTERM and SIGHUP: the command finishes the batch at hand, or undoes its work, and then ends."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class StopRequest:
    """Whether a signal asked the command to stop."""

    def __init__(self) -> None:
        self._received = threading.Event()
        self.signal: int | None = None

    def handle(self, number: int, _: FrameType | None) -> None:
        """Takes the signal. The same signal again ends the process as usual."""
        self.signal = number
        self._received.set()
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)

    def received(self) -> bool:
        """Whether the command should finish its batch and end."""
        return self._received.is_set()

    def sleep(self, seconds: float) -> None:
        """Waits for a time, or until a signal comes."""
        self._received.wait(seconds)

    @property
    def exit_code(self) -> int:
        """The exit code of a process that a signal ended: 128 and the signal's number. 0 without a signal."""
        return 128 + self.signal if self.signal else 0


@contextmanager
def stoppable() -> Iterator[StopRequest]:
    """Within this context, the first SIGINT or SIGTERM only asks the command to stop."""
    stop = StopRequest()
    before = {number: signal.signal(number, stop.handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def terminating_signals_raise() -> Iterator[None]:
    """Within this context, SIGTERM and SIGHUP raise `SystemExit` as Ctrl-C raises `KeyboardInterrupt`.

    By default they end the process at once, without its `finally` blocks.
    """
    before = {number: signal.signal(number, _exit) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _exit(number: int, _: FrameType | None) -> None:
    raise SystemExit(128 + number)
