"""The sender in simulated time, against each of the simulator's limiters: short plays of what `make bench` measures."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks._plays import FAIR, SENDER, USUAL, Contender, backlog, falling, killed, near_the_quota
from benchmarks._world import START, World, worst_window
from benchmarks.sender import TARGETS
from ses_stack.mail.lanes import Lane
from ses_stack_cli.local.simulator.account.limiters import Limiter

WORLDS = {
    14: World(rate=14, bulk_workers=2, priority_workers=5),
    100: World(rate=100, bulk_workers=5, priority_workers=5),
    1000: World(rate=1000, bulk_workers=40, priority_workers=10),
}
SECONDS = {14: 120, 100: 30, 1000: 17}
LIMITERS = pytest.mark.parametrize("limiter", list(Limiter))


@LIMITERS
@pytest.mark.parametrize("rate", list(WORLDS))
def test_the_rate_is_used_and_ses_refuses_nothing(limiter: Limiter, rate: int) -> None:
    """14, 100 and 1,000 a second; latencies vary, and clocks lie 25 ms apart."""
    world = replace(WORLDS[rate], limiter=limiter, seed=7)
    run = backlog(world, seconds=SECONDS[rate], priority=1 if rate == 14 else rate / 10)
    assert run.refused == 0
    assert run.share >= 0.95
    assert run.worst_second <= 1
    assert run.calls_per_message <= 2.36
    assert run.priority_p99 <= 1.5
    assert (run.dead, run.twice) == (0, 0)


def test_calls_that_several_messages_share_keep_the_rate_too() -> None:
    """SES counts each recipient of a SendBulkEmail call, all at one moment."""
    run = backlog(replace(WORLDS[1000], shares_calls=True), seconds=17, priority=100)
    assert (run.refused, run.worst_second <= 1) == (0, True)
    assert run.share >= 0.95


@LIMITERS
def test_a_rate_that_falls_costs_few_throttle_answers(limiter: Limiter) -> None:
    fall = falling(World(rate=50, bulk_workers=4, priority_workers=5, limiter=limiter), to=14, seconds=90)
    assert 0 < fall.refused <= 30
    assert fall.recovery_seconds <= (8 if limiter is Limiter.LENIENT else 2)


def test_a_rate_that_stays_recovers_at_once_from_a_refusal() -> None:
    """If SES counted a call only after half of its latency, a strict one would refuse some in a thousand."""
    run = backlog(replace(WORLDS[14], network_share=0.5), seconds=180, priority=1)
    assert 0 < run.refused <= 30
    assert run.share >= 0.9
    assert (run.dead, run.twice) == (0, 0)


def test_workers_that_die_lose_nothing_and_send_nothing_twice() -> None:
    world = World(rate=200, bulk_workers=10, priority_workers=5, kills=0.02)
    survived = killed(world, count=2_000)
    assert survived["killed"] > 10
    assert (survived["lost"], survived["twice"]) == (0, 0)


@pytest.mark.parametrize("contender", [USUAL, FAIR])
def test_the_recipes_send_mail_twice_when_workers_die(contender: Contender) -> None:
    recipe = killed(World(rate=200, kills=0.02), contender, count=2_000)
    assert recipe["lost"] == 0
    assert recipe["twice"] > 20


def test_the_fair_recipe_is_better_than_the_usual_one() -> None:
    usual, fair = (backlog(World(rate=14), seconds=120, priority=1, contender=each) for each in (USUAL, FAIR))
    assert fair.priority_p99 < usual.priority_p99 / 10
    assert fair.refused > 0


def test_near_the_quota_only_priority_mail_goes_out() -> None:
    assert near_the_quota(World(rate=100, most=50_000, sent_before=47_500)) == {Lane.PRIORITY: 1, Lane.BULK: 0}


def test_a_window_may_begin_anywhere() -> None:
    times = [START, START + 0.5, START + 0.9, START + 1.0, START + 1.4]
    assert worst_window(times, 1) == 4
    assert worst_window([], 1) == 0


def test_the_figures_that_are_promised_have_limits() -> None:
    for rate in (14, 100, 1000):
        assert TARGETS[f"strict_refused_{rate}"] == ("<=", 0)
        assert TARGETS[f"strict_rate_share_{rate}"] == (">=", 0.95)
    assert TARGETS["worst_window_over_rate"] == ("<=", 1.0)
    assert SENDER.lane(Lane.PRIORITY) is FAIR.lane(Lane.PRIORITY) is Lane.PRIORITY
    assert USUAL.lane(Lane.PRIORITY) is Lane.BULK
