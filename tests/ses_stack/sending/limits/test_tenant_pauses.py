"""What one worker learns from SES about a tenant, and shares. `test_shared_limits.py` has several workers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import pytest

from ses_stack.sending.limits.tenant_pauses import SharedTenantPauses, TenantPause

NOW = 1_790_000_000.0


class World:
    """The rows, SES and the clock of one worker."""

    def __init__(self) -> None:
        self.leased = True
        self.sending: bool | None = True
        self.asked: list[str] = []
        self.put: list[TenantPause] = []
        self.removed: list[str] = []
        self.pauses = SharedTenantPauses(rows=self, ses=self, clock=self)

    def now(self) -> float:
        return NOW

    async def sleep(self, seconds: float) -> None:
        raise AssertionError("nothing waits")

    async def lease_tenant(self, tenant: str, now: float, seconds: float) -> bool:
        return self.leased

    async def put_tenant(self, pause: TenantPause) -> None:
        self.put.append(pause)

    async def remove_tenant(self, tenant: str) -> None:
        self.removed.append(tenant)

    async def is_sending(self, tenant: str) -> bool | None:
        self.asked.append(tenant)
        return self.sending


KNOWN = TenantPause(tenant="acme", since=NOW - 600, asked_at=NOW - 60)


@pytest.mark.parametrize(
    ("sending", "known", "put", "removed"),
    [
        (False, None, [TenantPause(tenant="acme", since=NOW, asked_at=NOW)], []),
        (False, KNOWN, [TenantPause(tenant="acme", since=NOW - 600, asked_at=NOW)], []),
        (True, KNOWN, [], ["acme"]),
        (True, None, [], []),
        (None, KNOWN, [], []),
        (None, None, [], []),
    ],
)
def test_the_answer_is_shared(
    sending: bool | None, known: TenantPause | None, put: list[TenantPause], removed: list[str]
) -> None:
    world = World()
    world.sending = sending
    assert asyncio.run(world.pauses.check("acme", known)) is sending
    assert (world.put, world.removed) == (put, removed)


def test_a_worker_without_the_lease_asks_nothing() -> None:
    world = World()
    world.leased = False
    assert asyncio.run(world.pauses.check("acme", KNOWN)) is None
    assert (world.asked, world.put, world.removed) == ([], [], [])


@pytest.mark.parametrize(("ages", "asked"), [((), []), ((59, 10), []), ((60, 10), ["t0"]), ((61, 99, 60), ["t1"])])
def test_the_pause_that_was_confirmed_first_is_confirmed_again(ages: Iterable[int], asked: list[str]) -> None:
    world = World()
    pauses = [TenantPause(tenant=f"t{number}", since=0, asked_at=NOW - age) for number, age in enumerate(ages)]
    asyncio.run(world.pauses.confirm(pauses))
    assert world.asked == asked
