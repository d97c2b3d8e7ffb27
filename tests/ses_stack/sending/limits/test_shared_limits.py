"""What workers know of the account: one asks, all know, for a minute at a time."""

from __future__ import annotations

import asyncio
import math
from dataclasses import replace

import pytest

from ses_stack.errors import TableError
from ses_stack.sending.limits.account_limits import AccountLimits, KnownLimits
from ses_stack.sending.limits.rate import Backoff
from ses_stack.sending.limits.shared_limits import AskCause, SharedLimits
from ses_stack.sending.limits.shared_pauses import SharedPauses
from ses_stack.sending.limits.stream_pauses import StreamPause
from ses_stack.sending.limits.tenant_pauses import SharedTenantPauses, TenantPause

START = 1_790_000_000.0


class Clock:
    time = START

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += seconds


class Shared:
    def __init__(self) -> None:
        self.account: AccountLimits | None = None
        self.pauses: dict[str, StreamPause] = {}
        self.tenants: dict[str, TenantPause] = {}
        self.stream_asked_at: dict[str, float] = {}
        self.backoff = Backoff()
        self.asked_at: dict[AskCause, float] = {}
        self.reads = 0
        self.refused: list[float] = []
        self.counted = 0

    async def known(self) -> KnownLimits:
        self.reads += 1
        asked_at = self.stream_asked_at
        pauses = {name: replace(pause, asked_at=asked_at.get(name, 0.0)) for name, pause in self.pauses.items()}
        return KnownLimits(account=self.account, backoff=self.backoff, pauses=pauses, tenants=dict(self.tenants))

    async def lease_tenant(self, tenant: str, now: float, seconds: float) -> bool:
        return await self.lease_stream(f"tenant:{tenant}", now, seconds)

    async def put_tenant(self, pause: TenantPause) -> None:
        self.tenants[pause.tenant] = pause

    async def remove_tenant(self, tenant: str) -> None:
        self.tenants.pop(tenant, None)

    async def lease_stream(self, stream: str, now: float, seconds: float) -> bool:
        if now < self.stream_asked_at.get(stream, 0) + seconds:
            return False
        self.stream_asked_at[stream] = now
        return True

    async def put_learned(self, stream: str, now: float) -> None:
        self.pauses.setdefault(stream, StreamPause(stream=stream, since=now))

    async def remove_learned(self, stream: str) -> None:
        if stream in self.pauses and self.pauses[stream].by is None:
            del self.pauses[stream]

    async def lease(self, now: float, seconds: float, cause: AskCause) -> bool:
        if now < self.asked_at.get(cause, 0.0) + seconds:
            return False
        self.asked_at[cause] = now
        return True

    async def put_account(self, account: AccountLimits) -> None:
        self.account = account

    async def lower(self, new: Backoff, old: Backoff) -> None:
        assert self.backoff == old
        self.backoff = new

    async def refuse(self, read_at: float) -> None:
        self.refused.append(read_at)

    async def count(self, recipients: int) -> None:
        self.counted += recipients


class Asked:
    def __init__(self) -> None:
        self.tenants = AskedTenants()
        self.rate: float | None = 14.0
        self.stopped: str | None = None
        self.paused: set[str] = set()
        self.calls = 0
        self.stream_calls = 0

    async def is_sending(self, stream: str) -> bool | None:
        self.stream_calls += 1
        return stream not in self.paused

    async def account(self, now: float) -> AccountLimits | None:
        self.calls += 1
        if self.rate is None:
            return None
        return AccountLimits(rate=self.rate, most=50_000, sent=10, read_at=now, stopped=self.stopped)


class AskedTenants:
    def __init__(self) -> None:
        self.paused: set[str] = set()
        self.calls = 0
        self.is_silent = False

    async def is_sending(self, tenant: str) -> bool | None:
        self.calls += 1
        return None if self.is_silent else tenant not in self.paused


