"""Blocking calls beside the event loop."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest

from ses_stack.aws.threads import PerThread, SystemClock, Threads


def test_a_call_returns_its_result_or_raises_its_error() -> None:
    threads = Threads(1)

    async def main() -> int:
        with pytest.raises(ZeroDivisionError):
            await threads(divmod, 1, 0)
        return await threads(int, "11", base=2)

    assert asyncio.run(main()) == 3


def test_no_more_calls_run_at_a_time_than_there_are_threads() -> None:
    # Each call waits for another one beside it, so that one thread alone never does all of them.
    pair, names, lock = threading.Barrier(2, timeout=10), set(), threading.Lock()

    def call() -> None:
        pair.wait()
        with lock:
            names.add(threading.current_thread().name)

    async def main() -> None:
        threads = Threads(2)
        await asyncio.gather(*(threads(call) for _ in range(6)))

    asyncio.run(main())
    assert len(names) == 2


def test_each_thread_has_a_value_of_its_own() -> None:
    value = PerThread(object)
    others: list[object] = []
    thread = threading.Thread(target=lambda: others.append(value()))
    thread.start()
    thread.join()
    assert value() is value()
    assert others != [value()]


def test_the_system_clock_tells_the_epochs_seconds() -> None:
    clock = SystemClock()
    before = time.time()
    asyncio.run(clock.sleep(0))
    assert before <= clock.now() <= time.time()
