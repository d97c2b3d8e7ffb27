"""The rows of StatisticsTable, in DynamoDB's wire form.

| pk | sk | holds |
|---|---|---|
| `{grain}#{stream}` | `{bucket}` | a stream's counters: `{provider}#{counter}` -> number |
| `{grain}#{stream}#{campaign}` | `{bucket}` | a campaign's counters |
| `campaigns#{stream}` | `{day}` | the campaigns that have counters of their own on that day |
| `journals` | `{shard}` | a shard's last counted record, and counts that are in no other row yet |

All journals have one partition key, so that a reader finds them with one query.
"""

from __future__ import annotations

import json
import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from typing import Any

from ses_stack.aws.items import Item, number_attributes, number_of, text_attributes, text_of
from ses_stack.statistics.additions import CounterRow
from ses_stack.statistics.counters import Counter
from ses_stack.statistics.grains import Grain
from ses_stack.statistics.journal import CountKey, Counts, Journal

JOURNALS = "journals"
_COUNTERS = {counter.value: counter for counter in Counter}


def counters_key(row: CounterRow) -> Item:
    """The key of a row of counters."""
    return _key(counters_partition(row.grain, row.stream, row.campaign), row.bucket)


def counters_partition(grain: Grain, stream: str, campaign: str) -> str:
    """The partition key of a stream's counters, or of a campaign's."""
    return f"{grain}#{stream}#{campaign}" if campaign else f"{grain}#{stream}"


def bucket_in(row: Mapping[str, Any]) -> str:
    """The bucket of a row with counters."""
    return text_of(row, "sk") or ""


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
    return _key(campaigns_partition(stream), day)


def campaigns_partition(stream: str) -> str:
    """The partition key of the lists of a stream's campaigns."""
    return f"campaigns#{stream}"


def campaigns_in(rows: Iterable[Mapping[str, Any]]) -> set[str]:
    """The campaigns in some days' lists."""
    return {name for row in rows for name in row.get("names", {}).get("SS", ())}


def journal_key(shard: str) -> Item:
    """The key of a shard's journal."""
    return _key(JOURNALS, shard)


def shard_in(row: Mapping[str, Any]) -> str:
    """The shard of a journal's row."""
    return text_of(row, "sk") or ""


def journal_attributes(journal: Journal) -> Item:
    """A journal without its key. `counts` is Base64, as JSON writes a Binary value."""
    item = text_attributes({"last_record": journal.last})
    item |= number_attributes({"version": journal.version, "since": journal.since, "moves": journal.moves})
    item["counts"] = {"B": b64encode(_pack(journal.counts)).decode()}
    return item


def journal_in(row: Mapping[str, Any]) -> Journal:
    """The journal in a row, whose `counts` may be Base64 or bytes; the empty journal for no row."""
    if "counts" not in row:
        return Journal()
    packed = row["counts"]["B"]
    return Journal(
        version=number_of(row, "version") or 0,
        last=text_of(row, "last_record") or "",
        counts=_unpack(b64decode(packed) if isinstance(packed, str) else bytes(packed)),
        since=number_of(row, "since") or 0,
        moves=number_of(row, "moves") or 0,
    )


def _key(pk: str, sk: str) -> Item:
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def _pack(counts: Counts) -> bytes:
    """The counts as nested JSON objects, compressed: names that many counts share are written once."""
    nested: dict[str, Any] = {}
    for (minutes, stream, campaign, provider, counter), count in sorted(counts.items()):
        campaigns = nested.setdefault(minutes, {}).setdefault(stream, {})
        campaigns.setdefault(campaign, {}).setdefault(provider, {})[counter.value] = count
    return zlib.compress(json.dumps(nested, separators=(",", ":")).encode())


def _unpack(packed: bytes) -> dict[CountKey, int]:
    nested: dict[str, dict[str, dict[str, dict[str, dict[str, int]]]]] = json.loads(zlib.decompress(packed))
    return {
        CountKey(minutes, stream, campaign, provider, _COUNTERS.get(counter, Counter.UNKNOWN)): count
        for minutes, streams in nested.items()
        for stream, campaigns in streams.items()
        for campaign, providers in campaigns.items()
        for provider, counters in providers.items()
        for counter, count in counters.items()
    }