class Worker:
    def __init__(self, shared: Shared, asked: Asked, clock: Clock) -> None:
        self.limits = SharedLimits(
            rows=shared,
            pauses=SharedPauses(rows=shared, ses=asked, clock=clock),
            tenants=SharedTenantPauses(rows=shared, ses=asked.tenants, clock=clock),
            ses=asked,
            clock=clock,
            safety=0.5,
        )

    def rate(self) -> float:
        return asyncio.run(self.limits.now()).rate.per_second

    def held_by(self, stream: str, tenant: str | None = None) -> str | None:
        return asyncio.run(self.limits.now()).held_by(stream, tenant)

    def paused(self, stream: str, tenant: str | None = None) -> None:
        """SES has answered this worker that it sends nothing."""
        asyncio.run(self.limits.paused(stream, tenant))


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


def test_throttle_answers_lower_the_rate_of_all_workers_each_cause_once(
    shared: Shared, asked: Asked, clock: Clock
) -> None:
    first, second = Worker(shared, asked, clock), Worker(shared, asked, clock)
    first.rate(), second.rate()
    gives_up = []
    for _ in range(3):
        gives_up += [asyncio.run(worker.limits.throttled()) for worker in (first, second)]
        clock.time += 3
    assert gives_up == [False, False, True, True, True, True]
    assert shared.backoff.strikes == 3
    assert first.rate() == second.rate() == pytest.approx(7 * (0.97 * 0.9 + 0.03), abs=0.01)
    clock.time += 120
    assert first.rate() == 7.0


def test_a_worker_pauses_longer_after_each_throttle_answer(shared: Shared, asked: Asked, clock: Clock) -> None:
    worker = Worker(shared, asked, clock)
    worker.rate()
    pauses = []
    for _ in range(6):
        asyncio.run(worker.limits.throttled())
        pauses.append(round(asyncio.run(worker.limits.now()).resumes_at - clock.time, 1))
        clock.time += 5.5
    assert pauses == [-math.inf, 0.7, 1.4, 2.8, 5.0, 5.0]


def test_a_throttle_answer_finds_out_that_the_rate_has_fallen(shared: Shared, asked: Asked, clock: Clock) -> None:
    """Even if a worker has just called GetAccount: that answer is from before."""
    asked.rate = 50.0
    first, second = Worker(shared, asked, clock), Worker(shared, asked, clock)
    assert first.rate() == second.rate() == 25.0
    asked.rate = 14.0
    clock.time += 1
    assert asyncio.run(first.limits.throttled())
    assert first.rate() == second.rate() * 14 / 50 == 7.0
    assert asyncio.run(second.limits.throttled())  # it reads what the first has learned
    assert second.rate() == 7.0
    assert (asked.calls, shared.backoff) == (2, Backoff())
    for worker in (first, second):
        assert asyncio.run(worker.limits.now()).resumes_at == pytest.approx(clock.time + 0.72)


def test_ses_may_remember_the_rate_before_a_fall_for_longer(shared: Shared, asked: Asked, clock: Clock) -> None:
    asked.rate = 50.0
    worker = Worker(shared, asked, clock)
    worker.rate()
    asked.rate = 14.0
    asyncio.run(worker.limits.throttled())
    fallen_at = clock.time
    clock.time += 0.5
    assert asyncio.run(worker.limits.throttled())  # a call that was under way
    assert asyncio.run(worker.limits.now()).resumes_at == pytest.approx(fallen_at + 0.72)
    clock.time += 1
    assert asyncio.run(worker.limits.throttled())
    assert asyncio.run(worker.limits.now()).resumes_at == pytest.approx(fallen_at + 7.2)
    assert shared.backoff == Backoff()
    clock.time += 20
    assert not asyncio.run(worker.limits.throttled())
    assert shared.backoff.strikes == 1


def test_a_rate_that_rises_is_used_without_a_pause(shared: Shared, asked: Asked, clock: Clock) -> None:
    worker = Worker(shared, asked, clock)
    worker.rate()
    asked.rate = 100.0
    clock.time += 61
    assert worker.rate() == 50.0
    assert asyncio.run(worker.limits.now()).resumes_at == -math.inf


