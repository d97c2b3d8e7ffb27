"""The limiter: gets a worker slots of the account's rate, some ahead of time, and sleeps when there are none."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, replace
from typing import Protocol

from ses_stack.mail.lanes import Lane
from ses_stack.sending.rate import Rate, Take, Window


class Clock(Protocol):
    """This worker's time; no two workers' clocks agree."""

    def now(self) -> float:
        """The epoch's seconds."""

    async def sleep(self, seconds: float) -> None:
        """Waits."""


class Slots(Protocol):
    """What keeps the rows that workers share, one per second."""

    async def take(self, wish: Take) -> tuple[bool, Window]:
        """Whether the wish was granted, and the row after it. One conditional write, or two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How a lane takes slots. The bulk lane reserves little ahead, so that priority mail finds a slot soon."""

    share: float = 0.8
    priority_seconds: float = 5.0
    priority_ahead: float = 2.0

    def ahead(self, lane: Lane, rate: Rate) -> float:
        """How many seconds ahead of time a lane may take slots."""
        if lane is Lane.PRIORITY:
            return self.priority_ahead
        return min(max(_BULK_AHEAD, _BULK_SLOTS / rate.per_second), _BULK_AHEAD_MOST)

    def lapse(self, rate: Rate) -> float:
        """How many seconds before it is due the bulk lane may take a slot beyond its share."""
        return min(max(_LAPSE, _LAPSE_SLOTS / rate.per_second), _BULK_AHEAD_MOST)


# A worker needs some 50 ms from slot to call, and a few slots at a time keep the store's calls few.
_BULK_AHEAD, _BULK_SLOTS, _BULK_AHEAD_MOST = 0.2, 8, 1.0
_LAPSE, _LAPSE_SLOTS = 0.06, 4


class Pacer:
    """One worker's way to the slots of one lane. What it has seen it remembers: rows only ever fill."""

    def __init__(self, lane: Lane, *, slots: Slots, clock: Clock, pace: Pace, chance: random.Random) -> None:
        self._lane = lane
        self._slots = slots
        self._clock = clock
        self._pace = pace
        self._chance = chance
        self._second = 0
        self._window = Window()
        self._priority_at = -math.inf
        self._refusals = 0

    async def take(self, count: int, rate: Rate, *, until: float) -> list[float]:
        """When each of at most `count` slots is due, in order; at least one, or none if `until` comes first."""
        while (now := self._clock.now()) < until:
            self._move_to(int(now))
            wish, wait = self._wish(count, rate, now)
            if wish.count == 0:
                if wait > 0:
                    await self._clock.sleep(min(wait, until - now) + _A_BIT)
                else:
                    self._move_to(self._second + 1)
                continue
            granted, window = await self._slots.take(wish)
            self._note(window, now)
            if granted:
                self._refusals = 0
                return [rate.due(self._second, window.taken - wish.count + slot) for slot in range(wish.count)]
            self._refusals += 1
        return []

    def _move_to(self, second: int) -> None:
        if second > self._second:
            self._second, self._window = second, Window()

    def _note(self, window: Window, now: float) -> None:
        self._window = window
        if window.priority:
            self._priority_at = now

    def _wish(self, count: int, rate: Rate, now: float) -> tuple[Take, float]:
        """What to ask of the second at hand, as far as its row is known; and if that is nothing, how long to wait."""
        slots = rate.slots(self._second)
        shared = self._lane is Lane.BULK and now - self._priority_at < self._pace.priority_seconds
        share = int(self._pace.share * slots) if shared else None
        ahead = self._pace.ahead(self._lane, rate)
        lapse = min(ahead, self._pace.lapse(rate))
        if share is not None:
            if self._window.bulk < share:
                count = min(count, share - self._window.bulk)
            else:
                ahead = lapse
        wish = Take(
            second=self._second,
            lane=self._lane,
            count=0,
            lowest=rate.slot_at(self._second, now),
            highest=self._before(rate, now + ahead),
            share=share,
            lapsed=self._before(rate, now + lapse),
        )
        start = max(self._window.taken, wish.lowest)
        left = slots - start
        if left <= 0:
            return wish, self._second + 1 - ahead - now
        # Half of what may lie ahead makes a call worthwhile. Priority mail takes what there is.
        block = 1 if self._lane is Lane.PRIORITY else max(1, int(ahead * rate.per_second / 2))
        enough = min(count, left, block)
        room = min(count, wish.highest - start)
        if room >= enough:
            return replace(wish, count=room), 0.0
        # Workers that wait for the same slot come one after the other, and later the more of them there are.
        late = self._chance.uniform(0, ahead / 3) * min(self._refusals, 6)
        return wish, max(_A_BIT, rate.due(self._second, start + enough - 1) - ahead - now) + late

    def _before(self, rate: Rate, moment: float) -> int:
        """How many slots of the second at hand are due by a moment."""
        if moment < self._second:
            return 0
        return min(rate.slot_at(self._second, moment) + 1, rate.slots(self._second))


_A_BIT = 0.002
