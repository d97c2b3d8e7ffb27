"""Ctrl-C, and a polite kill: the work in hand is finished, then the command ends."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Stop:
    """Whether a signal asked to stop."""

    def __init__(self) -> None:
        self._asked = threading.Event()
        self.signal: int | None = None

    def ask(self, number: int, _: FrameType | None) -> None:
        """Takes the signal. The same signal again ends the process as usual."""
        self.signal = number
        self._asked.set()
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)

    def asked(self) -> bool:
        """Whether to finish what is in hand and leave."""
        return self._asked.is_set()

    def sleep(self, seconds: float) -> None:
        """Waits, but no longer than until a signal comes."""
        self._asked.wait(seconds)

    @property
    def exit_code(self) -> int:
        """What a shell expects of a process that a signal ended."""
        return 128 + self.signal if self.signal else 0


@contextmanager
def stoppable() -> Iterator[Stop]:
    """Within it, SIGINT and SIGTERM only ask."""
    stop = Stop()
    before = {number: signal.signal(number, stop.ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
