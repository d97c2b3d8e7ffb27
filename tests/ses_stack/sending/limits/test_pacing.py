"""The limiter, with several workers whose clocks disagree."""

from __future__ import annotations

import asyncio
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ses_stack.mail.lanes import Lane
from ses_stack.sending.limits.pacing import LanePolicy, Pacer
from ses_stack.sending.limits.rate import Rate, SenderCounts, SlotRequest, Window
from tests.support.virtual_time import run as in_virtual_time

START = 1_790_000_000.0


class Clock:
    def __init__(self, skew: float = 0.0) -> None:
        self.skew = skew

    def now(self) -> float:
        return asyncio.get_running_loop().time() + self.skew

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds))


class Slots:
    def __init__(self, latencies: random.Random) -> None:
        self.windows: dict[tuple[int, int], Window] = {}
        self.counted: list[tuple[int, Lane, SenderCounts]] = []
        self.calls = 0
        self._latencies = latencies

    async def count_sent(self, second: int, lane: Lane, counts: SenderCounts) -> None:
        self.counted.append((second, lane, counts))

    async def take(self, wish: SlotRequest) -> tuple[bool, Window]:
        self.calls += 1
        await asyncio.sleep(self._latencies.uniform(0.001, 0.02))
        window = self.windows.get((wish.second, wish.shard))
        granted = wish.granted(window)
        if granted:
            self.windows[wish.second, wish.shard] = granted
        answer = granted is not None, granted or window or Window()
        await asyncio.sleep(self._latencies.uniform(0.001, 0.02))
        return answer


def played(
    rate: Rate, workers: list[tuple[Lane, int]], *, seconds: float, seed: int, skew: float = 0.05
) -> tuple[list[tuple[float, Lane]], Slots]:
    """Workers that take slots for `seconds`; when each slot was used, by the true clock."""
    chance = random.Random(seed)
    used: list[tuple[float, Lane]] = []
    slots = Slots(chance)

    async def work(lane: Lane, count: int, clock: Clock) -> None:
        pacer = Pacer(lane, windows=slots, clock=clock, policy=LanePolicy(), random_numbers=chance)
        until = START + seconds
        while dues := await pacer.take(count, rate, until=until):
            for due in dues:
                await clock.sleep(due - clock.now())
                used.append((asyncio.get_running_loop().time(), lane))

    async def main() -> None:
        clocks = [Clock(chance.uniform(-skew / 2, skew / 2)) for _ in workers]
        await asyncio.gather(*(work(lane, count, clock) for (lane, count), clock in zip(workers, clocks, strict=True)))

    in_virtual_time(main(), start=START)
    return sorted(used), slots


@settings(max_examples=25, deadline=None)
@given(
    st.integers(min_value=800, max_value=60_000),
    st.lists(st.tuples(st.sampled_from(Lane), st.integers(1, 12)), min_size=1, max_size=6),
    st.integers(),
)
def test_no_interleaving_and_no_skew_exceeds_the_rate(
    thousandths: int, workers: list[tuple[Lane, int]], seed: int
) -> None:
    rate = Rate(thousandths)
    used, slots = played(rate, workers, seconds=4, seed=seed)
    for (second, _), window in slots.windows.items():
        assert window.sent <= rate.slots(second)
    # Between two uses lies what the rate allows, a slot at each end, the skew, and the way to the store.
    moments = [moment for moment, _ in used]
    for first, begin in enumerate(moments):
        for last in range(first, min(first + 400, len(moments))):
            assert last - first - 1 <= rate.per_second * (moments[last] - begin + 0.05 + 0.05)


def test_the_rate_is_used_whole() -> None:
    used, _ = played(Rate.of(50), [(Lane.BULK, 10)] * 3, seconds=20, seed=1)
    assert len(used) / 20 > 50 * 0.97


@pytest.mark.parametrize("seed", range(5))
def test_two_workers_that_are_busy_in_between_lose_no_slot(seed: int) -> None:
    """As at 14 a second: a worker takes ten slots, and then hands over its batch and receives the next."""
    chance, slots, used = random.Random(seed), Slots(random.Random(seed)), 0

    async def work(clock: Clock) -> None:
        nonlocal used
        pacer = Pacer(Lane.BULK, windows=slots, clock=clock, policy=LanePolicy(), random_numbers=chance)
        missing = 10
        while dues := await pacer.take(missing, Rate.of(13.46), until=START + 60):
            used += len(dues)
            missing -= len(dues)
            if missing <= 0:
                await clock.sleep(dues[-1] - clock.now() + 0.25)
                missing = 10

    async def main() -> None:
        await asyncio.gather(*(work(Clock(skew)) for skew in (-0.0125, 0.0125)))

    in_virtual_time(main(), start=START)
    assert used >= 60 * 13.46 - 3


