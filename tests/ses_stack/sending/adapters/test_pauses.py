"""The row of the pauses, on moto: workers and operators write it, all read it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import boto3
import pytest

from ses_stack.aws.threads import Threads
from ses_stack.errors import TableError
from ses_stack.sending.adapters.account import AccountRows
from ses_stack.sending.adapters.pauses import LearnedPauses, OperatorPauses
from ses_stack.sending.adapters.table import SendTable
from ses_stack.sending.limits.account_limits import KnownLimits
from ses_stack.sending.limits.stream_pauses import StreamPause
from ses_stack.sending.limits.tenant_pauses import TenantPause
from tests.support.moto_calls import MotoCalls, error

NOW = 1_790_000_000.0
BY_ANN = StreamPause(stream="marketing", since=NOW - 5, by="arn:aws:iam::1:user/ann", reason="wrong link")


class World:
    def __init__(self, own_table: Callable[[], SendTable], threads: Threads) -> None:
        self.learned = LearnedPauses(own_table, threads=threads)
        self.operator = OperatorPauses(boto3.client("dynamodb"), name="SendTable")
        self._rows = AccountRows(own_table, threads=threads)

    def known(self) -> KnownLimits:
        return asyncio.run(self._rows.known())

    def pauses(self) -> dict[str, StreamPause]:
        return dict(self.known().pauses)

    def tenants(self) -> dict[str, TenantPause]:
        return dict(self.known().tenants)

    def lease(self, now: float, stream: str = "marketing") -> bool:
        return asyncio.run(self.learned.lease_stream(stream, now, 10))


@pytest.fixture
def world(own_table: Callable[[], SendTable], threads: Threads) -> World:
    return World(own_table, threads)


def test_a_learned_pause_begins_once_and_ends(world: World) -> None:
    asyncio.run(world.learned.remove_learned("marketing"))  # no worker has put one
    asyncio.run(world.learned.put_learned("marketing", NOW))
    asyncio.run(world.learned.put_learned("marketing", NOW + 5))
    asyncio.run(world.learned.put_learned("default", NOW + 6))
    assert world.pauses() == {
        "marketing": StreamPause(stream="marketing", since=NOW),
        "default": StreamPause(stream="default", since=NOW + 6),
    }
    asyncio.run(world.learned.remove_learned("marketing"))
    assert world.pauses().keys() == {"default"}


def test_no_worker_touches_an_operators_pause(world: World) -> None:
    asyncio.run(world.learned.put_learned("marketing", NOW))
    world.operator.put(BY_ANN)
    asyncio.run(world.learned.put_learned("marketing", NOW + 5))
    asyncio.run(world.learned.remove_learned("marketing"))
    assert world.pauses() == {"marketing": BY_ANN}

    world.operator.remove("marketing")
    world.operator.remove("marketing")
    assert world.pauses() == {}


def test_one_worker_at_a_time_asks_ses_about_a_stream(world: World) -> None:
    assert world.lease(NOW)
    assert not world.lease(NOW + 10)
    assert world.lease(NOW + 5, "default")
    assert world.lease(NOW + 10.1)
    asyncio.run(world.learned.put_learned("marketing", NOW + 11))
    assert world.pauses()["marketing"].asked_at == NOW + 10.1


def test_a_table_that_fails_is_an_error(world: World, calls: MotoCalls) -> None:
    calls.faults += [("UpdateItem", error("AccessDeniedException"))]
    with pytest.raises(TableError, match="AccessDeniedException"):
        world.lease(NOW)


def test_a_lease_taken_over_a_broken_connection_is_the_workers_own(world: World, calls: MotoCalls) -> None:
    calls.broken = ["UpdateItem"]
    assert world.lease(NOW)
    calls.broken = ["UpdateItem"]
    assert not world.lease(NOW + 1)


def test_a_tenants_pause_begins_is_confirmed_and_ends(world: World) -> None:
    asyncio.run(world.learned.remove_tenant("acme"))  # no worker has put one
    asyncio.run(world.learned.put_learned("marketing", NOW))
    first = TenantPause(tenant="acme", since=NOW, asked_at=NOW)
    confirmed = TenantPause(tenant="acme", since=NOW, asked_at=NOW + 60)
    other = TenantPause(tenant="marketing", since=NOW + 1, asked_at=NOW + 1)  # named like a stream
    for pause in (first, other, confirmed):
        asyncio.run(world.learned.put_tenant(pause))
    assert world.tenants() == {"acme": confirmed, "marketing": other}
    asyncio.run(world.learned.remove_tenant("acme"))
    asyncio.run(world.learned.remove_tenant("marketing"))
    assert (world.tenants(), world.pauses().keys()) == ({}, {"marketing"})


def test_one_worker_at_a_time_asks_ses_about_a_tenant(world: World) -> None:
    def lease(tenant: str, now: float) -> bool:
        return asyncio.run(world.learned.lease_tenant(tenant, now, 10))

    assert lease("acme", NOW)
    assert not lease("acme", NOW + 10)
    assert lease("initech", NOW + 5)
    assert lease("acme", NOW + 10.1)
    row = boto3.client("dynamodb").get_item(TableName="SendTable", Key={"pk": {"S": "TENANT#acme"}})["Item"]
    assert int(row["expires_at"]["N"]) == int(NOW + 10.1) + 86_400


def test_a_resumption_is_noted_beside_the_pauses(world: World) -> None:
    """A stream that is paused again keeps the note: the guard compares the times."""
    world.operator.put(BY_ANN)
    world.operator.note_resumed("marketing", NOW)
    assert dict(world.known().resumed) == {"marketing": NOW}
    assert world.pauses() == {"marketing": BY_ANN}

    world.operator.remove("marketing")
    assert (dict(world.known().resumed), world.pauses()) == ({"marketing": NOW}, {})
