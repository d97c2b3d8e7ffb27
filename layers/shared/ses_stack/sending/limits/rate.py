"""The sending rate as numbered slots, which all workers share through one row per second.

- **Rate**: recipients a second. At a rate of r, slot n since the epoch is due at second n / r, so mail is spread evenly
  inside a second and across its edges, even if the rate is no whole number.
- **Slot**: the right to send to one recipient, at the moment when the slot is due.
- **Window**: one second's slots, and how many of them are taken: one row of SendTable. A worker takes slots with one
  conditional write, and its answer shows which. A slot that no worker took in time is lost: idle time is never saved up
  for a burst.
- **Shard**: one of the rows that share a second's slots where the account's rate is above 1,000. A row takes at most
  1,000 writes a second. A worker takes the slots of one shard in each second, drawn by lot.
- **Lane share**: the part of a window that the bulk lane may take while priority mail is waiting.
- **Backoff**: the factor by which SES's throttle answers have lowered the rate.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from ses_stack.mail.lanes import Lane

_SECONDS_PER_UNIT = 1000
# In slots. The epoch's seconds as floats are exact to a quarter of a microsecond; a slot is far longer.
_ROUNDING = 1e-3
_ONE_ROW_PER_SECOND, _SHARD_PER_SECOND = 1_000, 500
_UNCOUNTED_SECONDS = 0.01


@dataclass(frozen=True, slots=True)
class Rate:
    """Recipients in a thousand seconds, over so many shards. Seconds and moments count from the epoch."""

    thousandths: int
    shards: int = 1

    @classmethod
    def of(cls, per_second: float, *, shards: int = 1) -> Rate:
        """The rate, rounded down to a thousandth; at least one thousandth."""
        return cls(max(1, int(per_second * _SECONDS_PER_UNIT + _ROUNDING)), shards)

    def of_one_shard(self) -> Rate:
        """The rate of each shard alone."""
        return Rate(max(1, self.thousandths // self.shards))

    @property
    def most_uncounted(self) -> float:
        """How much a worker may count before it writes it into a row that all workers share. With one shard: nothing.

        A row takes 1,000 writes a second, and a worker ends a batch of ten recipients with one. What a worker counts
        and never writes is a hundredth of a second's mail at most.
        """
        return self.per_second * _UNCOUNTED_SECONDS if self.shards > 1 else 0.0

    @property
    def per_second(self) -> float:
        """Recipients a second."""
        return self.thousandths / _SECONDS_PER_UNIT

    def slots(self, second: int) -> int:
        """How many slots are due within a second."""
        return self._first(second + 1) - self._first(second)

    def due_at(self, second: int, slot: int) -> float:
        """The moment at which a slot of a second is due."""
        return (self._first(second) + slot) * _SECONDS_PER_UNIT / self.thousandths

    def slot_at(self, second: int, moment: float) -> int:
        """The last slot of a second that is due at a moment; 0 before the second, its number of slots after it."""
        number = int(moment * self.thousandths / _SECONDS_PER_UNIT + _ROUNDING) - self._first(second)
        return min(max(0, number), self.slots(second))

    def slot_after(self, second: int, moment: float) -> int:
        """The first slot of a second that is due at a moment or after it; its number of slots if there is none."""
        number = math.ceil(moment * self.thousandths / _SECONDS_PER_UNIT - _ROUNDING) - self._first(second)
        return min(max(0, number), self.slots(second))

    def _first(self, second: int) -> int:
        return -(-second * self.thousandths // _SECONDS_PER_UNIT)


def shards_of(account_rate: float) -> int:
    """Over how many shards an account's rate is spread: a power of two, so that few changes of the rate change it.

    One up to 1,000 a second. Above, a worker draws a shard for each second, and some shards get more workers than
    others, which compete for its slots: half as much leaves room for that.
    By the account's own rate, which changes rarely, and not by the rate after throttling: while some workers know of
    another number of shards than others, together they may take more slots than the rate has.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html
    """
    if account_rate <= _ONE_ROW_PER_SECOND:
        return 1
    shards = 2
    while account_rate > shards * _SHARD_PER_SECOND:
        shards *= 2
    return shards


def paced_rate(account_rate: float, safety: float) -> float:
    """The recipients a second for which slots are made: no second, wherever it begins, then sees more than the rate.

    One slot more than the rate fits into a second only if the first call is late and the last one early by more than a
    rate's worth of slots is longer than a second. At low rates that margin is `_SPREAD_SECONDS`. At high rates, calls
    that are late at one end of a second are about as many as at its other end, so the margin falls with the root of the
    rate. `safety`: the share of the rate that may be used at most.
    """
    spread_seconds = min(_SPREAD_SECONDS, _SPREAD_OF_ONE_SECONDS / math.sqrt(max(1.0, account_rate)))
    return account_rate * min(safety, 1 / (1 + spread_seconds))


@dataclass(frozen=True, slots=True)
class Window:
    """One second's row. `taken` is the first free slot. `priority` and `bulk` count the slots that each lane took."""

    taken: int = 0
    priority: int = 0
    bulk: int = 0

    @property
    def sent(self) -> int:
        """How many slots were taken. Skipped slots are not counted."""
        return self.priority + self.bulk


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The recipients of each lane that SES accepted in one second. A worker adds them at the end of its batch."""

    priority: int = 0
    bulk: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderCounts:
    """What a worker counts in one batch, and all workers together in one second.

    `recipients` that SES accepted, requests that were deferred, for whatever reason, and SES's throttle answers.
    `message_id` is SES's id of one of the messages: the guard looks for an event of it. Empty: none was accepted.
    """

    recipients: int = 0
    deferrals: int = 0
    throttles: int = 0
    message_id: str = ""

    def __add__(self, other: SenderCounts) -> SenderCounts:
        return SenderCounts(
            recipients=self.recipients + other.recipients,
            deferrals=self.deferrals + other.deferrals,
            throttles=self.throttles + other.throttles,
            message_id=other.message_id or self.message_id,
        )

    @property
    def total(self) -> int:
        """All that was counted."""
        return self.recipients + self.deferrals + self.throttles


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotRequest:
    """A worker's request for `count` slots of a second and shard.

    The slots must lie at or after slot `lowest` and before slot `highest`. While priority mail is waiting, the bulk
    lane may take at most `share` slots of the second. Beyond its share it may take only slots before slot `lapsed`:
    these are due so soon that priority mail no longer takes them.
    """

    second: int
    lane: Lane
    count: int
    lowest: int
    highest: int
    share: int | None = None
    lapsed: int = 0
    shard: int = 0

    def room(self, window: Window) -> int:
        """How many slots of the window this request may take."""
        start = max(window.taken, self.lowest)
        room = self.highest - start
        if self.share is not None:
            room = min(room, max(self.share - window.bulk, self.lapsed - start))
        return max(0, room)

    def granted(self, window: Window | None) -> Window | None:
        """The window with these slots taken: they are the last `count` before `taken`. None: too few are free."""
        window = window or Window()
        if self.count > self.room(window):
            return None
        taken = max(window.taken, self.lowest) + self.count
        if self.lane is Lane.PRIORITY:
            return replace(window, taken=taken, priority=window.priority + self.count)
        return replace(window, taken=taken, bulk=window.bulk + self.count)


@dataclass(frozen=True, slots=True)
class Backoff:
    """The factor by which throttling has lowered the rate at moment `at`. It rises with time, without a write.

    It rises quickly to `ceiling`, which lies a little below the factor that SES throttled last. Beyond, it rises ever
    faster: the first step takes half a minute. `strikes` counts the throttle answers that followed each other soon.
    """

    factor: float = 1.0
    at: float = 0.0
    ceiling: float = 1.0
    strikes: int = 0

    def now(self, moment: float) -> float:
        """The factor at a moment. It rises in steps, because each change moves all slots a little."""
        seconds = max(0.0, moment - self.at)
        quick_seconds = min(seconds, (self.ceiling - self.factor) / _QUICK_RISE_PER_SECOND)
        steps = quick_seconds * _QUICK_RISE_PER_SECOND / _RISE_STEP
        steps += ((seconds - quick_seconds) / _FIRST_STEP_SECONDS) ** 2
        return min(1.0, self.factor + int(steps + _ROUNDING) * _RISE_STEP)

    def lowered(self, moment: float) -> Backoff | None:
        """The backoff after a throttle answer. None: the last one is so recent that this one has the same cause.

        A throttle answer by itself does not lower the rate: calls arrive unevenly. Those that follow each other soon
        lower it more and more: the account's rate has changed, or other programs use it.
        """
        if moment < self.at + _ONE_CAUSE_SECONDS:
            return None
        now = self.now(moment)
        strikes = self.strikes + 1 if moment < self.at + _QUIET_SECONDS else 1
        if strikes == 1:
            return Backoff(now, moment, max(now, self.ceiling), strikes)
        factor = max(_LOWEST_FACTOR, now * _LOWERINGS[min(strikes, len(_LOWERINGS)) - 1])
        return Backoff(factor, moment, max(factor, now * _CEILING_SHARE), strikes)


# How far apart the arrivals of two calls may be shifted: clocks that differ by 25 ms, slots that are used 10 ms late,
# and 5 ms of the network. At high rates the shifts of many calls even out.
_SPREAD_SECONDS, _SPREAD_OF_ONE_SECONDS = 0.04, 1.0
_LOWERINGS, _LOWEST_FACTOR, _CEILING_SHARE = (1.0, 0.97, 0.9, 0.8), 0.05, 0.99
_RISE_STEP, _QUICK_RISE_PER_SECOND, _FIRST_STEP_SECONDS = 0.03, 0.01, 30.0
_ONE_CAUSE_SECONDS, _QUIET_SECONDS = 2.0, 6.0
