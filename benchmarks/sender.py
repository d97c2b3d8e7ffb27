"""The sender against SES's limits: the rate it keeps, what priority mail waits, and what survives dying workers.

At 14 a second the deployed sender on a local cloud, for a minute. At 14, 100 and 1,000 a second its own loop and
limiter in virtual time, against an SES that counts for itself; there, a seed decides everything. Next to it the usual
recipe: reserved concurrency of `rate / batch x 0.8`, no pacing, a throttle is a failure.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks import _local_sender
from benchmarks._simulation import START, Played, Worker, World, built, recipe, sender, started, worst_window
from benchmarks.harness import Result, Target, run
from ses_stack.mail.lanes import Lane
from ses_stack.sending.outcomes.ledger import RequestStatus
from tests.support.virtual_time import run as in_virtual_time

BACKLOG = 50_000
KILLED = 10_000
_WARM_UP = 5
TARGETS: Mapping[str, Target] = {
    "rate_share_14": (">=", 0.97),
    "rate_share_100": (">=", 0.97),
    "rate_share_1000": (">=", 0.97),
    "simulated_rate_share_14": (">=", 0.97),
    "worst_window_over_rate": ("<=", 1.10),
    "worst_10_seconds_over_rate": ("<=", 1.02),
    "throttles": ("<=", 0),
    "priority_p99_seconds_14": ("<=", 1.5),
    "priority_p99_seconds_100": ("<=", 0.5),
    "priority_p99_seconds_1000": ("<=", 0.5),
    "priority_sent_at_95_percent_of_quota": (">=", 1),
    "bulk_sent_at_95_percent_of_quota": ("<=", 0),
    "lost": ("<=", 0),
    "dead_lettered_by_limit": ("<=", 0),
    "sent_twice": ("<=", 0),
    "dynamodb_calls_per_message": ("<=", 2.5),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What a world with a backlog showed. The rates are shares of the rate that the operator allows."""

    share: float
    worst_second: float
    worst_ten_seconds: float
    throttles: int
    priority_p99: float
    calls_per_message: float
    dead: int
    twice: int


def measure() -> Result:
    backlogs = {
        14: _backlog(World(rate=14, bulk_workers=2, priority_workers=5), seconds=180, priority=1),
        100: _backlog(World(rate=100, bulk_workers=5, priority_workers=5), seconds=60, priority=10),
        1000: _backlog(World(rate=1000, bulk_workers=40, priority_workers=10), seconds=25, priority=100),
    }
    usual = {
        rate: _backlog(
            World(rate=rate), seconds=180 if rate == 14 else 60, priority=rate / 10, worker=recipe, one_queue=True
        )
        for rate in (14, 100)
    }
    # The recipe's rate is SES's latency: twice as quick an SES makes it twice as fast.
    quick = _backlog(World(rate=100, ses_seconds=0.04), seconds=600, priority=1, worker=recipe, one_queue=True)
    killed = _killed(World(rate=200, bulk_workers=10, priority_workers=5, kills=0.02), sender)
    unproved = _killed(World(rate=200, bulk_workers=10, priority_workers=5, kills=0.02, lost_events=1.0), sender)
    usual_killed = _killed(World(rate=200, bulk_workers=16, priority_workers=1, kills=0.02), recipe)
    quota = _near_the_quota(World(rate=100, most=50_000, sent_before=47_500))
    deployed = _local_sender.figures()
    figures: dict[str, float] = {f"rate_share_{rate}": each.share for rate, each in backlogs.items()}
    figures |= {"rate_share_14": deployed.pop("rate_share"), "simulated_rate_share_14": backlogs[14].share}
    figures |= {
        "worst_window_over_rate": max(each.worst_second for each in backlogs.values()),
        "worst_10_seconds_over_rate": max(each.worst_ten_seconds for each in backlogs.values()),
        "throttles": sum(each.throttles for each in backlogs.values()) + deployed.pop("throttles"),
    }
    figures |= {f"priority_p99_seconds_{rate}": each.priority_p99 for rate, each in backlogs.items()}
    figures |= {
        "priority_p99_seconds_14": deployed.pop("priority_p99_seconds"),
        "simulated_priority_p99_seconds_14": backlogs[14].priority_p99,
    }
    figures |= {f"local_cloud_{name}_14": value for name, value in deployed.items()}
    figures |= quota
    figures |= {
        "lost": killed["lost"],
        "dead_lettered_by_limit": sum(each.dead for each in backlogs.values()) + killed["dead"],
        "killed": killed["killed"],
        "sent_twice": killed["twice"],
        "unknown_after_kills": killed["unknown"],
        "sent_twice_without_send_events": unproved["twice"],
        "lost_without_send_events": unproved["lost"],
        "dynamodb_calls_per_message": max(each.calls_per_message for each in backlogs.values()),
    }
    for rate, each in usual.items():
        figures |= {
            f"usual_recipe_rate_share_{rate}": each.share,
            f"usual_recipe_throttles_{rate}": each.throttles,
            f"usual_recipe_dead_lettered_{rate}": each.dead,
            f"usual_recipe_sent_twice_{rate}": each.twice,
            f"usual_recipe_priority_p99_seconds_{rate}": each.priority_p99,
        }
    figures |= {
        "usual_recipe_throttles_100_quick_ses": quick.throttles,
        "usual_recipe_sent_twice_100_quick_ses": quick.twice,
        "usual_recipe_dead_lettered_100_quick_ses": quick.dead,
    }
    figures["usual_recipe_sent_twice_after_kills"] = usual_killed["twice"]
    return Result("sender", {name: round(value, 4) for name, value in figures.items()}, TARGETS)


