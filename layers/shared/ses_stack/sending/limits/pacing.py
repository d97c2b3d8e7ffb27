"""Pacing: a worker reserves slots of the account's rate for its lane, some ahead of time, and waits for free ones.

`rate.py` defines rate, slot and window. Priority mail reserves far ahead; the bulk lane only as far as its calls need,
so that priority mail finds a free slot soon.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, replace
from typing import Protocol

from ses_stack.mail.lanes import Lane
from ses_stack.sending.limits.rate import Rate, SenderCounts, SlotRequest, Window


class Clock(Protocol):
    """One worker's clock. No two workers' clocks agree."""

    def now(self) -> float:
        """The epoch's seconds."""

    async def sleep(self, seconds: float) -> None:
        """Waits."""


class Windows(Protocol):
    """The windows that all workers share: one row per second."""

    async def take(self, request: SlotRequest) -> tuple[bool, Window]:
        """Whether the slots were taken, and the window afterwards. One conditional write, or two."""

    async def count_sent(self, second: int, lane: Lane, counts: SenderCounts) -> None:
        """Adds to what the workers of a lane have counted. Raises `TableError`."""


# A worker needs about 50 ms from a slot's reservation to its call. Reserving several slots at a time saves writes.
_BULK_AHEAD_SECONDS, _BULK_AHEAD_SLOTS, _LONGEST_BULK_AHEAD_SECONDS = 0.2, 8, 1.0
_LAPSE_SECONDS, _LAPSE_SLOTS = 0.06, 4
# Two calls to DynamoDB lie between reserving a slot and using it: a slot that is due earlier would be lost.
_LEAD_SECONDS = 0.01
# A worker that waits for slots asks again so long before the first free one is due, or no worker may take it in time.
_LAST_CHANCE_SECONDS = 0.04
# A slot may be used so long after it was due. Later it is lost: SES would count the mail in another second. A worker
# that is late again and again, because its machine is slow, tolerates more and more: it would never send.
_TOLERANCE_SECONDS, _LONGEST_TOLERANCE_SECONDS = 0.01, 0.1
_TOLERANCE_AFTER_LATE, _TOLERANCE_AFTER_ON_TIME = 2.0, 0.97
_MINIMUM_SLEEP_SECONDS = 0.002
_MOST_COUNTED_REFUSALS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class LanePolicy:
    """How the lanes share the rate.

    `bulk_share` is the share of a window that the bulk lane may take while priority mail is waiting, which it is until
    `priority_seconds` after a worker has seen priority mail in a window. `priority_ahead_seconds` is how far ahead
    priority mail reserves.
    """

    bulk_share: float = 0.8
    priority_seconds: float = 5.0
    priority_ahead_seconds: float = 2.0

    def ahead_seconds(self, lane: Lane, rate: Rate) -> float:
        """How far ahead a lane may reserve slots."""
        if lane is Lane.PRIORITY:
            return self.priority_ahead_seconds
        return min(max(_BULK_AHEAD_SECONDS, _BULK_AHEAD_SLOTS / rate.per_second), _LONGEST_BULK_AHEAD_SECONDS)

    def lapse_seconds(self, rate: Rate) -> float:
        """How far ahead the bulk lane may reserve slots beyond its share."""
        return min(max(_LAPSE_SECONDS, _LAPSE_SLOTS / rate.per_second), _LONGEST_BULK_AHEAD_SECONDS)


