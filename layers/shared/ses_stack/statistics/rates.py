"""A rate with the volume behind it, and the bounds of what it may really be.

One complaint of twelve mails is a rate of 8.3%, and says little. The bounds say how much of a rate may be chance. They
are those of Wilson's score interval, which holds for small counts too.
https://www.itl.nist.gov/div898/handbook/prc/section2/prc241.htm
"""

from __future__ import annotations

import math
from dataclasses import dataclass

# 95% of a normal distribution lie within this many standard deviations of its mean.
_DEVIATIONS = 1.959963984540054


@dataclass(frozen=True, slots=True)
class EventRate:
    """`count` events of `volume` mails; all rates are fractions from 0 to 1."""

    count: int
    volume: int

    @property
    def value(self) -> float:
        """The rate as it was counted. A complaint may come a day after its mail: the rate is never above 1."""
        return self._count / self.volume if self.volume else 0.0

    @property
    def lower(self) -> float:
        """The lower bound of the 95% interval: 0 without any mail."""
        return max(0.0, self._centre - self._half_width) if self._count else 0.0

    @property
    def upper(self) -> float:
        """The upper bound of the 95% interval: 1 without any mail."""
        return min(1.0, self._centre + self._half_width) if self._count < self.volume else 1.0

    @property
    def _count(self) -> int:
        return min(self.count, self.volume)

    @property
    def _weight(self) -> float:
        return 1 + _DEVIATIONS**2 / self.volume

    @property
    def _centre(self) -> float:
        return (self.value + _DEVIATIONS**2 / (2 * self.volume)) / self._weight

    @property
    def _half_width(self) -> float:
        spread = self.value * (1 - self.value) / self.volume + _DEVIATIONS**2 / (4 * self.volume**2)
        return _DEVIATIONS * math.sqrt(spread) / self._weight
