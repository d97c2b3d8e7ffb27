"""What workers know of the account: one asks, all know, for a minute at a time."""

from __future__ import annotations

import asyncio

import pytest

from ses_stack.errors import TableError
from ses_stack.sending.account_limits import AccountLimits
from ses_stack.sending.rate import Backoff
from ses_stack.sending.shared_limits import SharedLimits

START = 1_790_000_000.0


class Clock:
    time = START

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += seconds


class Shared:
    def __init__(self) -> None:
        self.known: AccountLimits | None = None
        self.backoff = Backoff()
        self.asked_at = 0.0
        self.reads = 0
        self.refused: list[float] = []
        self.counted = 0

    async def account(self) -> tuple[AccountLimits | None, Backoff]:
        self.reads += 1
        return self.known, self.backoff

    async def lease(self, now: float, seconds: float) -> bool:
        if now < self.asked_at + seconds:
            return False
        self.asked_at = now
        return True

    async def put_account(self, account: AccountLimits) -> None:
        self.known = account

    async def lower(self, new: Backoff, old: Backoff) -> None:
        assert self.backoff == old
        self.backoff = new

    async def refuse(self, read_at: float) -> None:
        self.refused.append(read_at)

    async def count(self, recipients: int) -> None:
        self.counted += recipients


class Asked:
    def __init__(self) -> None:
        self.rate: float | None = 14.0
        self.calls = 0

    async def account(self, now: float) -> AccountLimits | None:
        self.calls += 1
        return None if self.rate is None else AccountLimits(rate=self.rate, most=50_000, sent=10, read_at=now)


class Worker:
    def __init__(self, shared: Shared, asked: Asked, clock: Clock) -> None:
        self.limits = SharedLimits(rows=shared, ses=asked, clock=clock, safety=0.5)

    def rate(self) -> float:
        return asyncio.run(self.limits.now()).rate.per_second


@pytest.fixture
def shared() -> Shared:
    return Shared()


@pytest.fixture
def asked() -> Asked:
    return Asked()


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_one_worker_asks_ses_and_all_know(shared: Shared, asked: Asked, clock: Clock) -> None:
    workers = [Worker(shared, asked, clock) for _ in range(5)]
    assert {worker.rate() for worker in workers} == {7.0}
    assert asked.calls == 1
    workers[0].rate()
    assert shared.reads == 5  # what was read a moment ago is not read again


def test_a_change_is_followed_within_minutes(shared: Shared, asked: Asked, clock: Clock) -> None:
    workers = [Worker(shared, asked, clock) for _ in range(3)]
    assert [worker.rate() for worker in workers] == [7.0] * 3
    asked.rate = 100.0
    clock.time += 64
    for worker in workers:
        worker.rate()
    clock.time += 3
    assert [worker.rate() for worker in workers] == [50.0] * 3
    assert asked.calls == 2


def test_while_ses_does_not_say_what_is_known_holds_for_a_while(shared: Shared, asked: Asked, clock: Clock) -> None:
    worker = Worker(shared, asked, clock)
    worker.rate()
    asked.rate = None
    clock.time += 600
    assert worker.rate() == 7.0
    clock.time += 600
    with pytest.raises(TableError, match="does not say"):
        worker.rate()


def test_a_throttle_lowers_the_rate_of_all_workers_once(shared: Shared, asked: Asked, clock: Clock) -> None:
    first, second = Worker(shared, asked, clock), Worker(shared, asked, clock)
    first.rate(), second.rate()
    asyncio.run(first.limits.throttled())
    asyncio.run(second.limits.throttled())
    assert shared.backoff.now(clock.time) == 0.7
    assert first.rate() == second.rate() == 4.9
    clock.time += 60
    assert first.rate() == 7.0


def test_a_refusal_and_what_was_sent_are_shared(shared: Shared, asked: Asked, clock: Clock) -> None:
    worker = Worker(shared, asked, clock)
    asyncio.run(worker.limits.used_up())
    assert shared.refused == []  # no worker knows the quota yet
    worker.rate()
    asyncio.run(worker.limits.used_up())
    asyncio.run(worker.limits.count(3))
    assert (shared.refused, shared.counted) == ([START], 3)
