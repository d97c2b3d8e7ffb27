"""Blocking calls under asyncio: a bounded pool of threads, and values that belong to one thread."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial


class Threads:
    """Runs blocking functions beside the event loop, at most `count` at a time; further calls wait."""

    def __init__(self, count: int) -> None:
        self._pool = ThreadPoolExecutor(count, thread_name_prefix="call")

    async def __call__[**P, T](self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Returns the function's result, or raises its exception."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, partial(function, *args, **kwargs))


class PerThread[T]:
    """One value for each thread, made at the thread's first call: two threads must not share a connection."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._local = threading.local()

    def __call__(self) -> T:
        """The calling thread's value."""
        if not hasattr(self._local, "value"):
            self._local.value = self._make()
        value: T = self._local.value
        return value


class SystemClock:
    """This machine's clock."""

    def now(self) -> float:
        """The epoch's seconds."""
        return time.time()

    async def sleep(self, seconds: float) -> None:
        """Waits."""
        await asyncio.sleep(seconds)
