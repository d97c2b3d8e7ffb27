"""Additions: what a journal's counts add to which rows.

DynamoDB takes at most 100 rows, and 4 MB, in one transaction, so that many counts (of late events, of many campaigns)
move in several. The size needs no check: a row's providers and counters are bounded, and 100 rows are far below 4 MB.
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from ses_stack.statistics.counters import Counter
from ses_stack.statistics.grains import Grain, bucket_of, expires_at
from ses_stack.statistics.journal import CountKey, Counts

# One row of the 100 is the journal's.
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


def first_additions(counts: Counts, *, now: datetime) -> tuple[list[CountKey], Additions]:
    """As many counts as one transaction can move, the oldest first, and what they add to each row.

    A late event counts in the grains whose counters are still kept.
    """
    moved: list[CountKey] = []
    additions: dict[CounterRow, dict[tuple[str, Counter], int]] = {}
    for key, count in sorted(counts.items()):
        rows = list(_rows_of(key, now))
        new = sum(row not in additions for row in rows)
        if len(additions) + new > ROWS_PER_TRANSACTION or any(_is_full(additions.get(row, {}), key) for row in rows):
            break
        for row in rows:
            counters = additions.setdefault(row, {})
            name = (key.provider, key.counter)
            counters[name] = counters.get(name, 0) + count
        moved.append(key)
    return moved, additions


def _rows_of(key: CountKey, now: datetime) -> Iterator[CounterRow]:
    for grain in Grain:
        bucket = bucket_of(grain, key.minutes)
        if expires_at(grain, bucket) > now.timestamp():
            for campaign in {"", key.campaign}:
                yield CounterRow(grain, bucket, key.stream, campaign)


def _is_full(counters: Mapping[tuple[str, Counter], int], key: CountKey) -> bool:
    return len(counters) >= COUNTERS_PER_ROW and (key.provider, key.counter) not in counters
