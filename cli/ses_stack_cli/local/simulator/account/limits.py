"""The account's quota, counted in recipients. `limiters.py` has its rate.

https://docs.aws.amazon.com/ses/latest/dg/manage-sending-quotas.html
"""

from __future__ import annotations

from collections import deque

from ses_stack_cli.local.simulator.clock import Clock

_DAY_SECONDS = 24 * 60 * 60


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
