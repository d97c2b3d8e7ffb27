"""Waiting for events, and reset."""

from __future__ import annotations

from tests.support.simulator import World


def test_drain_counts_the_events_that_wait(world: World) -> None:
    world.send("success@a.org")
    world.publish()
    answer = world.http.get("/drain").json()
    assert answer["pending"] == 1
    assert 0 < answer["next_in_seconds"] < 4
    assert world.http.post("/drain", json={"timeout": 0}).json()["pending"] == 1
    world.settle()
    assert world.http.post("/drain", json={"timeout": 5}).json() == {"pending": 0, "next_in_seconds": None}


def test_reset_removes_everything(world: World) -> None:
    world.send("bounce@a.org")
    world.settle()
    world.http.post("/faults", json={"answer": "throttle"})
    world.http.put("/chaos", json={"drop": 1})
    world.http.post("/reset")
    status = world.http.get("/status").json()
    assert (status["accepted"], status["suppressed"], status["faults"], status["chaos"]["drop"]) == (0, 0, [], 0)
    assert world.http.get("/ledger").json()["position"] == 0
    assert world.send("success@a.org")
