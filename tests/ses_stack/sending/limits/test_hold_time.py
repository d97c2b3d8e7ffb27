"""How long paused mail waits between two looks at the pause."""

from __future__ import annotations

import asyncio
import random

import pytest

from ses_stack.sending.limits.hold_time import HoldTime


class Lane:
    """The lane and the clock."""

    def __init__(self, waiting: int | None = 0) -> None:
        self.messages = waiting
        self.counts = 0
        self.time = 0.0

    async def waiting(self) -> int | None:
        self.counts += 1
        return self.messages

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        raise AssertionError("nothing waits")


def hold_time(lane: Lane) -> HoldTime:
    hold = HoldTime(lane, clock=lane, random_numbers=random.Random(1))
    asyncio.run(hold.refresh())
    return hold


@pytest.mark.parametrize(
    ("waiting", "longest"), [(0, 60), (200, 60), (600, 60), (3_000, 300), (9_000, 900), (100_000, 900), (None, 60)]
)
def test_the_more_mail_waits_the_longer_it_waits(waiting: int | None, longest: float) -> None:
    hold = hold_time(Lane(waiting))
    delays = [hold.seconds() for _ in range(1000)]
    assert longest * 0.75 <= min(delays) <= longest * 0.76
    assert longest * 0.99 <= max(delays) <= longest
    spread = [
        sum(start <= delay < start + longest / 20 for delay in delays) for start in (longest * 0.75, longest * 0.9)
    ]
    assert min(spread) > 150  # a fifth of them each: no wave comes back


def test_the_lane_is_counted_twice_a_minute_at_most() -> None:
    lane = Lane(9_000)
    hold = hold_time(lane)
    lane.messages, lane.time = 0, 29.0
    asyncio.run(hold.refresh())
    assert (lane.counts, hold.seconds() > 60) == (1, True)
    lane.time = 30.0
    asyncio.run(hold.refresh())
    assert (lane.counts, hold.seconds() <= 60) == (2, True)


def test_without_an_answer_the_last_count_holds() -> None:
    lane = Lane(9_000)
    hold = hold_time(lane)
    lane.messages, lane.time = None, 60.0
    asyncio.run(hold.refresh())
    assert hold.seconds() >= 675
