"""The quota, and both limits as callers see them: they count recipients."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ses_stack_cli.local.simulator.account.limiters import Limiter
from ses_stack_cli.local.simulator.account.limits import DailyQuota
from ses_stack_cli.local.simulator.settings import Settings
from tests.support.simulator import Clock, World

CALLS = st.lists(st.tuples(st.floats(0, 2), st.integers(1, 50)), max_size=200)


@given(calls=CALLS, quota=st.integers(0, 300))
def test_no_24_hours_see_more_than_the_quota(calls: list[tuple[float, int]], quota: int) -> None:
    clock = Clock()
    limit = DailyQuota(quota, clock)
    passed: list[tuple[float, int]] = []
    for wait, count in calls:
        clock.now += wait * 20_000
        if limit.allows(count):
            limit.add(count)
            passed.append((clock.now, count))
        within = sum(count for at, count in passed if at > clock.now - 86_400 + 1)
        assert within <= limit.used <= quota


def throttle(world: World, *to: str) -> str:
    with pytest.raises(world.ses.exceptions.TooManyRequestsException) as raised:
        world.send(*to)
    answer: Any = raised.value.response
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 429
    message: str = answer["Error"]["Message"]
    return message


class TestAccount:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(max_send_rate=10, max_24_hour_send=100, limiter=Limiter.BUCKET)

    def test_the_rate_counts_recipients(self, world: World) -> None:
        world.send(*(f"a{number}@b.org" for number in range(9)))
        assert throttle(world, "x@b.org", "y@b.org") == "Maximum sending rate exceeded."
        world.send("x@b.org")
        world.clock.now += 0.1
        world.send("y@b.org")
        assert world.http.get("/status").json()["throttled"] == 1

    def test_a_message_larger_than_the_bucket_goes_out_when_it_is_full(self, world: World) -> None:
        many = [f"a{number}@b.org" for number in range(30)]
        world.send(*many)
        world.clock.now += 2.9
        throttle(world, *many)
        world.clock.now += 0.1
        world.send(*many)

    def test_the_days_quota_rolls(self, world: World) -> None:
        for _ in range(10):
            world.send(*(f"a{number}@b.org" for number in range(10)))
            world.clock.now += 1
        assert throttle(world, "x@b.org") == "Daily message quota exceeded."
        assert world.ses.get_account()["SendQuota"] == {
            "Max24HourSend": 100.0,
            "MaxSendRate": 10.0,
            "SentLast24Hours": 100.0,
        }
        world.clock.now += 86_400 - 9
        world.send("x@b.org")
        assert world.ses.get_account()["SendQuota"]["SentLast24Hours"] == 81.0

    def test_the_mailbox_simulator_counts_against_the_rate_only(self, world: World) -> None:
        world.send(*(f"success+{number}@simulator.amazonses.com" for number in range(10)))
        assert world.ses.get_account()["SendQuota"]["SentLast24Hours"] == 0
        assert throttle(world, "success@simulator.amazonses.com") == "Maximum sending rate exceeded."

    def test_a_throttled_message_is_not_sent(self, world: World) -> None:
        world.send(*(f"a{number}@b.org" for number in range(10)))
        throttle(world, "x@b.org")
        assert len(world.http.get("/messages").json()["messages"]) == 1

    def test_limits_change_while_it_runs(self, world: World) -> None:
        changed = world.http.put("/quota", json={"max_send_rate": 2, "sent_last_24_hours": 95}).json()
        assert changed["sent_last_24_hours"] == 95
        world.send("a@b.org", "b@b.org")
        assert throttle(world, "c@b.org") == "Maximum sending rate exceeded."
        world.http.put("/quota", json={"max_send_rate": 1_000, "max_24_hour_send": 97})
        assert throttle(world, "c@b.org") == "Daily message quota exceeded."
        assert world.http.put("/quota", json={"max_send_rate": "many"}).status_code == 400
        assert world.http.put("/quota", json={"rate": 1}).json()["error"].startswith("unknown: rate; known:")

    def test_the_control_plane_has_a_limit_of_its_own(self, world: World) -> None:
        world.http.put("/quota", json={"control_plane_rate": 1})
        world.ses.get_account()
        with pytest.raises(world.ses.exceptions.TooManyRequestsException, match="Rate exceeded"):
            world.ses.get_account()
        world.send("a@b.org")
        world.clock.now += 1
        world.ses.get_account()
