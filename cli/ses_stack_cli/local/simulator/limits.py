"""The account's limits, counted in recipients.

https://docs.aws.amazon.com/ses/latest/dg/manage-sending-quotas.html
https://docs.aws.amazon.com/ses/latest/dg/manage-sending-quotas-errors.html
"""

from __future__ import annotations

from collections import deque

from ses_stack_cli.local.simulator.cloud import Clock

_DAY = 24 * 60 * 60


class RateLimit:
    """A token bucket: bursts of `burst_seconds` are tolerated, sustained excess is not.

    In any `t` seconds at most `rate * (t + burst_seconds)` pass, plus what one call asks for beyond the bucket's size:
    a call for more than the bucket holds passes when it is full.
    """

    def __init__(self, rate: float, burst_seconds: float, clock: Clock) -> None:
        self._clock = clock
        self._burst_seconds = burst_seconds
        self.rate = rate
        self._tokens = self.size
        self._at = clock()

    @property
    def size(self) -> float:
        """How much the bucket holds."""
        return max(1.0, self.rate * self._burst_seconds)

    def change(self, rate: float) -> None:
        """Another rate from now on."""
        self.rate = rate
        self._tokens = min(self._tokens, self.size)

    def take(self, count: int) -> bool:
        """Whether `count` may pass now. A rate of 0 or less means no limit."""
        if self.rate <= 0:
            return True
        now = self._clock()
        self._tokens = min(self.size, self._tokens + max(now - self._at, 0) * self.rate)
        self._at = now
        if self._tokens + 1e-5 < min(count, self.size):
            return False
        self._tokens -= count
        return True


class DailyQuota:
    """What was sent in the last 24 hours, rolling, to the second."""

    def __init__(self, limit: float, clock: Clock) -> None:
        self.limit = limit
        self._clock = clock
        self._sent: deque[tuple[int, int]] = deque()
        self._total = 0

    @property
    def used(self) -> int:
        """Recipients in the last 24 hours."""
        now = self._clock()
        while self._sent and self._sent[0][0] <= now - _DAY:
            self._total -= self._sent.popleft()[1]
        return self._total

    def allows(self, count: int) -> bool:
        """Whether `count` more fit. A limit below 0 means none."""
        return self.limit < 0 or self.used + count <= self.limit

    def add(self, count: int) -> None:
        """Notes what was sent now."""
        second = int(self._clock())
        self._total += count
        if self._sent and self._sent[-1][0] == second:
            count += self._sent.pop()[1]
        self._sent.append((second, count))

    def pretend(self, used: int) -> None:
        """Makes it look as if so many had been sent, all of them now."""
        self._sent.clear()
        self._total = 0
        if used:
            self.add(used)
