"""StatisticsTable's reader, for the guard and the command line.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ses_stack.aws.items import Item
from ses_stack.aws.json_api import Calls
from ses_stack.aws.retry import Retrying
from ses_stack.errors import TableError
from ses_stack.statistics.adapters.rows import (
    JOURNALS,
    bucket_in,
    campaigns_in,
    campaigns_partition,
    counters_in,
    counters_partition,
    journal_in,
    shard_in,
)
from ses_stack.statistics.campaigns import OTHER_CAMPAIGNS
from ses_stack.statistics.counters import Counter
from ses_stack.statistics.grains import Grain, bucket_at, bucket_of, start_of
from ses_stack.statistics.journal import CountKey, Journal
from ses_stack.statistics.windows import StreamCounts, TimeWindow, added, last_day, last_hour, window_of

# Counts move from a journal to the rows every few minutes: they rarely do so twice within one reading.
_READINGS = 5

type _ByProvider = Mapping[str, Mapping[Counter, int]]


@dataclass(frozen=True, slots=True)
class _Part:
    """What is read together: a stream, or one of its campaigns, in a window."""

    stream: str
    campaign: str
    window: TimeWindow

    @property
    def partition(self) -> str:
        return counters_partition(self.window.grain, self.stream, self.campaign)

    @property
    def first(self) -> str:
        return bucket_at(self.window.grain, self.window.since)

    @property
    def last(self) -> str:
        return bucket_at(self.window.grain, self.window.until - self.window.grain.length)

    def buckets(self, rows: Iterable[Item], counts: Iterable[tuple[CountKey, int]]) -> dict[str, _ByProvider]:
        """The counters of each bucket by provider: those of the rows, and the stream's counts in journals."""
        parts: dict[str, list[_ByProvider]] = defaultdict(list)
        for row in rows:
            parts[bucket_in(row)].append(counters_in(row))
        first, last = self.first, self.last
        for key, count in counts:
            bucket = bucket_of(self.window.grain, key.minutes)
            if self.campaign in {"", key.campaign} and first <= bucket <= last:
                parts[bucket].append({key.provider: {key.counter: count}})
        return {bucket: added(counters) for bucket, counters in parts.items()}

    def total(self, buckets: Mapping[str, _ByProvider]) -> StreamCounts:
        return StreamCounts(
            stream=self.stream,
            campaign=self.campaign,
            since=self.window.since,
            until=self.window.until,
            by_provider=added(buckets.values()),
        )


class StatisticsReader:
    """Reads counters. Every method raises `TableError` if the table does not answer by `until`, a `time.monotonic()`.

    A count is in a shard's journal, or has moved to the rows: both are read, and again if counts moved meanwhile.
    """

    def __init__(
        self,
        dynamodb: Calls,
        *,
        name: str,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        retrying: Retrying | None = None,
        until: float = math.inf,
    ) -> None:
        self._dynamodb = dynamodb
        self._name = name
        self._now = now
        self._retrying = retrying or Retrying(max_attempts=6, attempt_seconds=5)
        self._until = until

    def last_hour(self, stream: str, campaign: str = "") -> StreamCounts:
        """At least the last hour of a stream, or of one of its campaigns."""
        return self._counts(stream, campaign, last_hour(self._now()))

    def last_day(self, stream: str, campaign: str = "") -> StreamCounts:
        """At least the last day of a stream, or of one of its campaigns."""
        return self._counts(stream, campaign, last_day(self._now()))

    def range(self, grain: Grain, since: datetime, until: datetime, *, stream: str, campaign: str = "") -> StreamCounts:
        """All buckets that hold a moment from `since` to `until`, added up."""
        return self._counts(stream, campaign, window_of(grain, since, until))

    def series(
        self, grain: Grain, since: datetime, until: datetime, *, stream: str, campaign: str = ""
    ) -> list[StreamCounts]:
        """The same buckets one by one, in order of time, without the empty ones."""
        (buckets,) = self._buckets([_Part(stream, campaign, window_of(grain, since, until))])
        return [
            StreamCounts(
                stream=stream,
                campaign=campaign,
                since=start_of(bucket),
                until=start_of(bucket) + grain.length,
                by_provider=counters,
            )
            for bucket, counters in sorted(buckets.items())
        ]

    def campaigns(self, stream: str, since: datetime, until: datetime) -> list[str]:
        """The campaigns of a stream on the days from `since` to `until`, in order of their names.

        Campaigns beyond the number that a day may have are counted under `other`.
        """
        first, last = (bucket_at(Grain.DAYS, moment) for moment in (since, until))
        names = campaigns_in(self._query(campaigns_partition(stream), first, last))
        return sorted(names | {OTHER_CAMPAIGNS}) if names else []

    def together(self, wanted: Sequence[tuple[str, TimeWindow]]) -> list[StreamCounts]:
        """The counters of streams in windows, all of one moment. The journals are read once for all of them."""
        parts = [_Part(stream, "", window) for stream, window in wanted]
        return [part.total(buckets) for part, buckets in zip(parts, self._buckets(parts), strict=True)]

    def _counts(self, stream: str, campaign: str, window: TimeWindow) -> StreamCounts:
        part = _Part(stream, campaign, window)
        (buckets,) = self._buckets([part])
        return part.total(buckets)

    def _buckets(self, parts: Sequence[_Part]) -> list[dict[str, _ByProvider]]:
        """The counters of each part's buckets by provider."""
        rows_of_parts, journals = self._snapshot(parts)
        counts: dict[str, list[tuple[CountKey, int]]] = defaultdict(list)
        for journal in journals.values():
            for key, count in journal.counts.items():
                counts[key.stream].append((key, count))
        return [part.buckets(rows, counts[part.stream]) for part, rows in zip(parts, rows_of_parts, strict=True)]

    def _snapshot(self, parts: Sequence[_Part]) -> tuple[list[list[Item]], Mapping[str, Journal]]:
        """Rows of counters, and the journals, between which no count moved while they were read."""
        journals = self._journals()
        for _ in range(_READINGS):
            rows = [self._query(part.partition, part.first, part.last) for part in parts]
            before, journals = journals, self._journals()
            if all(before.get(shard, Journal()).moves == journal.moves for shard, journal in journals.items()):
                break
        return rows, journals

    def _journals(self) -> dict[str, Journal]:
        return {shard_in(row): journal_in(row) for row in self._query(JOURNALS, "", "")}

    def _query(self, partition: str, first: str, last: str) -> list[Item]:
        """The rows of a partition, those from `first` to `last`; all without them. The read is consistent."""
        query: dict[str, Any] = {
            "TableName": self._name,
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": {"S": partition}},
            "ConsistentRead": True,
        }
        if first:
            query["KeyConditionExpression"] += " AND sk BETWEEN :first AND :last"
            query["ExpressionAttributeValues"] |= {":first": {"S": first}, ":last": {"S": last}}
        found: list[Item] = []
        start: dict[str, Any] = {}
        while True:
            answer = self._retrying.call(self._dynamodb, "Query", query | start, until=self._until)
            if answer.error:
                raise TableError(f"the statistics table answers {answer.error}")
            found += answer.document["Items"]
            if not (key := answer.document.get("LastEvaluatedKey")):
                return found
            start = {"ExclusiveStartKey": key}
