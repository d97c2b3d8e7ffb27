"""The account's rate, counted in recipients: three limiters, of which SES may be any.

AWS documents the rate as a number of recipients a second, and that SES tolerates short bursts above it. It documents no
algorithm. The strict window is the worst case, so it is the simulator's default.

https://docs.aws.amazon.com/ses/latest/dg/manage-sending-quotas.html
https://docs.aws.amazon.com/ses/latest/dg/manage-sending-quotas-errors.html
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from enum import StrEnum
from typing import Protocol

from ses_stack_cli.local.simulator.clock import Clock

_BURST_SECONDS = 1.0
# Moments are floats: a call a hundredth of a millisecond early is on time.
_ROUNDING = 1e-5


class Limiter(StrEnum):
    """The names of the limiters.

    - `strict`: no second, wherever it begins, sees more recipients than the rate.
    - `bucket`: a token bucket that holds one second's recipients. A second after a pause may see twice the rate.
    - `lenient`: a second may see a tenth more than the rate, ten seconds no more than ten times the rate.
    """

    STRICT = "strict"
    BUCKET = "bucket"
    LENIENT = "lenient"


class RateLimit(Protocol):
    """A rate in recipients a second. A rate of 0 or less means no limit."""

    rate: float

    def change(self, rate: float) -> None:
        """Sets another rate from now on."""

    def take(self, count: int) -> bool:
        """Whether a call for so many recipients passes now. A call that is refused is not counted.

        A call for more recipients than the limiter ever lets pass is let pass when nothing else is counted.
        """


class TokenBucket:
    """It allows bursts of one second's recipients, and no sustained excess.

    In any `t` seconds at most `rate * (t + 1)` pass. A call for more than the bucket holds passes when the bucket is
    full.
    """

    def __init__(self, rate: float, clock: Clock) -> None:
        self._clock = clock
        self.rate = rate
        self._tokens = self.size
        self._at = clock()

    @property
    def size(self) -> float:
        """The number of tokens that the bucket holds."""
        return max(1.0, self.rate * _BURST_SECONDS)

    def change(self, rate: float) -> None:
        """Sets another rate from now on."""
        self.rate = rate
        self._tokens = min(self._tokens, self.size)

    def take(self, count: int) -> bool:
        """Takes `count` tokens; whether they were there."""
        if self.rate <= 0:
            return True
        now = self._clock()
        self._tokens = min(self.size, self._tokens + max(now - self._at, 0) * self.rate)
        self._at = now
        if self._tokens + _ROUNDING < min(count, self.size):
            return False
        self._tokens -= count
        return True


class _PassedRecipients:
    """The recipients that passed within the last so many seconds, at any moment: a sliding window."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._passed: deque[tuple[float, int]] = deque()
        self._total = 0

    def leave_room(self, count: int, most: float, now: float) -> bool:
        """Whether so many more are at most `most`. Any number fits into an empty window."""
        while self._passed and self._passed[0][0] <= now - self._seconds + _ROUNDING:
            self._total -= self._passed.popleft()[1]
        return not self._passed or self._total + count <= most + _ROUNDING

    def add(self, count: int, now: float) -> None:
        self._passed.append((now, count))
        self._total += count


class SlidingWindows:
    """No window of a length, wherever it begins, sees more recipients than its share of the rate allows."""

    def __init__(self, rate: float, clock: Clock, shares: Mapping[float, float]) -> None:
        """`shares`: by the length of a window in seconds, the share of the rate that may pass within it."""
        self.rate = rate
        self._clock = clock
        self._windows = [(seconds * share, _PassedRecipients(seconds)) for seconds, share in shares.items()]

    def change(self, rate: float) -> None:
        """Sets another rate from now on."""
        self.rate = rate

    def take(self, count: int) -> bool:
        """Counts the recipients, if all windows leave room for them."""
        if self.rate <= 0:
            return True
        now = self._clock()
        if not all(passed.leave_room(count, self.rate * size, now) for size, passed in self._windows):
            return False
        for _, passed in self._windows:
            passed.add(count, now)
        return True


def rate_limit(limiter: Limiter, rate: float, clock: Clock) -> RateLimit:
    """The limiter of that name."""
    match limiter:
        case Limiter.STRICT:
            return SlidingWindows(rate, clock, {1.0: 1.0})
        case Limiter.BUCKET:
            return TokenBucket(rate, clock)
        case Limiter.LENIENT:
            return SlidingWindows(rate, clock, {1.0: 1.1, 10.0: 1.0})
