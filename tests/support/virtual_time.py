"""An asyncio event loop whose clock jumps to the next timer: hours of sleeping take no time."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any


class _Jump(selectors.SelectSelector):
    """Waits for nothing: the loop's time moves on by as much as it would have waited."""

    def __init__(self) -> None:
        super().__init__()
        self.time = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise RuntimeError("everything waits, and nothing is going to happen")
        self.time += max(0.0, timeout)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """Runs coroutines in virtual time, from `start` on."""

    def __init__(self, start: float = 0.0) -> None:
        self._jump = _Jump()
        self._jump.time = start
        super().__init__(self._jump)
        # A timer counts as due this much early: the epoch's seconds as floats are no finer than a quarter of it.
        self._clock_resolution = 1e-6

    def time(self) -> float:
        """The virtual time."""
        return self._jump.time


def run[T](main: Coroutine[Any, Any, T], *, start: float = 0.0) -> T:
    """Runs a coroutine to its end in virtual time."""
    with asyncio.Runner(loop_factory=lambda: VirtualLoop(start)) as runner:
        return runner.run(main)
