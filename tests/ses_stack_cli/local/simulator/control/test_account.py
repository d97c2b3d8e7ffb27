"""Changing the account through its control routes."""

from __future__ import annotations

from tests.support.simulator import World


def test_limits_are_read_and_changed(world: World) -> None:
    assert world.http.get("/quota").json() == {
        "max_send_rate": 0,
        "max_24_hour_send": 50_000.0,
        "sent_last_24_hours": 0,
        "control_plane_rate": 0.0,
    }
    changed = {"max_send_rate": 5, "max_24_hour_send": 10, "sent_last_24_hours": 3, "control_plane_rate": 2}
    assert world.http.put("/quota", json=changed).json() == changed
    assert world.simulator.quota.allows(7)
    assert not world.simulator.quota.allows(8)


def test_the_account_is_suspended_and_restored(world: World) -> None:
    body = {"enforcement": "SHUTDOWN", "unverified": ["B.org", "a@c.org"]}
    answer = world.http.put("/account", json=body).json()
    assert (answer["enforcement"], answer["unverified"], answer["sending_enabled"]) == (
        "SHUTDOWN",
        ["a@c.org", "b.org"],
        True,
    )
    assert world.http.put("/account", json={"enforcement": "HEALTHY", "unverified": []}).json()["unverified"] == []
    assert world.send("a@b.org")


def test_values_that_are_refused_change_nothing(world: World) -> None:
    for body, text in (
        ({"standing": "fine"}, "unknown: standing; known: sending_enabled"),
        ({"sending_enabled": "no"}, "sending_enabled has the wrong kind"),
        ({"enforcement": "FINE"}, "enforcement is HEALTHY, PROBATION or SHUTDOWN"),
    ):
        answer = world.http.put("/account", json=body)
        assert answer.status_code == 400
        assert text in answer.json()["error"]
    assert world.simulator.account.sending_enabled
