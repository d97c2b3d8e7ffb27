"""Publishing: what the configuration set asks for, until EventBridge accepts it; chaos; the same events for a seed."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ses_stack.mail.event_types import EventType
from ses_stack_cli.local.simulator.emulator.protocol import Destination
from ses_stack_cli.local.simulator.mail.message import Message
from ses_stack_cli.local.simulator.settings import Chaos, Settings
from ses_stack_cli.local.simulator.simulator import Simulator
from tests.support.simulator import (
    DEFAULT_BUS,
    LONG_AFTER,
    NAME,
    Clock,
    FakeEmulator,
    World,
    configuration_set,
)

BUS = Destination(name="bus", enabled=True, types=frozenset(EventType), bus_arn=DEFAULT_BUS)


def with_destinations(world: World, *destinations: Destination) -> None:
    world.emulator.sets[NAME] = configuration_set(destinations=destinations)


def status(world: World) -> dict[str, Any]:
    found: dict[str, Any] = world.http.get("/status").json()
    return found


def test_a_type_without_a_destination_is_not_published(world: World) -> None:
    with_destinations(world, replace(BUS, types=frozenset({EventType.SEND, EventType.BOUNCE})))
    world.send("success@a.org")
    world.send("success@a.org")
    assert world.kinds() == ["Send", "Send"]
    assert status(world)["unwanted"]["delivery"] == 2
    assert status(world)["notes"] == [f"no event destination of {NAME} asks for Delivery on EventBridge"]


def test_a_disabled_destination_gets_nothing(world: World) -> None:
    with_destinations(world, replace(BUS, enabled=False))
    world.send("success@a.org")
    assert world.kinds() == []


def test_another_bus_gets_nothing_and_a_note_says_so(world: World) -> None:
    with_destinations(world, replace(BUS, bus_arn=DEFAULT_BUS.replace("default", "mail")))
    world.send("success@a.org")
    assert world.kinds() == []
    (note,) = status(world)["notes"]
    assert "event-bus/mail, but SES publishes to" in note


def test_destinations_other_than_eventbridge_get_nothing(world: World) -> None:
    with_destinations(world, replace(BUS, bus_arn=None))
    world.send("success@a.org")
    assert world.kinds() == []


def test_each_destination_that_asks_gets_the_event(world: World) -> None:
    with_destinations(world, BUS, replace(BUS, name="second", types=frozenset({EventType.SEND})))
    world.send("success@a.org")
    assert world.kinds() == ["Send", "Send", "Delivery"]
    assert world.http.get("/ledger").json()["total_records"] == 2


def test_a_deleted_configuration_set_gets_a_note(world: World) -> None:
    world.send("success@a.org")
    world.emulator.sets.clear()
    assert world.kinds() == []
    assert "does not exist any more" in status(world)["notes"][0]


def test_events_go_out_by_tens(world: World) -> None:
    for number in range(25):
        world.send(f"success+{number}@a.org")
    world.settle()
    assert len(world.emulator.entries) == 50
    assert world.emulator.calls == 5


def test_nothing_is_lost_while_the_emulator_does_not_answer(world: World) -> None:
    for number in range(15):
        world.send(f"success+{number}@a.org")
    world.emulator.broken = 3
    for _ in range(3):
        world.settle()
    assert status(world)["pending"] == 30
    assert status(world)["failed_publishes"] == 30
    world.settle()
    assert len(world.emulator.entries) == 30
    assert status(world)["pending"] == 0
    assert "does not answer" in status(world)["notes"][0]


def test_refused_entries_are_published_again_and_no_others(world: World) -> None:
    for number in range(5):
        world.send(f"success+{number}@a.org")
    world.emulator.refusing = 3
    world.settle()
    assert len(world.emulator.entries) == 7
    world.settle()
    assert Counter(entry["Detail"] for entry in world.emulator.entries).most_common(1)[0][1] == 1
    assert len(world.emulator.entries) == 10
    assert status(world)["failed_publishes"] == 3


class TestChaos:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(max_send_rate=0, seed=3)

    def chaos(self, world: World, **chaos: float) -> Counter[str]:
        assert world.http.put("/chaos", json=chaos).status_code == 200
        for number in range(60):
            world.send(f"success+{number}@a.org")
        world.settle()
        return Counter(entry["Detail"] for entry in world.emulator.entries)

    def test_duplicates(self, world: World) -> None:
        found = self.chaos(world, duplicate=0.5)
        assert set(found.values()) == {1, 2}
        assert status(world)["duplicates"] == sum(found.values()) - 120
        assert world.http.get("/ledger").json()["total_records"] == 120

    def test_losses(self, world: World) -> None:
        found = self.chaos(world, drop=0.25)
        assert 15 < status(world)["dropped"] < 45
        assert len(found) == 120 - status(world)["dropped"]
        assert world.http.get("/ledger").json()["total_records"] == len(found)

    def test_disorder(self, world: World) -> None:
        self.chaos(world, shuffle=1, shuffle_seconds=60)
        kinds = [json.loads(entry["Detail"])["eventType"] for entry in world.emulator.entries]
        assert Counter(kinds) == {"Send": 60, "Delivery": 60}
        assert kinds != sorted(kinds, reverse=True)

    def test_delays(self, world: World) -> None:
        world.http.put("/chaos", json={"delay": 1, "delay_seconds": 1_000})
        world.send("success@a.org")
        world.clock.now += 5
        world.publish()
        assert len(world.emulator.entries) < 2
        assert len(world.settle()) == 2

    def test_it_is_checked(self, world: World) -> None:
        assert "from 0 to 1" in world.http.put("/chaos", json={"drop": 2}).json()["error"]
        assert "unknown: loss" in world.http.put("/chaos", json={"loss": 1}).json()["error"]
        assert world.http.put("/chaos", json={"drop": "x"}).status_code == 400
        assert world.http.get("/chaos").json()["drop"] == 0


def published(seed: int, messages: list[Message], *, chaos: Chaos, scale: float) -> list[str]:
    """The records of these messages, without what depends on the moment."""
    clock, emulator = Clock(), FakeEmulator()
    simulator = Simulator(Settings(seed=seed, max_send_rate=0, chaos=chaos, latency_scale=scale), emulator, clock)

    async def run() -> None:
        for message in messages:
            await simulator.send(message, "me")
        clock.now += LONG_AFTER
        await simulator.publisher.publish_due()

    asyncio.run(run())
    return sorted(str(entry["Detail"]) for entry in emulator.entries)


def message(name: str) -> Message:
    return Message(
        source="a@b.org", to=[f"{name}@gmail.com"], html="<a href='https://x.org'>x</a>", configuration_set=NAME
    )


@settings(max_examples=25)
@given(
    seed=st.integers(0, 1_000),
    names=st.lists(st.sampled_from(["anna", "ben", "cleo", "open", "delay"]), min_size=1, max_size=8),
    order=st.randoms(use_true_random=False),
)
def test_the_same_seed_gives_the_same_events_in_whatever_order_mail_is_sent(
    seed: int, names: list[str], order: Any
) -> None:
    chaos = Chaos(duplicate=0.3, drop=0.2, shuffle=0.5)
    messages = [message(name) for name in names]
    shuffled = messages.copy()
    order.shuffle(shuffled)
    assert published(seed, messages, chaos=chaos, scale=0) == published(seed, shuffled, chaos=chaos, scale=0)


def test_another_seed_gives_other_events() -> None:
    messages = [message(f"person{number}") for number in range(30)]
    assert published(1, messages, chaos=Chaos(), scale=1) != published(2, messages, chaos=Chaos(), scale=1)


def test_outcomes_of_ordinary_addresses_follow_the_shares() -> None:
    messages = [message(f"person{number}") for number in range(2_000)]
    kinds = Counter(json.loads(detail)["eventType"] for detail in published(1, messages, chaos=Chaos(), scale=0))
    assert kinds["Send"] == 2_000
    assert 1_900 < kinds["Delivery"] < 2_000
    assert 10 < kinds["Bounce"] < 80
    assert 550 < kinds["Open"] < 850
    assert 50 < kinds["Click"] < 250


def test_the_publisher_runs_by_itself() -> None:
    async def run() -> int:
        emulator = FakeEmulator()
        simulator = Simulator(Settings(max_send_rate=0, latency_scale=0), emulator)
        task = asyncio.create_task(simulator.publisher.run())
        await simulator.send(message("success"), "me")
        while simulator.publisher.pending:
            await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return len(emulator.entries)

    assert asyncio.run(asyncio.wait_for(run(), 30)) == 2
