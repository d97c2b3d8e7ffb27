"""Records of the history's table stream for the tests of statistics, and StatisticsTable in memory."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Callable, Collection, Iterable
from typing import Any

from ses_stack.statistics.additions import Additions, CounterRow
from ses_stack.statistics.campaigns import admitted
from ses_stack.statistics.counters import Counter

type Rows = dict[CounterRow, Tally[tuple[str, Counter]]]


def record(
    sequence: int = 1,
    *,
    name: str = "INSERT",
    kind: str = "send",
    time: str = "2026-11-24T06:13:00.000Z",
    campaign: str = "",
    written_at: float | None = None,
    expires_at: int | None = None,
    **texts: str,
) -> dict[str, Any]:
    """A record with a row of the history, as Lambda hands it over."""
    row = {"type": kind, "event_key": f"{time}#{kind}#0123456789abcdef", "stream": "marketing", "provider": "gmail"}
    image: dict[str, Any] = {key: {"S": text} for key, text in (row | texts).items()}
    if campaign:
        image["tags"] = {"M": {"campaign": {"L": [{"S": campaign}]}}}
    if expires_at is not None:
        image["expires_at"] = {"N": str(expires_at)}
    change: dict[str, Any] = {"SequenceNumber": f"{sequence:021}", "NewImage": image}
    if written_at is not None:
        change["ApproximateCreationDateTime"] = written_at
    return {"eventName": name, "dynamodb": change}


class MemoryStore:
    """A fake of `CounterStore` and of `CampaignPlaces`. `around` is called at the start and the end of each call."""

    def __init__(self, *, limit: int = 3) -> None:
        self.rows: Rows = {}
        self.last: dict[str, str] = {}
        self.campaigns: dict[tuple[str, str], list[str]] = {}
        self.limit = limit
        self.calls = 0
        self.around: Callable[[], None] = lambda: None

    def add(self, additions: Additions, *, shard: str, first: str, last: str, until: float) -> str | None:
        self.calls += 1
        self.around()
        counted_until = self.last.get(shard, "")
        if counted_until < first:
            self.last[shard] = last
            for row, counters in additions.items():
                self.rows.setdefault(row, Tally()).update(counters)
        self.around()
        return None if counted_until < first else counted_until

    def places(self, stream: str, day: str, wanted: Iterable[str], *, until: float) -> Collection[str]:
        self.around()
        known = self.campaigns.setdefault((stream, day), [])
        known += admitted(wanted, known, limit=self.limit)
        self.around()
        return list(known)
