"""The warm-up schedule: how much mail dedicated IP addresses send to each mailbox provider, day by day.

A mailbox provider distrusts a new address that sends much mail. So the schedule begins low, grows by a fifth every
day, and ends after six weeks. Each provider has a limit of its own, because each one rates the address by itself.
https://docs.aws.amazon.com/ses/latest/dg/dedicated-ip-warming.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

FIRST_DAY_RECIPIENTS = 200
DAILY_GROWTH = 1.2
DAYS = 45


@dataclass(frozen=True, slots=True, kw_only=True)
class WarmUp:
    """Pools of dedicated IP addresses, and the day (in UTC) on which they begin to send.

    `pools`: the pool of each stream that has one. Streams may share a pool.
    """

    pools: Mapping[str, str]
    start: date

    def limit(self, moment: float) -> int | None:
        """How many recipients at one provider a pool may send to on a moment's day; None: the schedule has ended."""
        day = (_day(moment) - self.start).days
        if day >= DAYS:
            return None
        return 0 if day < 0 else int(FIRST_DAY_RECIPIENTS * DAILY_GROWTH**day)

    def key(self, pool: str, moment: float) -> str:
        """The key of a pool's row for the day in SendTable; the row has a counter for each provider."""
        return f"WARMUP#{pool}#{_day(moment).isoformat()}"

    def next_day(self, moment: float) -> float:
        """The moment at which the next day begins."""
        day = _day(moment).toordinal() + 1
        return datetime.combine(date.fromordinal(day), datetime.min.time(), UTC).timestamp()


def _day(moment: float) -> date:
    return datetime.fromtimestamp(moment, UTC).date()
