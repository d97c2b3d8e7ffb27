"""Warming up dedicated IP addresses: how much mail a provider gets from them on each day since the start.

A provider distrusts an address that it has never seen and that sends much. So the schedule begins low, grows by a fifth
every day, and after six weeks there is no limit any more. Providers are counted apart: each keeps its own memory.
https://docs.aws.amazon.com/ses/latest/dg/dedicated-ip-warming.html
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

# The streams whose configuration sets send through the pool.
STREAMS = ("transactional", "marketing")
FIRST_DAY = 200
GROWTH = 1.2
DAYS = 45


@dataclass(frozen=True, slots=True, kw_only=True)
class WarmUp:
    """A pool of dedicated addresses, and the day on which it begins to send (in UTC)."""

    pool: str
    start: date

    def limit(self, moment: float) -> int | None:
        """How many recipients at one provider the pool may have on the day of a moment; None: no limit any more."""
        day = (_day(moment) - self.start).days
        if day >= DAYS:
            return None
        return 0 if day < 0 else int(FIRST_DAY * GROWTH**day)

    def key(self, moment: float) -> str:
        """The day's row in SendTable; each provider has a counter in it."""
        return f"WARMUP#{self.pool}#{_day(moment).isoformat()}"

    def until(self, moment: float) -> float:
        """When the next day begins."""
        day = _day(moment).toordinal() + 1
        return datetime.combine(date.fromordinal(day), datetime.min.time(), UTC).timestamp()


def _day(moment: float) -> date:
    return datetime.fromtimestamp(moment, UTC).date()