def test_a_refusal_and_what_was_sent_are_shared(shared: Shared, asked: Asked, clock: Clock) -> None:
    worker = Worker(shared, asked, clock)
    asyncio.run(worker.limits.used_up())
    assert shared.refused == []  # no worker knows the quota yet
    worker.rate()
    asyncio.run(worker.limits.used_up())
    asyncio.run(worker.limits.count(3))
    assert (shared.refused, shared.counted) == ([START], 3)


PAUSED = "SES says that the stream is paused"


def test_a_pause_that_one_worker_meets_holds_the_stream_of_all(shared: Shared, asked: Asked, clock: Clock) -> None:
    workers = [Worker(shared, asked, clock) for _ in range(5)]
    assert {worker.held_by("marketing") for worker in workers} == {None}

    asked.paused = {"marketing"}
    for worker in workers:
        worker.paused("marketing")  # all of them meet it at once
    assert asked.stream_calls == 1
    clock.time += 2
    assert {worker.held_by("marketing") for worker in workers} == {PAUSED}
    assert {worker.held_by("transactional") for worker in workers} == {None}


def test_a_pause_that_is_over_holds_for_a_minute_at_most(shared: Shared, asked: Asked, clock: Clock) -> None:
    workers = [Worker(shared, asked, clock) for _ in range(3)]
    asked.paused = {"marketing"}
    workers[0].paused("marketing")
    for _ in range(29):
        clock.time += 2
        assert {worker.held_by("marketing") for worker in workers} == {PAUSED}
    assert asked.stream_calls == 1

    clock.time += 2
    assert {worker.held_by("marketing") for worker in workers} == {PAUSED}
    assert asked.stream_calls == 2  # one worker asked again for all
    asked.paused.clear()
    clock.time += 60
    workers[0].held_by("marketing")
    clock.time += 2
    assert {worker.held_by("marketing") for worker in workers} == {None}


def test_an_operators_pause_holds_whatever_ses_says(shared: Shared, asked: Asked, clock: Clock) -> None:
    """A deployment may turn the configuration set on again. Only `ses-stack resume` ends the pause."""
    shared.pauses["marketing"] = StreamPause(stream="marketing", since=START, by="arn:aws:iam::1:user/ann")
    worker = Worker(shared, asked, clock)
    for _ in range(100):
        clock.time += 61
        assert worker.held_by("marketing") == "an operator has paused the stream"
    assert asked.stream_calls == 0
    worker.paused("marketing")
    assert worker.held_by("marketing") == "an operator has paused the stream"


def test_a_paused_account_is_known_to_all_at_once(shared: Shared, asked: Asked, clock: Clock) -> None:
    """SES's answer does not say whether it has paused the account or the configuration set."""
    first, second = Worker(shared, asked, clock), Worker(shared, asked, clock)
    first.rate(), second.rate()
    clock.time += 11
    asked.stopped = "sending is paused for the account"
    first.paused("marketing")
    assert shared.pauses == {}
    assert first.held_by("transactional") == second.held_by("marketing") == "sending is paused for the account"


TENANT_PAUSED = "SES says that the tenant is paused"


def test_a_paused_tenant_holds_its_own_mail_of_all_streams_and_no_other(
    shared: Shared, asked: Asked, clock: Clock
) -> None:
    workers = [Worker(shared, asked, clock) for _ in range(5)]
    assert {worker.held_by("marketing", "acme") for worker in workers} == {None}
    asked.tenants.paused = {"acme"}
    for worker in workers:
        worker.paused("marketing", "acme")  # all of them meet it at once
    assert (asked.tenants.calls, asked.stream_calls, asked.calls) == (1, 0, 1)
    clock.time += 2
    assert {worker.held_by("marketing", "acme") for worker in workers} == {TENANT_PAUSED}
    assert {worker.held_by("transactional", "acme") for worker in workers} == {TENANT_PAUSED}
    for tenant in (None, "initech"):
        assert {worker.held_by("marketing", tenant) for worker in workers} == {None}
    assert (shared.pauses, shared.account and shared.account.stopped) == ({}, None)


