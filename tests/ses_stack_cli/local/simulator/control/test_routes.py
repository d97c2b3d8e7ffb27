"""Requests that are not valid."""

from __future__ import annotations

from tests.support.simulator import World


def test_a_request_that_is_not_valid_gets_an_error(world: World) -> None:
    assert world.http.post("/faults", json={"calls": 1}).json()["error"] == "answer: Field required"
    assert world.http.post("/faults", json={"answer": "error", "calls": "x"}).status_code == 400
    assert world.http.post("/drain", json={"timeout": "x"}).status_code == 400
    assert world.http.put("/account", json={"enforcement": "FINE"}).status_code == 400
    assert world.http.post("/faults", content=b"{").status_code == 400
    assert "wrong kind" in world.http.put("/account", json={"unverified": "x"}).json()["error"]