def test_a_slot_lapses_soon_and_a_worker_that_is_always_late_tolerates_more() -> None:
    async def main() -> None:
        clock, chance = Clock(), random.Random(1)
        pacer = Pacer(Lane.BULK, windows=Slots(chance), clock=clock, policy=LanePolicy(), random_numbers=chance)

        def is_in_time(*seconds_late: float) -> list[bool]:
            return [pacer.is_in_time(clock.now() - seconds) for seconds in seconds_late]

        assert is_in_time(-1.0, 0.0, 0.009, 0.011) == [True, True, True, False]
        assert is_in_time(0.05, 0.05, 0.05) == [False, False, True]
        assert all(is_in_time(*[0.0] * 75))
        assert is_in_time(0.011) == [False]
        assert not any(is_in_time(*[0.2] * 9))
        assert is_in_time(0.099) == [True]
        # Late by 30 ms every second time: few slots are lost.
        assert is_in_time(*[0.03, 0.0] * 100).count(False) < 15

    in_virtual_time(main(), start=START)


def test_a_slot_is_not_taken_that_would_be_due_before_it_can_be_used() -> None:
    async def main() -> list[float]:
        clock, chance = Clock(), random.Random(1)
        pacer = Pacer(Lane.PRIORITY, windows=Slots(chance), clock=clock, policy=LanePolicy(), random_numbers=chance)
        return await pacer.take(1, Rate.of(20), until=START + 9)

    assert in_virtual_time(main(), start=START) == [pytest.approx(START + 0.05)]


def test_a_rate_below_one_a_second_is_kept() -> None:
    used, _ = played(Rate.of(0.4), [(Lane.PRIORITY, 1), (Lane.BULK, 1)], seconds=60, seed=1)
    assert 20 <= len(used) <= 25


def test_idle_time_is_not_saved_up() -> None:
    async def main() -> list[float]:
        clock, chance = Clock(), random.Random(1)
        pacer = Pacer(Lane.PRIORITY, windows=Slots(chance), clock=clock, policy=LanePolicy(), random_numbers=chance)
        await pacer.take(1, Rate.of(20), until=START + 9)
        await clock.sleep(0.6)
        return await pacer.take(15, Rate.of(20), until=START + 9)

    dues = in_virtual_time(main(), start=START)
    assert dues[0] >= START + 0.55
    assert dues == pytest.approx([dues[0] + slot / 20 for slot in range(len(dues))], abs=1e-4)


def test_time_that_is_up_takes_nothing() -> None:
    async def main() -> list[float]:
        chance = random.Random(1)
        pacer = Pacer(Lane.BULK, windows=Slots(chance), clock=Clock(), policy=LanePolicy(), random_numbers=chance)
        return await pacer.take(5, Rate.of(20), until=START - 1)

    assert in_virtual_time(main(), start=START) == []


def test_priority_mail_comes_first_and_bulk_mail_takes_what_it_leaves() -> None:
    workers = [(Lane.PRIORITY, 10), (Lane.PRIORITY, 10), (Lane.BULK, 10), (Lane.BULK, 10)]
    used, _ = played(Rate.of(50), workers, seconds=10, seed=2)
    lanes = [lane for moment, lane in used if moment > START + 3]
    assert lanes.count(Lane.PRIORITY) > 0.9 * len(lanes)


def test_the_shards_together_keep_the_rate_and_use_it() -> None:
    rate = Rate.of(200, shards=4)
    used, slots = played(rate, [(Lane.BULK, 10)] * 40, seconds=10, seed=3)
    for second in range(int(START) + 1, int(START) + 9):
        taken = [window.sent for (each, _), window in slots.windows.items() if each == second]
        assert len(taken) == 4
        assert sum(taken) <= 200
    assert len(used) / 10 > 200 * 0.95


def counted(rate: Rate, batches: list[SenderCounts]) -> list[tuple[int, Lane, SenderCounts]]:
    """What a worker writes that counts these batches."""

    async def main() -> list[tuple[int, Lane, SenderCounts]]:
        chance = random.Random(1)
        slots = Slots(chance)
        pacer = Pacer(Lane.BULK, windows=slots, clock=Clock(), policy=LanePolicy(), random_numbers=chance)
        await pacer.take(1, rate, until=START + 9)
        for batch in batches:
            await pacer.count_sent(batch)
        return slots.counted

    return in_virtual_time(main(), start=START)


def test_every_batch_is_counted_at_once() -> None:
    batch = SenderCounts(recipients=1)
    assert counted(Rate.of(1_000), [batch] * 2) == [(int(START), Lane.BULK, batch)] * 2


def test_at_a_high_rate_batches_are_counted_together() -> None:
    batch = SenderCounts(recipients=9, deferrals=1)
    together = SenderCounts(recipients=36, deferrals=4)
    assert counted(Rate.of(4_000, shards=4), [batch] * 7) == [(int(START), Lane.BULK, together)]
