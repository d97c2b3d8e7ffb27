"""A shard's journal: its last counted record, and the counts that are not in rows of counters yet.

A batch touches many rows: three grains, and each stream and campaign in them. Adding to all of them for every small
batch would cost more than the mail's other writes together. So a batch is written into its shard's journal, which is
one row, and the journal's counts move to the rows of counters when they are a quarter of an hour old, or many. A reader
adds the journals to the rows, and so is never late.

Each write of a journal names the version that it replaces. A worker that finds another version goes on from there: it
drops the records that this version has counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from ses_stack.statistics.counters import Counter
from ses_stack.statistics.stream_records import CountedEvent

LONGEST_WAIT_SECONDS = 900
# About 30 KB, compressed: DynamoDB charges each write of the journal for its size, and each move for two units a row of
# counters. At 60 and at 240 records a second, fewer counts cost up to twice as much.
MOST_COUNTS = 6_000


class CountKey(NamedTuple):
    """What is counted: the bucket of five minutes, the stream, the campaign (or empty), the provider, the counter."""

    minutes: str
    stream: str
    campaign: str
    provider: str
    counter: Counter


type Counts = Mapping[CountKey, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Journal:
    """`last` is the shard's last counted record, `since` when the first of `counts` was noted, in epoch seconds.

    `version` grows with each write, `moves` with each write that moved counts to the rows.
    """

    version: int = 0
    last: str = ""
    counts: Counts = field(default_factory=dict)
    since: int = 0
    moves: int = 0

    def with_events(self, events: Iterable[tuple[CountedEvent, CountKey]], *, now: float) -> Journal:
        """The next version: the same with events that are newer than `last`, in their order."""
        counts, last = dict(self.counts), self.last
        for event, key in events:
            counts[key] = counts.get(key, 0) + 1
            last = event.sequence
        since = self.since if self.counts else int(now)
        return replace(self, version=self.version + 1, last=last, counts=counts, since=since)

    def without(self, moved: Iterable[CountKey]) -> Journal:
        """The next version: the same without the counts that moved to the rows."""
        gone = frozenset(moved)
        counts = {key: count for key, count in self.counts.items() if key not in gone}
        return replace(self, version=self.version + 1, counts=counts, moves=self.moves + 1)

    def is_due(self, now: float) -> bool:
        """Whether the counts should move to the rows."""
        return len(self.counts) > MOST_COUNTS or (bool(self.counts) and now - self.since >= LONGEST_WAIT_SECONDS)