def test_a_tenants_pause_that_is_over_holds_for_a_minute_at_most(shared: Shared, asked: Asked, clock: Clock) -> None:
    workers = [Worker(shared, asked, clock) for _ in range(3)]
    asked.tenants.paused = {"acme"}
    workers[0].paused("marketing", "acme")
    since = clock.time
    for _ in range(60):
        clock.time += 2
        assert {worker.held_by("default", "acme") for worker in workers} <= {TENANT_PAUSED}
    assert (asked.tenants.calls, shared.tenants["acme"].since) == (3, since)
    asked.tenants.is_silent = True
    clock.time += 60
    assert workers[0].held_by("default", "acme") == TENANT_PAUSED  # SES does not say that it is over
    asked.tenants.is_silent = False
    asked.tenants.paused.clear()
    clock.time += 60
    workers[0].held_by("default", "acme")
    clock.time += 2
    assert {worker.held_by("default", "acme") for worker in workers} == {None}
    assert shared.tenants == {}


def test_a_tenants_mail_may_be_refused_because_of_its_stream_or_the_account(
    shared: Shared, asked: Asked, clock: Clock
) -> None:
    worker = Worker(shared, asked, clock)
    worker.rate()
    asked.paused = {"marketing"}
    worker.paused("marketing", "acme")
    assert (worker.held_by("marketing"), shared.tenants) == (PAUSED, {})

    asked.paused.clear()
    clock.time += 120
    worker.rate()
    clock.time += 11
    asked.stopped = "sending is paused for the account"
    worker.paused("default", "acme")
    assert (worker.held_by("default"), shared.tenants) == ("sending is paused for the account", {})


def test_a_tenants_refusal_alone_pauses_nothing(shared: Shared, asked: Asked, clock: Clock) -> None:
    worker = Worker(shared, asked, clock)
    worker.rate()
    asked.tenants.is_silent = True
    worker.paused("marketing", "acme")
    assert worker.held_by("marketing") is worker.held_by("marketing", "acme") is None


def test_many_paused_tenants_are_confirmed_one_after_the_other(shared: Shared, asked: Asked, clock: Clock) -> None:
    worker = Worker(shared, asked, clock)
    worker.rate()
    names = {f"t{number}" for number in range(20)}
    asked.tenants.paused = set(names)
    shared.tenants = {name: TenantPause(tenant=name, since=START, asked_at=START) for name in names}
    clock.time += 60
    for look in range(1, 21):
        clock.time += 2
        worker.rate()
        assert asked.tenants.calls == look
    assert {pause.asked_at > START + 60 for pause in shared.tenants.values()} == {True}


def test_a_high_rate_has_shards_that_throttling_does_not_change(shared: Shared, asked: Asked, clock: Clock) -> None:
    asked.rate = 2_500
    worker = Worker(shared, asked, clock)
    assert asyncio.run(worker.limits.now()).rate.shards == 8
    for _ in range(6):
        asyncio.run(worker.limits.throttled())
        clock.time += 3
    after = asyncio.run(worker.limits.now()).rate
    assert after.per_second < 1_000
    assert after.shards == 8


def test_at_a_high_rate_recipients_are_counted_several_batches_at_a_time(
    shared: Shared, asked: Asked, clock: Clock
) -> None:
    asked.rate = 2_500
    worker = Worker(shared, asked, clock)
    asyncio.run(worker.limits.count(1))  # the rate is not known yet
    worker.rate()
    seen = []
    for _ in range(6):
        asyncio.run(worker.limits.count(50))
        seen.append(shared.counted)
    assert seen == [1, 1, 151, 151, 151, 301]