class Pacer:
    """Reserves slots for one worker of one lane. It remembers the current window: windows only ever fill.

    It takes the slots of a second from one shard, and draws another for the next second.
    """

    def __init__(
        self, lane: Lane, *, windows: Windows, clock: Clock, policy: LanePolicy, random_numbers: random.Random
    ) -> None:
        self._lane = lane
        self._windows = windows
        self._clock = clock
        self._policy = policy
        self._random = random_numbers
        self._rate = Rate.of(1)
        self._second = 0
        self._shard = 0
        self._window = Window()
        self._priority_seen_at = -math.inf
        self._refusals = 0
        self._counts = SenderCounts()
        self.tolerance_seconds = _TOLERANCE_SECONDS

    def is_in_time(self, due_at: float) -> bool:
        """Whether a slot that was due at a moment may still be used now."""
        is_late = self._clock.now() > due_at + self.tolerance_seconds
        tolerance = self.tolerance_seconds * (_TOLERANCE_AFTER_LATE if is_late else _TOLERANCE_AFTER_ON_TIME)
        self.tolerance_seconds = min(max(tolerance, _TOLERANCE_SECONDS), _LONGEST_TOLERANCE_SECONDS)
        return not is_late

    async def take(self, count: int, rate: Rate, *, until: float) -> list[float]:
        """Reserves at most `count` slots; returns the moments at which they are due, in order.

        Waits for at least one slot; none if `until` comes first. Raises `TableError`.
        """
        self._rate, rate = rate, rate.of_one_shard()
        while (now := self._clock.now()) < until:
            self._move_to(int(now))
            request, seconds = self._next_request(count, rate, now)
            if request is None:
                await self._wait(seconds, now, until)
                continue
            granted, window = await self._windows.take(request)
            self._note(window, now)
            if granted:
                self._refusals = 0
                first = window.taken - request.count
                return [rate.due_at(self._second, first + slot) for slot in range(request.count)]
            self._refusals += 1
        return []

    async def count_sent(self, counts: SenderCounts) -> None:
        """Notes for operators and the guard what a batch came to; at a high rate, several together.

        Raises `TableError`.
        """
        self._counts += counts
        if self._counts.total >= self._rate.most_uncounted:
            counts, self._counts = self._counts, SenderCounts()
            await self._windows.count_sent(int(self._clock.now()), self._lane, counts)

    async def _wait(self, seconds: float, now: float, until: float) -> None:
        """Sleeps; or goes on to the next second, if its slots may be reserved already."""
        if seconds > 0:
            await self._clock.sleep(min(seconds, until - now) + _MINIMUM_SLEEP_SECONDS)
        else:
            self._move_to(self._second + 1)

    def _move_to(self, second: int) -> None:
        if second > self._second:
            self._second, self._window = second, Window()
            self._shard = self._random.randrange(self._rate.shards) if self._rate.shards > 1 else 0

    def _note(self, window: Window, now: float) -> None:
        self._window = window
        if window.priority:
            self._priority_seen_at = now

    def _next_request(self, count: int, rate: Rate, now: float) -> tuple[SlotRequest | None, float]:
        """A request for slots of the current second, as far as its window is known. None: how long to wait instead."""
        reach = self._reach(count, rate, now)
        request = SlotRequest(
            second=self._second,
            shard=self._shard,
            lane=self._lane,
            count=0,
            lowest=rate.slot_after(self._second, now + _LEAD_SECONDS),
            highest=self._slots_before(rate, now + reach.ahead_seconds),
            share=reach.share,
            lapsed=self._slots_before(rate, now + reach.lapse_seconds),
        )
        first = max(self._window.taken, request.lowest)
        left = rate.slots(self._second) - first
        if left <= 0:
            return None, self._second + 1 - reach.ahead_seconds - now
        enough = min(reach.count, left, self._worthwhile_count(rate, reach))
        available = min(reach.count, request.highest - first)
        if available >= enough:
            return replace(request, count=available), 0.0
        due_at = rate.due_at(self._second, first + enough - 1)
        seconds = max(_MINIMUM_SLEEP_SECONDS, due_at - reach.ahead_seconds - now)
        latest = rate.due_at(self._second, first) - _LAST_CHANCE_SECONDS - now
        return None, seconds + self._spread_seconds(reach, most=max(0.0, latest - seconds))

    def _reach(self, count: int, rate: Rate, now: float) -> _Reach:
        """While priority mail is waiting, the bulk lane takes its share ahead of time, and beyond it lapsed slots."""
        ahead = self._policy.ahead_seconds(self._lane, rate)
        lapse = min(ahead, self._policy.lapse_seconds(rate))
        if self._lane is Lane.PRIORITY or now - self._priority_seen_at >= self._policy.priority_seconds:
            return _Reach(count, None, ahead, lapse)
        share = int(self._policy.bulk_share * rate.slots(self._second))
        if self._window.bulk < share:
            return _Reach(min(count, share - self._window.bulk), share, ahead, lapse)
        return _Reach(count, share, lapse, lapse)

    def _worthwhile_count(self, rate: Rate, reach: _Reach) -> int:
        """How many slots make a write worthwhile: half of those within reach. Priority mail takes any slot."""
        return 1 if self._lane is Lane.PRIORITY else max(1, round(reach.ahead_seconds * rate.per_second / 2))

    def _spread_seconds(self, reach: _Reach, *, most: float) -> float:
        """A random extra wait. The more workers compete for a slot, the further apart their next requests are."""
        seconds = reach.ahead_seconds / 3 * min(self._refusals, _MOST_COUNTED_REFUSALS)
        return self._random.uniform(0, min(seconds, most))

    def _slots_before(self, rate: Rate, moment: float) -> int:
        """How many slots of the current second are due by a moment."""
        if moment < self._second:
            return 0
        return min(rate.slot_at(self._second, moment) + 1, rate.slots(self._second))


@dataclass(frozen=True, slots=True)
class _Reach:
    """How many slots of the current second a lane may take, and how far ahead; `share` as in `SlotRequest`."""

    count: int
    share: int | None
    ahead_seconds: float
    lapse_seconds: float
