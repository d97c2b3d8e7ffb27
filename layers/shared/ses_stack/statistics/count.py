"""The statistics writer: a batch of the history's table stream becomes counters, each record exactly once.

Lambda delivers a record at least once: it repeats a batch whose worker died or failed, in halves or from the failed
record on, and after a shard changes its poller two workers may have the same records at a time. But it delivers the
records of a shard in order the first time. So the counters are added in one transaction with the shard's last counted
record, on the condition that this record is older than the first of the transaction. A worker that finds a newer one
drops the records up to there, and adds the rest.
https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-windows.html
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Protocol

from ses_stack.errors import TableError
from ses_stack.statistics.additions import Additions, additions_of, in_transactions
from ses_stack.statistics.campaigns import OTHER_CAMPAIGNS
from ses_stack.statistics.grains import Grain, bucket_of
from ses_stack.statistics.stream_records import CountedEvent, counted_event, sequence_of


class CounterStore(Protocol):
    """Keeps counters, and the last counted record of each shard."""

    def add(self, additions: Additions, *, shard: str, first: str, last: str, until: float) -> str | None:
        """Adds all or nothing, and makes `last` the shard's last counted record.

        Adds nothing if the last counted record is not older than `first`, and returns that record. Raises `TableError`.
        """


class CampaignPlaces(Protocol):
    """Gives the campaigns of a day their places."""

    def places(self, stream: str, day: str, wanted: Iterable[str], *, until: float) -> Collection[str]:
        """The campaigns with counters of their own on a day, those of `wanted` that have a place among them.

        Raises `TableError`.
        """


@dataclass(slots=True)
class CountingResult:
    """What became of a batch. `failed` is the sequence number of the first record that Lambda must deliver again.

    `counted` records were added now, `repeated` ones had been added before, `ignored` ones do not count.
    """

    counted: int = 0
    repeated: int = 0
    ignored: int = 0
    failed: str | None = None
    reason: str = ""

    def response(self) -> dict[str, Any]:
        """The handler's answer to Lambda. A mapping with a tumbling window fails a batch without `state`.

        https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
        """
        return {"state": {}, "batchItemFailures": [{"itemIdentifier": self.failed}] if self.failed else []}


def count(
    records: Sequence[Mapping[str, Any]],
    *,
    shard: str,
    store: CounterStore,
    campaigns: CampaignPlaces,
    now: datetime,
    until: float,
) -> CountingResult:
    """Adds the records of one shard, in order, until a transaction cannot be written.

    `until` is the deadline, in seconds of `time.monotonic()`.
    """
    events = [event for event in map(counted_event, records) if event]
    result = CountingResult(ignored=len(records) - len(events))
    try:
        additions = partial(additions_of, campaign_of=_campaign_names(events, campaigns, until), now=now)
        for run, _ in in_transactions(events, additions) if events else ():
            _add(run, additions, partial(store.add, shard=shard, until=until), result)
    except TableError as error:
        done = result.counted + result.repeated
        result.failed = _original_sequence(records, events[done].sequence)
        result.reason = str(error)
    return result


def _add(
    run: Sequence[CountedEvent],
    additions: Callable[[Sequence[CountedEvent]], Additions],
    add: Callable[..., str | None],
    result: CountingResult,
) -> None:
    """Adds the events of a run that no worker has counted."""
    left = run
    while left:
        counted_until = add(additions(left), first=left[0].sequence, last=left[-1].sequence)
        if counted_until is None:
            result.counted += len(left)
            return
        newer = [event for event in left if event.sequence > counted_until]
        result.repeated += len(left) - len(newer)
        left = newer


def _campaign_names(
    events: Sequence[CountedEvent], campaigns: CampaignPlaces, until: float
) -> Callable[[CountedEvent], str]:
    """A function of an event: the name under which its campaign is counted, empty for mail without a campaign."""
    wanted: dict[tuple[str, str], dict[str, None]] = {}
    for event in events:
        if event.campaign:
            wanted.setdefault((event.stream, _day(event)), {})[event.campaign] = None
    placed = {
        (stream, day): campaigns.places(stream, day, names, until=until) for (stream, day), names in wanted.items()
    }

    def name_of(event: CountedEvent) -> str:
        if not event.campaign or event.campaign in placed[event.stream, _day(event)]:
            return event.campaign
        return OTHER_CAMPAIGNS

    return name_of


def _day(event: CountedEvent) -> str:
    return bucket_of(Grain.DAYS, event.minutes)


def _original_sequence(records: Sequence[Mapping[str, Any]], sequence: str) -> str:
    """The sequence number as Lambda wrote it: it must be given back unchanged."""
    return next(str(record["dynamodb"]["SequenceNumber"]) for record in records if sequence_of(record) == sequence)
