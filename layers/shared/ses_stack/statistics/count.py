"""The statistics writer: a batch of the history's table stream becomes counts, each record exactly once.

Lambda delivers a record at least once: it repeats a batch whose worker died or failed, in halves or from the failed
record on, and after a shard changes its poller two workers may have the same records at a time. But it delivers the
records of a shard in order the first time. So a worker writes the counts together with the shard's last counted record,
and only over the version of the journal that it knows. If the journal has another version, the worker drops the records
that this one has counted, and adds the rest to it.
https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-windows.html
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from ses_stack.errors import TableError
from ses_stack.statistics.additions import Additions, first_additions
from ses_stack.statistics.campaigns import OTHER_CAMPAIGNS
from ses_stack.statistics.grains import Grain, bucket_of
from ses_stack.statistics.journal import CountKey, Journal
from ses_stack.statistics.stream_records import CountedEvent, counted_event, sequence_of


class JournalStore(Protocol):
    """Keeps the journals of a table stream's shards, and the rows of counters. Every method raises `TableError`."""

    def known(self, shard: str, *, until: float) -> Journal:
        """The journal of a shard, as this worker has last seen it."""

    def current(self, shard: str, *, until: float) -> Journal:
        """The journal of a shard."""

    def write(self, shard: str, journal: Journal, additions: Additions, *, until: float) -> Journal:
        """Writes the next version of a journal, and adds to rows of counters: both or neither.

        Returns the journal as it is now: another one, if it had not the version before. Then nothing is written.
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

    `counted` records were added now, `repeated` ones had been counted before, `ignored` ones do not count. `reason`
    names what failed; without `failed`, all records are counted, and their counts stay in the journal for now.
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
    store: JournalStore,
    campaigns: CampaignPlaces,
    now: datetime,
    until: float,
    finish: bool = False,
) -> CountingResult:
    """Counts the records of one shard. `until` is the deadline, in seconds of `time.monotonic()`.

    `finish`: a tumbling window ends, and this may be the shard's last call, so that all counts move to the rows. Raises
    `TableError` if they cannot: Lambda calls again.
    """
    events = [event for event in map(counted_event, records) if event]
    result = CountingResult(ignored=len(records) - len(events))
    journal = _ShardJournal(shard, store, now, until)
    try:
        if events:
            result.counted = journal.add(events, _key_maker(events, campaigns, until))
            result.repeated = len(events) - result.counted
    except TableError as error:
        result.failed, result.reason = _original_sequence(records, events[0].sequence), str(error)
        return result
    if finish:
        journal.move_all()
        return result
    try:
        if events:
            journal.move_if_due()
    except TableError as error:
        result.reason = str(error)
    return result


@dataclass(frozen=True, slots=True)
class _ShardJournal:
    """The journal of one shard, for one batch."""

    shard: str
    store: JournalStore
    now: datetime
    until: float

    def add(self, events: Sequence[CountedEvent], key_of: Callable[[CountedEvent], CountKey]) -> int:
        """Adds the events that no worker has counted; how many these were."""
        journal = self.store.known(self.shard, until=self.until)
        while newer := [event for event in events if event.sequence > journal.last]:
            following = journal.with_events(((event, key_of(event)) for event in newer), now=self.now.timestamp())
            journal = self.store.write(self.shard, following, {}, until=self.until)
            if journal == following:
                return len(newer)
        return 0

    def move_all(self) -> None:
        """Moves all counts to the rows, those of other workers too."""
        self._move(self.store.current(self.shard, until=self.until))

    def move_if_due(self) -> None:
        """Moves all counts to the rows, if some are old or they are many."""
        journal = self.store.known(self.shard, until=self.until)
        if journal.is_due(self.now.timestamp()):
            self._move(journal)

    def _move(self, journal: Journal) -> None:
        while journal.counts:
            moved, additions = first_additions(journal.counts, now=self.now)
            journal = self.store.write(self.shard, journal.without(moved), additions, until=self.until)


def _key_maker(
    events: Sequence[CountedEvent], campaigns: CampaignPlaces, until: float
) -> Callable[[CountedEvent], CountKey]:
    """A function of an event: what counts it. A campaign without a place is counted as `other`."""
    wanted: dict[tuple[str, str], dict[str, None]] = {}
    for event in events:
        if event.campaign:
            wanted.setdefault((event.stream, _day(event)), {})[event.campaign] = None
    placed = {
        (stream, day): campaigns.places(stream, day, names, until=until) for (stream, day), names in wanted.items()
    }

    def key_of(event: CountedEvent) -> CountKey:
        campaign = event.campaign
        if campaign and campaign not in placed[event.stream, _day(event)]:
            campaign = OTHER_CAMPAIGNS
        return CountKey(event.minutes, event.stream, campaign, event.provider, event.counter)

    return key_of


def _day(event: CountedEvent) -> str:
    return bucket_of(Grain.DAYS, event.minutes)


def _original_sequence(records: Sequence[Mapping[str, Any]], sequence: str) -> str:
    """The sequence number as Lambda wrote it: it must be given back unchanged."""
    return next(str(record["dynamodb"]["SequenceNumber"]) for record in records if sequence_of(record) == sequence)
