"""The sender against SES's limits: the rate it keeps, what priority mail waits, and what survives dying workers.

At 14 a second the deployed sender on a local cloud, for a minute. At 14, 100 and 1,000 a second its own loop and
limiter in virtual time, against an SES that is each of the simulator's three limiters; there, a seed decides
everything. SES's latency is drawn from a log-normal distribution, and the workers' clocks lie 25 ms apart. Beside it
the usual recipe (one queue, reserved concurrency of `rate / batch x 0.8`, no pacing, a throttle is a failure of the
batch), and a fair one (a queue for each lane, partial failures, three tries).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from benchmarks import _local_sender
from benchmarks._plays import FAIR, USUAL, Contender, Run, backlog, falling, killed, near_the_quota
from benchmarks._world import World
from benchmarks.harness import Result, Target, run
from ses_stack.mail.lanes import Lane
from ses_stack_cli.local.simulator.account.limiters import Limiter

RATES = (14, 100, 1000)
_WORLDS = {
    14: World(rate=14, bulk_workers=2, priority_workers=5),
    100: World(rate=100, bulk_workers=5, priority_workers=5),
    1000: World(rate=1000, bulk_workers=40, priority_workers=10),
}
_SECONDS = {14: 180, 100: 60, 1000: 25}
_PRIORITY = {14: 1, 100: 10, 1000: 100}
_SEEDS = {14: range(1, 6), 100: range(1, 4), 1000: range(1, 2)}
_KILLING = World(rate=200, bulk_workers=10, priority_workers=5, kills=0.02)
TARGETS: Mapping[str, Target] = {
    **{f"{limiter}_refused_{rate}": ("<=", 0) for rate in RATES for limiter in Limiter},
    **{f"{limiter}_rate_share_{rate}": (">=", 0.95) for rate in RATES for limiter in Limiter},
    "worst_window_over_rate": ("<=", 1.0),
    "worst_10_seconds_over_rate": ("<=", 1.0),
    **{f"{limiter}_refused_after_fall": ("<=", 30) for limiter in Limiter},
    **{f"{limiter}_recovery_seconds_after_fall": ("<=", 10) for limiter in Limiter},
    "priority_p99_seconds_14": ("<=", 1.5),
    "priority_p99_seconds_100": ("<=", 0.5),
    "priority_p99_seconds_1000": ("<=", 0.5),
    "dynamodb_calls_per_message": ("<=", 2.36),
    "local_cloud_rate_share_14": (">=", 0.95),
    "local_cloud_refused_14": ("<=", 0),
    "local_cloud_worst_window_over_rate_14": ("<=", 1.0),
    "local_cloud_priority_p99_seconds_14": ("<=", 1.5),
    "priority_sent_at_95_percent_of_quota": (">=", 1),
    "bulk_sent_at_95_percent_of_quota": ("<=", 0),
    "lost": ("<=", 0),
    "dead_lettered_by_limit": ("<=", 0),
    "sent_twice": ("<=", 0),
}


def measure() -> Result:
    runs = {(limiter, rate): _runs(limiter, rate) for limiter in Limiter for rate in RATES}
    every_run = [each for group in runs.values() for each in group]
    figures = _rate_figures(runs, every_run) | _fall_figures() | _hard_figures()
    for rate in RATES:
        figures[f"priority_p99_seconds_{rate}"] = max(each.priority_p99 for each in runs[Limiter.STRICT, rate])
    figures["dynamodb_calls_per_message"] = max(each.calls_per_message for each in every_run)
    figures |= {f"local_cloud_{name}_14": value for name, value in _local_sender.figures().items()}
    figures |= _survival_figures(sum(each.dead for each in every_run))
    figures |= _recipe_figures("usual", USUAL) | _recipe_figures("fair", FAIR)
    return Result("sender", {name: round(value, 4) for name, value in figures.items()}, TARGETS)


def _runs(limiter: Limiter, rate: int) -> list[Run]:
    world = replace(_WORLDS[rate], limiter=limiter)
    return [
        backlog(replace(world, seed=seed), seconds=_SECONDS[rate], priority=_PRIORITY[rate]) for seed in _SEEDS[rate]
    ]


def _rate_figures(runs: Mapping[tuple[Limiter, int], list[Run]], every_run: Iterable[Run]) -> dict[str, float]:
    figures: dict[str, float] = {}
    for (limiter, rate), group in runs.items():
        figures[f"{limiter}_refused_{rate}"] = sum(each.refused for each in group)
        figures[f"{limiter}_rate_share_{rate}"] = min(each.share for each in group)
    figures["worst_window_over_rate"] = max(each.worst_second for each in every_run)
    figures["worst_10_seconds_over_rate"] = max(each.worst_ten_seconds for each in every_run)
    return figures


def _fall_figures() -> dict[str, float]:
    """The account's rate falls from 50 to 14."""
    figures: dict[str, float] = {}
    for limiter in Limiter:
        world = World(rate=50, bulk_workers=4, priority_workers=5, limiter=limiter)
        falls = [falling(replace(world, seed=seed), to=14, seconds=120) for seed in range(1, 4)]
        figures[f"{limiter}_refused_after_fall"] = max(each.refused for each in falls)
        figures[f"{limiter}_recovery_seconds_after_fall"] = max(each.recovery_seconds for each in falls)
    return figures


def _hard_figures() -> dict[str, float]:
    """What cannot be paced: calls that SES counts only after half of their latency, and several recipients at once."""
    worlds = {
        "14_counted_late": replace(_WORLDS[14], network_share=0.5),
        "14_two_recipients": replace(_WORLDS[14], recipients=2),
        "14_three_recipients": replace(_WORLDS[14], recipients=3),
        "100_two_recipients": replace(_WORLDS[100], recipients=2),
    }
    figures: dict[str, float] = {}
    for name, world in worlds.items():
        played = backlog(world, seconds=180, priority=1)
        figures |= {f"strict_refused_{name}": played.refused, f"strict_rate_share_{name}": played.share}
    return figures


def _survival_figures(dead: int) -> dict[str, float]:
    survived, unproved = killed(_KILLING), killed(replace(_KILLING, lost_events=1.0))
    quota = near_the_quota(World(rate=100, most=50_000, sent_before=47_500))
    return {
        "priority_sent_at_95_percent_of_quota": quota[Lane.PRIORITY],
        "bulk_sent_at_95_percent_of_quota": quota[Lane.BULK],
        "lost": survived["lost"],
        "dead_lettered_by_limit": dead + survived["dead"],
        "killed": survived["killed"],
        "sent_twice": survived["twice"],
        "unknown_after_kills": survived["unknown"],
        "sent_twice_without_send_events": unproved["twice"],
        "lost_without_send_events": unproved["lost"],
    }


def _recipe_figures(name: str, contender: Contender) -> dict[str, float]:
    figures: dict[str, float] = {}
    for rate, seconds in ((14, 180), (100, 120)):
        each = backlog(World(rate=rate), seconds=seconds, priority=rate / 10, contender=contender)
        figures |= {
            f"{name}_recipe_rate_share_{rate}": each.share,
            f"{name}_recipe_refused_{rate}": each.refused,
            f"{name}_recipe_dead_lettered_{rate}": each.dead,
            f"{name}_recipe_sent_twice_{rate}": each.twice,
            f"{name}_recipe_priority_p99_seconds_{rate}": each.priority_p99,
        }
    figures[f"{name}_recipe_sent_twice_after_kills"] = killed(_KILLING, contender)["twice"]
    return figures


if __name__ == "__main__":
    run(measure)