def _backlog(world: World, *, seconds: int, priority: float, worker: Worker = sender, one_queue: bool = False) -> Run:
    """A backlog of bulk mail, and so many priority messages a second. The recipe has one queue for both."""

    async def play() -> Run:
        played = built(world)
        urgent = Lane.BULK if one_queue else Lane.PRIORITY
        for number in range(BACKLOG):
            played.put(Lane.BULK, f"marketing:{number}")
        chance, moment = random.Random(world.seed), START + _WARM_UP
        sent_in_time = seconds - 10 if not one_queue else seconds / 2
        for number in range(int(priority * sent_in_time)):
            moment += chance.expovariate(priority)
            if moment > START + sent_in_time:
                break
            played.put(urgent, f"transactional:{number}", at=moment)
        await _played(played, worker, seconds)
        return _run_of(played, seconds)

    return in_virtual_time(play(), start=START)


async def _played(played: Played, worker: Worker, seconds: float) -> None:
    world = played.world
    workers = {Lane.PRIORITY: world.priority_workers, Lane.BULK: world.bulk_workers}
    if worker is recipe:
        workers = {Lane.BULK: max(1, round(world.rate / world.batch * 0.8))}
    tasks = started(played, worker, workers)
    await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        if task.done():
            task.result()
        task.cancel()


def _run_of(played: Played, seconds: int) -> Run:
    accepted = played.ses.accepted
    times = [moment for moment, _ in accepted]
    allowed = played.world.rate * played.world.safety
    steady = sum(START + _WARM_UP <= moment < START + seconds for moment in times) / (seconds - _WARM_UP)
    waits = sorted(
        [moment - played.queued[each] for moment, each in accepted if each.startswith("transactional")]
        # What is still not sent has waited until now.
        + [START + seconds - at for each, at in played.queued.items() if _unsent(each, played)]
    )
    return Run(
        share=steady / allowed,
        worst_second=worst_window(times, 1) / allowed,
        worst_ten_seconds=worst_window(times, 10) / allowed / 10,
        throttles=played.ses.throttles,
        priority_p99=waits[int(len(waits) * 0.99)],
        calls_per_message=played.store.calls / max(1, len(accepted)),
        dead=sum(len(queue.dead) for queue in played.queues.values()),
        twice=_twice(played),
    )


def _unsent(request_id: str, played: Played) -> bool:
    return request_id.startswith("transactional") and request_id not in played.ses.known


def _killed(world: World, worker: Worker) -> dict[str, float]:
    """Mail of both lanes while workers die; played until everything has come to rest."""

    async def play() -> dict[str, float]:
        played = built(world)
        for number in range(KILLED):
            lane, stream = (Lane.PRIORITY, "transactional") if number % 4 == 0 else (Lane.BULK, "marketing")
            played.put(Lane.BULK if worker is recipe else lane, f"{stream}:{number}")
        await _played(played, worker, 3_600)
        rows, queued = played.store.rows, played.queued
        accepted = played.ses.known
        resting = {record.body for queue in played.queues.values() for record in queue.left}
        resting |= {record.body for queue in played.queues.values() for record, _ in queue.dead}
        return {
            "killed": played.kills,
            "twice": _twice(played),
            "unknown": sum(row.status is RequestStatus.UNKNOWN for row in rows.values()),
            "lost": sum(each not in accepted and each not in resting for each in queued),
            "dead": sum("no answer" not in why for queue in played.queues.values() for _, why in queue.dead),
        }

    return in_virtual_time(play(), start=START)


def _near_the_quota(world: World) -> dict[str, float]:
    """The share of each lane's mail that goes out while 95% of the quota is used up."""

    async def play() -> dict[str, float]:
        played = built(world)
        for number in range(1_000):
            played.put(Lane.BULK, f"marketing:{number}")
            played.put(Lane.PRIORITY, f"transactional:{number}")
        await _played(played, sender, 60)
        streams = Counter(each.partition(":")[0] for each in played.ses.known)
        return {
            "priority_sent_at_95_percent_of_quota": streams["transactional"] / 1_000,
            "bulk_sent_at_95_percent_of_quota": streams["marketing"] / 1_000,
        }

    return in_virtual_time(play(), start=START)


def _twice(played: Played) -> int:
    return sum(count - 1 for count in played.ses.known.values())


if __name__ == "__main__":
    run(measure)
