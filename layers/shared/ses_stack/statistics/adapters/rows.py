"""The rows of StatisticsTable, in DynamoDB's wire form.

| pk | sk | holds |
|---|---|---|
| `{grain}#{stream}` | `{bucket}#{spread}` | a stream's counters: `{provider}#{counter}` -> number |
| `{grain}#{stream}#{campaign}` | `{bucket}#{spread}` | a campaign's counters |
| `campaigns#{stream}` | `{day}` | the campaigns that have counters of their own on that day |
| `shard#{shard}` | `-` | the last record of a table stream's shard that was counted |

`spread` is a number that depends on the shard: the workers of different shards rarely write the same row, and so
rarely make DynamoDB cancel each other's transactions. A reader adds the rows of a bucket.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from typing import Any

from ses_stack.aws.items import Item, text_of
from ses_stack.statistics.counters import Counter
from ses_stack.statistics.grains import Grain

SPREADS = 8
# Sorts after every spread of a bucket.
_END = "#~"
_COUNTERS = {counter.value: counter for counter in Counter}


def counters_key(grain: Grain, bucket: str, stream: str, campaign: str, *, shard: str) -> Item:
    """The key of the counters to which the worker of a shard adds."""
    spread = zlib.crc32(shard.encode()) % SPREADS
    return {"pk": {"S": counters_partition(grain, stream, campaign)}, "sk": {"S": f"{bucket}#{spread}"}}


def counters_partition(grain: Grain, stream: str, campaign: str) -> str:
    """The partition key of a stream's counters, or of a campaign's."""
    return f"{grain}#{stream}#{campaign}" if campaign else f"{grain}#{stream}"


def bucket_range(first: str, last: str) -> tuple[str, str]:
    """The sort keys between which the rows of the buckets from `first` to `last` are."""
    return first, last + _END


def bucket_in(row: Mapping[str, Any]) -> str:
    """The bucket of a row with counters."""
    return (text_of(row, "sk") or "").partition("#")[0]


def counters_in(row: Mapping[str, Any]) -> dict[str, dict[Counter, int]]:
    """A row's counters by provider. A counter that this version does not know is left out."""
    found: dict[str, dict[Counter, int]] = {}
    for name, value in row.items():
        provider, mark, counter = name.partition("#")
        if mark and counter in _COUNTERS:
            found.setdefault(provider, {})[_COUNTERS[counter]] = int(value["N"])
    return found


def counter_name(provider: str, counter: Counter) -> str:
    """The name of a counter's attribute."""
    return f"{provider}#{counter}"


def campaigns_key(stream: str, day: str) -> Item:
    """The key of the list of a day's campaigns."""
    return {"pk": {"S": campaigns_partition(stream)}, "sk": {"S": day}}


def campaigns_partition(stream: str) -> str:
    """The partition key of the lists of a stream's campaigns."""
    return f"campaigns#{stream}"


def campaigns_in(rows: Iterable[Mapping[str, Any]]) -> set[str]:
    """The campaigns in some days' lists."""
    return {name for row in rows for name in row.get("names", {}).get("SS", ())}


def shard_key(shard: str) -> Item:
    """The key of a shard's last counted record."""
    return {"pk": {"S": f"shard#{shard}"}, "sk": {"S": "-"}}
