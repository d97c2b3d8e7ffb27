"""What happens in the simulated worlds: a backlog, a rate that falls, workers that die, a quota that is nearly used up.

A seed decides everything. Rates and windows are measured over the account's rate.
"""

from __future__ import annotations

import asyncio
import random
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from benchmarks import _recipe
from benchmarks._simulation import Played, Worker, built, sender, started
from benchmarks._world import START, World, worst_window
from ses_stack.mail.lanes import Lane
from ses_stack.sending.outcomes.ledger import RequestStatus
from tests.support.virtual_time import run as in_virtual_time

KILLED = 10_000
# At the beginning nothing is measured, and towards the end no priority mail is queued.
_WARM_UP, _LAST_SECONDS = 5, 10
_RECOVERED_SHARE, _RECOVERED_SECONDS = 0.9, 5.0


@dataclass(frozen=True, slots=True)
class Contender:
    """A way to send: its worker, and how many of them each lane has. `has_lanes`: priority mail has its own queue."""

    worker: Worker
    workers: Callable[[World], Mapping[Lane, int]]
    has_lanes: bool = True

    def lane(self, lane: Lane) -> Lane:
        """The queue that a lane's mail goes into."""
        return lane if self.has_lanes else Lane.BULK


SENDER = Contender(sender, lambda world: {Lane.PRIORITY: world.priority_workers, Lane.BULK: world.bulk_workers})
USUAL = Contender(_recipe.usual, _recipe.usual_workers, has_lanes=False)
FAIR = Contender(_recipe.fair, _recipe.fair_workers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What a world with a backlog showed. `refused`: calls that SES answered with a throttle answer."""

    share: float
    worst_second: float
    worst_ten_seconds: float
    refused: int
    priority_p99: float
    calls_per_message: float
    dead: int
    twice: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fall:
    """What a fall of the account's rate cost: throttle answers, and seconds until the new rate was used again."""

    refused: int
    recovery_seconds: float


def backlog(world: World, *, seconds: int, priority: float, contender: Contender = SENDER) -> Run:
    """A backlog of bulk mail, and so many priority messages a second."""

    async def play() -> Run:
        played = built(world)
        _fill(played, contender, seconds, priority)
        await _played(played, contender, seconds)
        return _run_of(played, seconds)

    return in_virtual_time(play(), start=START)


def falling(world: World, *, to: float, seconds: int) -> Fall:
    """A backlog, while the account's rate falls. It falls just after a worker has asked SES for it."""
    at = START + 60.3

    async def play() -> Fall:
        played = built(world)
        _fill(played, SENDER, seconds, 1)
        asyncio.get_running_loop().call_at(at, played.ses.limit.change, to)
        await _played(played, SENDER, seconds)
        times = [moment for moment, _ in played.ses.accepted]
        needed = to * _RECOVERED_SHARE * _RECOVERED_SECONDS
        recovered = (
            begin
            for begin in (at + tenths / 10 for tenths in range(10 * seconds))
            if bisect_left(times, begin + _RECOVERED_SECONDS) - bisect_left(times, begin) >= needed
        )
        return Fall(
            refused=sum(moment >= at for moment in played.ses.throttled_at),
            recovery_seconds=next(recovered, float("inf")) - at,
        )

    return in_virtual_time(play(), start=START)


def killed(world: World, contender: Contender = SENDER, *, count: int = KILLED) -> dict[str, float]:
    """Mail of both lanes while workers die; played until everything has come to rest."""

    async def play() -> dict[str, float]:
        played = built(world)
        for number in range(count):
            lane, stream = (Lane.PRIORITY, "transactional") if number % 4 == 0 else (Lane.BULK, "marketing")
            played.put(contender.lane(lane), f"{stream}:{number}")
        await _played(played, contender, 3_600)
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


def near_the_quota(world: World) -> dict[Lane, float]:
    """The share of each lane's mail that goes out while 95% of the quota is used up."""

    async def play() -> dict[Lane, float]:
        played = built(world)
        for number in range(1_000):
            played.put(Lane.BULK, f"marketing:{number}")
            played.put(Lane.PRIORITY, f"transactional:{number}")
        await _played(played, SENDER, 60)
        streams = Counter(each.partition(":")[0] for each in played.ses.known)
        return {Lane.PRIORITY: streams["transactional"] / 1_000, Lane.BULK: streams["marketing"] / 1_000}

    return in_virtual_time(play(), start=START)


def _fill(played: Played, contender: Contender, seconds: int, priority: float) -> None:
    world = played.world
    for number in range(int(world.rate * seconds * 2)):
        played.put(Lane.BULK, f"marketing:{number}")
    chance, moment, number = random.Random(world.seed), START + _WARM_UP, 0
    until = START + (seconds - _LAST_SECONDS if contender.has_lanes else seconds / 2)
    while (moment := moment + chance.expovariate(priority)) <= until:
        played.put(contender.lane(Lane.PRIORITY), f"transactional:{number}", at=moment)
        number += 1


async def _played(played: Played, contender: Contender, seconds: float) -> None:
    tasks = started(played, contender.worker, contender.workers(played.world))
    await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        if task.done():
            task.result()
        task.cancel()


def _run_of(played: Played, seconds: int) -> Run:
    accepted, arrivals, rate = played.ses.accepted, played.ses.arrivals, played.world.rate
    steady = sum(START + _WARM_UP <= moment < START + seconds for moment, _ in accepted) / (seconds - _WARM_UP)
    waits = sorted(
        [moment - played.queued[each] for moment, each in accepted if each.startswith("transactional")]
        # What is still not sent has waited until now.
        + [START + seconds - at for each, at in played.queued.items() if _is_unsent(each, played)]
    )
    return Run(
        share=steady * played.world.recipients / rate,
        worst_second=worst_window(arrivals, 1) / rate,
        worst_ten_seconds=worst_window(arrivals, 10) / rate / 10,
        refused=played.ses.throttles,
        priority_p99=waits[int(len(waits) * 0.99)],
        calls_per_message=played.store.calls / max(1, len(accepted)),
        dead=sum(len(queue.dead) for queue in played.queues.values()),
        twice=_twice(played),
    )


def _is_unsent(request_id: str, played: Played) -> bool:
    return request_id.startswith("transactional") and request_id not in played.ses.known


def _twice(played: Played) -> int:
    return sum(count - 1 for count in played.ses.known.values())
