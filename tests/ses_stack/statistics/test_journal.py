"""A shard's journal."""

from __future__ import annotations

from ses_stack.statistics.counters import Counter
from ses_stack.statistics.journal import LONGEST_WAIT_SECONDS, MOST_COUNTS, CountKey, Journal
from ses_stack.statistics.stream_records import CountedEvent

KEY = CountKey("2026-11-24T06:10", "marketing", "", "gmail", Counter.SEND)
OTHER = KEY._replace(provider="yahoo")


def events(*keys: CountKey, first: int = 1) -> list[tuple[CountedEvent, CountKey]]:
    return [(CountedEvent(f"{number:040}", *key), key) for number, key in enumerate(keys, first)]


def test_events_are_counted_up_to_the_last() -> None:
    journal = Journal().with_events(events(KEY, OTHER, KEY), now=100)
    assert journal == Journal(version=1, last=f"{3:040}", counts={KEY: 2, OTHER: 1}, since=100)


def test_counts_wait_since_the_first_of_them() -> None:
    journal = Journal().with_events(events(KEY), now=100).with_events(events(KEY, first=2), now=200)
    assert (journal.version, journal.counts, journal.since) == (2, {KEY: 2}, 100)
    emptied = journal.without([KEY]).with_events(events(KEY, first=3), now=300)
    assert (emptied.since, emptied.counts) == (300, {KEY: 1})


def test_counts_that_moved_are_gone_and_the_last_record_stays() -> None:
    journal = Journal().with_events(events(KEY, OTHER), now=100)
    moved = journal.without([KEY])
    assert moved == Journal(version=2, last=journal.last, counts={OTHER: 1}, since=100, moves=1)


def test_old_counts_are_due() -> None:
    journal = Journal().with_events(events(KEY), now=100)
    assert not journal.is_due(100 + LONGEST_WAIT_SECONDS - 1)
    assert journal.is_due(100 + LONGEST_WAIT_SECONDS)
    assert not journal.without([KEY]).is_due(1e12)


def test_many_counts_are_due() -> None:
    keys = [KEY._replace(campaign=f"c{number}") for number in range(MOST_COUNTS + 1)]
    assert not Journal().with_events(events(*keys[1:]), now=100).is_due(100)
    assert Journal().with_events(events(*keys), now=100).is_due(100)
