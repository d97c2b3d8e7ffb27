"""Blocking calls under asyncio: a bounded pool of threads, and what each thread has to itself."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial


class Threads:
    """Runs blocking functions beside the event loop, a bounded number at a time; the rest wait their turn."""

    def __init__(self, count: int) -> None:
        self._pool = ThreadPoolExecutor(count, thread_name_prefix="call")

    async def __call__[**P, T](self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The function's result, or what it raised."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, partial(function, *args, **kwargs))


class PerThread[T]:
    """One of something for each thread, made when it is first asked for: a connection is no two threads' at a time."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._local = threading.local()

    def __call__(self) -> T:
        if not hasattr(self._local, "it"):
            self._local.it = self._make()
        it: T = self._local.it
        return it


class SystemClock:
    """This machine's clock."""

    def now(self) -> float:
        """The epoch's seconds."""
        return time.time()

    async def sleep(self, seconds: float) -> None:
        """Waits."""
        await asyncio.sleep(seconds)
