"""StatisticsTable's reader, for the guard and the command line.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from ses_stack.aws.items import Item
from ses_stack.aws.json_api import Calls
from ses_stack.aws.retry import Retrying
from ses_stack.errors import TableError
from ses_stack.statistics.adapters.rows import (
    bucket_in,
    bucket_range,
    campaigns_in,
    campaigns_partition,
    counters_in,
    counters_partition,
)
from ses_stack.statistics.campaigns import OTHER_CAMPAIGNS
from ses_stack.statistics.grains import Grain, bucket_at, start_of
from ses_stack.statistics.windows import StreamCounts, TimeWindow, added, last_day, last_hour, window_of


class StatisticsReader:
    """Reads counters. Every method raises `TableError` if the table does not answer by `until`, a `time.monotonic()`.

    Reads are eventually consistent: they cost half, and the counters lag behind the events by seconds anyway.
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
        by_bucket: dict[str, list[Item]] = defaultdict(list)
        for row in self._rows(stream, campaign, window_of(grain, since, until)):
            by_bucket[bucket_in(row)].append(row)
        return [
            StreamCounts(
                stream=stream,
                campaign=campaign,
                since=start_of(bucket),
                until=start_of(bucket) + grain.length,
                by_provider=added(map(counters_in, rows)),
            )
            for bucket, rows in sorted(by_bucket.items())
        ]

    def campaigns(self, stream: str, since: datetime, until: datetime) -> list[str]:
        """The campaigns of a stream on the days from `since` to `until`, in order of their names.

        Campaigns beyond the number that a day may have are counted under `other`.
        """
        first, last = (bucket_at(Grain.DAYS, moment) for moment in (since, until))
        names = campaigns_in(self._query(campaigns_partition(stream), first, last))
        return sorted(names | {OTHER_CAMPAIGNS}) if names else []

    def _counts(self, stream: str, campaign: str, window: TimeWindow) -> StreamCounts:
        return StreamCounts(
            stream=stream,
            campaign=campaign,
            since=window.since,
            until=window.until,
            by_provider=added(map(counters_in, self._rows(stream, campaign, window))),
        )

    def _rows(self, stream: str, campaign: str, window: TimeWindow) -> Iterator[Item]:
        first, last = bucket_at(window.grain, window.since), bucket_at(window.grain, window.until - window.grain.length)
        return self._query(counters_partition(window.grain, stream, campaign), *bucket_range(first, last))

    def _query(self, partition: str, first: str, last: str) -> Iterator[Item]:
        query: dict[str, Any] = {
            "TableName": self._name,
            "KeyConditionExpression": "pk = :pk AND sk BETWEEN :first AND :last",
            "ExpressionAttributeValues": {":pk": {"S": partition}, ":first": {"S": first}, ":last": {"S": last}},
        }
        start: dict[str, Any] = {}
        while True:
            answer = self._retrying.call(self._dynamodb, "Query", query | start, until=self._until)
            if answer.error:
                raise TableError(f"the statistics table answers {answer.error}")
            yield from answer.document["Items"]
            if not (key := answer.document.get("LastEvaluatedKey")):
                return
            start = {"ExclusiveStartKey": key}
