"""Additions: what a batch of events adds to which rows.

A batch is many events and few rows. DynamoDB takes at most 100 rows, and 4 MB, in one transaction, so events that touch
more rows (late ones, of many hours or campaigns) are added in several. The size needs no check: a row's providers and
counters are bounded, so that 100 rows are far below 4 MB.
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
"""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from ses_stack.statistics.counters import Counter
from ses_stack.statistics.grains import Grain, bucket_of, expires_at
from ses_stack.statistics.stream_records import CountedEvent

# One row of the 100 is the shard's.
ROWS_PER_TRANSACTION = 99
# The text of an update is limited to 4 KB; each counter takes 12 bytes of it at most.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
COUNTERS_PER_ROW = 250


class CounterRow(NamedTuple):
    """A row of counters. `campaign` is empty for the whole stream."""

    grain: Grain
    bucket: str
    stream: str
    campaign: str


type Additions = Mapping[CounterRow, Mapping[tuple[str, Counter], int]]


def additions_of(
    events: Sequence[CountedEvent], *, campaign_of: Callable[[CountedEvent], str], now: datetime
) -> Additions:
    """What the events add to each row, by provider and counter.

    `campaign_of` gives the name under which an event's campaign is counted. A late event counts in the
    grains whose counters are still kept.
    """
    tally = Tally((event.minutes, event.stream, campaign_of(event), event.provider, event.counter) for event in events)
    oldest = now.timestamp()
    found: dict[CounterRow, dict[tuple[str, Counter], int]] = {}
    for (minutes, stream, campaign, provider, counter), count in tally.items():
        for grain in Grain:
            bucket = bucket_of(grain, minutes)
            if expires_at(grain, bucket) <= oldest:
                continue
            for name in {"", campaign}:
                row = found.setdefault(CounterRow(grain, bucket, stream, name), {})
                row[provider, counter] = row.get((provider, counter), 0) + count
    return found


def in_transactions(
    events: Sequence[CountedEvent], additions: Callable[[Sequence[CountedEvent]], Additions]
) -> Iterator[tuple[Sequence[CountedEvent], Additions]]:
    """The events in runs that fit into a transaction, in their order, each with what it adds."""
    found = additions(events)
    if len(events) < 2 or _fits(found):
        yield events, found
        return
    middle = len(events) // 2
    yield from in_transactions(events[:middle], additions)
    yield from in_transactions(events[middle:], additions)


def _fits(additions: Additions) -> bool:
    return len(additions) <= ROWS_PER_TRANSACTION and all(
        len(counters) <= COUNTERS_PER_ROW for counters in additions.values()
    )
