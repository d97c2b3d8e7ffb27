"""Records of the history's table stream for the tests of statistics, and StatisticsTable in memory."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from typing import Any

from ses_stack.statistics.additions import Additions, CounterRow, first_additions
from ses_stack.statistics.campaigns import admitted
from ses_stack.statistics.counters import Counter
from ses_stack.statistics.journal import Journal

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
    """A fake of `JournalStore` and of `CampaignPlaces`. `around` is called at the start and the end of each call.

    `known` is what another worker may have seen last: any earlier version of a journal.
    """

    def __init__(self, *, limit: int = 3) -> None:
        self.rows: Rows = {}
        self.journals: dict[str, Journal] = {}
        self.seen: dict[str, Journal] = {}
        self.campaigns: dict[tuple[str, str], list[str]] = {}
        self.limit = limit
        self.writes = 0
        self.around: Callable[[], None] = lambda: None

    def known(self, shard: str, *, until: float) -> Journal:
        return self.seen[shard] if shard in self.seen else self.current(shard, until=until)

    def current(self, shard: str, *, until: float) -> Journal:
        self.around()
        self.seen[shard] = self.journals.get(shard, Journal())
        return self.seen[shard]

    def write(self, shard: str, journal: Journal, additions: Additions, *, until: float) -> Journal:
        self.writes += 1
        self.around()
        if self.journals.get(shard, Journal()).version == journal.version - 1:
            self.journals[shard] = journal
            for row, counters in additions.items():
                self.rows.setdefault(row, Tally()).update(counters)
        stored = self.journals[shard]
        self.around()
        self.seen[shard] = stored
        return stored

    def places(self, stream: str, day: str, wanted: Iterable[str], *, until: float) -> Collection[str]:
        self.around()
        known = self.campaigns.setdefault((stream, day), [])
        known += admitted(wanted, known, limit=self.limit)
        self.around()
        return list(known)

    def total(self, now: datetime) -> Rows:
        """The rows as they are when all counts have moved."""
        rows = {row: Tally(counters) for row, counters in self.rows.items()}
        for journal in self.journals.values():
            for key, count in journal.counts.items():
                for row, counters in first_additions({key: count}, now=now)[1].items():
                    rows.setdefault(row, Tally()).update(counters)
        return rows
