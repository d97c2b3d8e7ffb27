"""How fast mail may go: numbered slots, shared by all workers through one row per second.

At a rate of r, slot n of all time is due at n / r: mail is spread evenly inside a second and over its edges, whole
rates or not. Who takes slots of a second with one conditional write knows from the answer when each is due. A slot that
nobody took in time is gone, so that idle time is never saved up for a burst.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ses_stack.mail.lanes import Lane

_MILLI = 1000
# Moments are floats with a quarter of a microsecond to give; slots are at least a hundred times longer.
_HAIR = 1e-3


@dataclass(frozen=True, slots=True)
class Rate:
    """Recipients in a thousand seconds. Seconds are the epoch's, and so is every moment."""

    thousandths: int

    @classmethod
    def of(cls, per_second: float) -> Rate:
        """The rate to the thousandth, and never none at all."""
        return cls(max(1, int(per_second * _MILLI + _HAIR)))

    @property
    def per_second(self) -> float:
        """Recipients a second."""
        return self.thousandths / _MILLI

    def slots(self, second: int) -> int:
        """How many slots are due within a second."""
        return self._first(second + 1) - self._first(second)

    def due(self, second: int, slot: int) -> float:
        """When a second's slot is due."""
        return (self._first(second) + slot) * _MILLI / self.thousandths

    def slot_at(self, second: int, moment: float) -> int:
        """The slot of a second that is under way at a moment; 0 before it, the number of its slots after it."""
        number = int(moment * self.thousandths / _MILLI + _HAIR) - self._first(second)
        return min(max(0, number), self.slots(second))

    def _first(self, second: int) -> int:
        return -(-second * self.thousandths // _MILLI)


@dataclass(frozen=True, slots=True)
class Window:
    """One second's row. `taken`: the next free slot. Slots that were passed over were taken by nobody."""

    taken: int = 0
    priority: int = 0
    bulk: int = 0

    @property
    def sent(self) -> int:
        """Recipients that slots were taken for."""
        return self.priority + self.bulk


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """A wish for `count` slots of a second.

    They must lie at or after slot `lowest` and before slot `highest`. While priority mail is about, the bulk lane holds
    at most `share` slots of a second, and beyond its share only such as lie before slot `lapsed`, which are due so soon
    that priority mail has left them.
    """

    second: int
    lane: Lane
    count: int
    lowest: int
    highest: int
    share: int | None = None
    lapsed: int = 0

    def room(self, window: Window) -> int:
        """How many slots there are for it."""
        start = max(window.taken, self.lowest)
        room = self.highest - start
        if self.share is not None:
            room = min(room, max(self.share - window.bulk, self.lapsed - start))
        return max(0, room)

    def granted(self, window: Window | None) -> Window | None:
        """The row after the wish was granted; None: it cannot be. The slots are the last `count` before its `taken`."""
        window = window or Window()
        if self.count > self.room(window):
            return None
        taken = max(window.taken, self.lowest) + self.count
        if self.lane is Lane.PRIORITY:
            return replace(window, taken=taken, priority=window.priority + self.count)
        return replace(window, taken=taken, bulk=window.bulk + self.count)


@dataclass(frozen=True, slots=True)
class Backoff:
    """What SES's throttling has made of the rate: down by a factor at once, up again with time.

    Nobody needs to write for the rate to rise.
    """

    factor: float = 1.0
    at: float = 0.0

    def now(self, moment: float) -> float:
        """What the rate is multiplied by at a moment."""
        return min(1.0, self.factor + max(0.0, moment - self.at) * _RISE_A_SECOND)

    def lowered(self, moment: float) -> Backoff | None:
        """After a throttle answer; None so soon after the last lowering that it speaks of the rate before that."""
        if moment < self.at + _ONE_ANSWER_SECONDS:
            return None
        return Backoff(max(_LOWEST, self.now(moment) * _DOWN), moment)


_DOWN, _LOWEST = 0.7, 0.05
_RISE_A_SECOND = 0.01
_ONE_ANSWER_SECONDS = 2.0
