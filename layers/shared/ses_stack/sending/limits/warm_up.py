"""The warm-up schedule: how much mail dedicated IP addresses send to each mailbox provider, day by day.

A mailbox provider distrusts a new address that sends much mail. So the schedule begins low, grows by a fifth every
day, and ends after six weeks. Each provider has a limit of its own, because each one rates the address by itself.
https://docs.aws.amazon.com/ses/latest/dg/dedicated-ip-warming.html
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

# The streams whose configuration sets send through the pool.
STREAMS = ("transactional", "marketing")
FIRST_DAY_RECIPIENTS = 200
DAILY_GROWTH = 1.2
DAYS = 45


@dataclass(frozen=True, slots=True, kw_only=True)
class WarmUp:
    """A pool of dedicated IP addresses, and the day (in UTC) on which it begins to send."""

    pool: str
    start: date

    def limit(self, moment: float) -> int | None:
        """How many recipients at one provider the pool may send to on a moment's day; None: the schedule has ended."""
        day = (_day(moment) - self.start).days
        if day >= DAYS:
            return None
        return 0 if day < 0 else int(FIRST_DAY_RECIPIENTS * DAILY_GROWTH**day)

    def key(self, moment: float) -> str:
        """The key of the day's row in SendTable; the row has a counter for each provider."""
        return f"WARMUP#{self.pool}#{_day(moment).isoformat()}"

    def next_day(self, moment: float) -> float:
        """The moment at which the next day begins."""
        day = _day(moment).toordinal() + 1
        return datetime.combine(date.fromordinal(day), datetime.min.time(), UTC).timestamp()


def _day(moment: float) -> date:
    return datetime.fromtimestamp(moment, UTC).date()
