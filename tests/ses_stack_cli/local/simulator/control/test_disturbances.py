"""Faults and chaos through their control routes."""

from __future__ import annotations

from tests.support.simulator import World


def test_a_fault_is_injected_shown_and_removed(world: World) -> None:
    fault = world.http.post("/faults", json={"operation": "SendEmail", "answer": "throttle", "seconds": 60}).json()
    assert fault == {
        "operation": "SendEmail",
        "answer": "throttle",
        "calls": None,
        "until": world.clock.now + 60,
        "after": False,
        "message": None,
        "hold_seconds": 60.0,
        "hits": 0,
    }
    assert world.http.get("/faults").json() == {"faults": [fault]}
    assert world.http.delete("/faults").json() == {"faults": []}
    assert world.send("a@b.org")


def test_chaos_keeps_the_members_that_a_change_does_not_name(world: World) -> None:
    world.http.put("/chaos", json={"drop": 0.5})
    assert world.http.put("/chaos", json={"delay": 1}).json() == {
        "duplicate": 0.0,
        "shuffle": 0.0,
        "delay": 1,
        "drop": 0.5,
        "shuffle_seconds": 2.0,
        "delay_seconds": 30.0,
    }
    assert world.http.put("/chaos", json={"drop": 3}).status_code == 400
    assert world.http.get("/chaos").json()["drop"] == 0.5
