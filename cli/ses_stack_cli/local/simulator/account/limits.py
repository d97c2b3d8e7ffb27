"""The account's limits, counted in recipients.

https://docs.aws.amazon.com/ses/latest/dg/manage-sending-quotas.html
https://docs.aws.amazon.com/ses/latest/dg/manage-sending-quotas-errors.html
"""

from __future__ import annotations

from collections import deque

from ses_stack_cli.local.simulator.clock import Clock

_DAY_SECONDS = 24 * 60 * 60
_ROUNDING = 1e-5


class RateLimit:
    """A token bucket: it allows bursts of `burst_seconds`, and no sustained excess. `rate` is per second.

    In any `t` seconds at most `rate * (t + burst_seconds)` pass. A call for more than the bucket holds passes when the
    bucket is full.
    """

    def __init__(self, rate: float, burst_seconds: float, clock: Clock) -> None:
        self._clock = clock
        self._burst_seconds = burst_seconds
        self.rate = rate
        self._tokens = self.size
        self._at = clock()

    @property
    def size(self) -> float:
        """The number of tokens that the bucket holds."""
        return max(1.0, self.rate * self._burst_seconds)

    def change(self, rate: float) -> None:
        """Sets another rate from now on."""
        self.rate = rate
        self._tokens = min(self._tokens, self.size)

    def take(self, count: int) -> bool:
        """Takes `count` tokens; whether they were there. A rate of 0 or less means no limit."""
        if self.rate <= 0:
            return True
        now = self._clock()
        self._tokens = min(self.size, self._tokens + max(now - self._at, 0) * self.rate)
        self._at = now
        if self._tokens + _ROUNDING < min(count, self.size):
            return False
        self._tokens -= count
        return True


class DailyQuota:
    """Recipients sent to in the last 24 hours: a rolling window, to the second."""

    def __init__(self, limit: float, clock: Clock) -> None:
        self.limit = limit
        self._clock = clock
        self._sent: deque[tuple[int, int]] = deque()
        self._total = 0

    @property
    def used(self) -> int:
        """Recipients in the last 24 hours."""
        now = self._clock()
        while self._sent and self._sent[0][0] <= now - _DAY_SECONDS:
            self._total -= self._sent.popleft()[1]
        return self._total

    def allows(self, count: int) -> bool:
        """Whether `count` more recipients fit. A limit below 0 means no limit."""
        return self.limit < 0 or self.used + count <= self.limit

    def add(self, count: int) -> None:
        """Counts recipients sent to now."""
        second = int(self._clock())
        self._total += count
        if self._sent and self._sent[-1][0] == second:
            count += self._sent.pop()[1]
        self._sent.append((second, count))

    def pretend(self, used: int) -> None:
        """Replaces the count: as if `used` recipients had been sent to now."""
        self._sent.clear()
        self._total = 0
        if used:
            self.add(used)
