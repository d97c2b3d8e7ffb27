"""What the sender is compared with: the usual recipe, and a fair one."""

from __future__ import annotations

import asyncio
import random

from benchmarks._simulation import Played
from benchmarks._world import World
from ses_stack.mail.lanes import Lane
from ses_stack.sending.answers import Verdict

_TRIES = 3


def usual_workers(world: World) -> dict[Lane, int]:
    """Reserved concurrency of `rate / batch x 0.8`, for one queue."""
    return {Lane.BULK: max(1, round(world.rate / world.batch * 0.8))}


async def usual(played: Played, lane: Lane, number: int) -> None:
    """The usual recipe's worker: no pacing, one call after the other, a throttle is a failure of the whole batch."""
    world, queue = played.world, played.queues[lane]
    chance = random.Random(f"{world.seed} recipe {number}")
    while True:
        records = await queue.receive(world.batch)
        dies = world.kills and chance.random() < world.kills * len(records)
        lives_for = chance.randrange(len(records)) if dies else len(records)
        for record in records[:lives_for]:
            if not await _is_accepted(played, record.body):
                break
        else:
            for record in records[:lives_for] if not dies else []:
                queue.delete(record.id)


def fair_workers(world: World) -> dict[Lane, int]:
    """As many workers as keep to the rate at SES's median latency; a fifth of them, and at least one, for priority."""
    workers = max(2, int(world.rate * world.ses_seconds))
    priority = max(1, workers // 5)
    return {Lane.PRIORITY: priority, Lane.BULK: workers - priority}


async def fair(played: Played, lane: Lane, number: int) -> None:
    """A good engineer's worker: a queue for each lane, partial failures, and three tries of each call.

    The tries are those of the SDK's standard mode: before the second it waits up to a second, before the third up to
    two. A batch's messages are deleted when the function returns.
    https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
    """
    world, queue = played.world, played.queues[lane]
    chance = random.Random(f"{world.seed} fair {lane} {number}")
    while True:
        records = await queue.receive(world.batch)
        dies = world.kills and chance.random() < world.kills * len(records)
        lives_for = chance.randrange(len(records)) if dies else len(records)
        sent = [record.id for record in records[:lives_for] if await _is_sent(played, record.body, chance)]
        for record_id in [] if dies else sent:
            queue.delete(record_id)


async def _is_sent(played: Played, request_id: str, chance: random.Random) -> bool:
    for tries in range(_TRIES):
        if tries:
            await asyncio.sleep(chance.random() * 2 ** (tries - 1))
        if await _is_accepted(played, request_id):
            return True
    return False


async def _is_accepted(played: Played, request_id: str) -> bool:
    (answer,) = await played.ses.call([(request_id, 1)])
    return answer.verdict is Verdict.ACCEPTED
