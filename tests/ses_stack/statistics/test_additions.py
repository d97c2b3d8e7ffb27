"""What a journal's counts add to which rows."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from ses_stack.mail.addresses import PROVIDERS
from ses_stack.statistics.additions import (
    COUNTERS_PER_ROW,
    ROWS_PER_TRANSACTION,
    Additions,
    CounterRow,
    first_additions,
)
from ses_stack.statistics.counters import Counter
from ses_stack.statistics.grains import Grain
from ses_stack.statistics.journal import CountKey

NOW = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)
KEY = CountKey("2026-11-24T06:10", "marketing", "", "gmail", Counter.SEND)


def additions(counts: Mapping[CountKey, int]) -> Additions:
    """What counts add that one transaction can move."""
    moved, found = first_additions(counts, now=NOW)
    assert sorted(moved) == sorted(counts)
    return found


def all_additions(counts: Mapping[CountKey, int]) -> Iterator[Additions]:
    """The additions of all transactions."""
    left = dict(counts)
    while left:
        moved, found = first_additions(left, now=NOW)
        assert moved
        for key in moved:
            del left[key]
        yield found


def test_a_count_is_added_in_all_grains() -> None:
    assert additions({KEY: 3}) == {
        CounterRow(Grain.FIVE_MINUTES, "2026-11-24T06:10", "marketing", ""): {("gmail", Counter.SEND): 3},
        CounterRow(Grain.HOURS, "2026-11-24T06", "marketing", ""): {("gmail", Counter.SEND): 3},
        CounterRow(Grain.DAYS, "2026-11-24", "marketing", ""): {("gmail", Counter.SEND): 3},
    }


def test_a_count_of_a_campaign_is_added_there_too() -> None:
    launch = KEY._replace(campaign="launch")
    rows = additions({launch: 1, launch._replace(provider="yahoo"): 2, launch._replace(minutes="2026-11-24T06:05"): 4})
    assert len(rows) == 8
    for campaign in ("", "launch"):
        counters = {("gmail", Counter.SEND): 5, ("yahoo", Counter.SEND): 2}
        assert rows[CounterRow(Grain.DAYS, "2026-11-24", "marketing", campaign)] == counters


def test_grains_that_are_no_longer_kept_are_left_out() -> None:
    late = {row.grain for row in additions({KEY._replace(minutes="2026-11-20T06:10"): 1})}
    very_late = {row.grain for row in additions({KEY._replace(minutes="2026-01-20T06:10"): 1})}
    assert (late, very_late) == ({Grain.HOURS, Grain.DAYS}, {Grain.DAYS})
    assert additions({KEY._replace(minutes="2023-01-20T06:10"): 1}) == {}


def test_late_events_of_many_hours_are_several_transactions() -> None:
    minutes = [f"2026-11-{1 + number // 24:02}T{number % 24:02}:00" for number in range(500)]
    found = list(all_additions({KEY._replace(minutes=each): 1 for each in minutes}))
    assert len(found) > 5
    assert all(0 < len(each) <= ROWS_PER_TRANSACTION for each in found)


def test_a_row_with_many_counters_is_several_transactions() -> None:
    counts = {KEY._replace(provider=name, counter=counter): 1 for name in PROVIDERS for counter in Counter}
    found = list(all_additions(counts))
    assert len(found) > 1
    assert all(len(counters) <= COUNTERS_PER_ROW for each in found for counters in each.values())


COUNTS = st.dictionaries(
    st.builds(
        CountKey,
        minutes=st.sampled_from([f"2026-11-24T{hour:02}:{five:02}" for hour in range(6) for five in range(0, 60, 5)]),
        stream=st.sampled_from(["marketing", "default"]),
        campaign=st.sampled_from(["", "a", "b"]),
        provider=st.sampled_from(sorted(PROVIDERS)),
        counter=st.sampled_from(Counter),
    ),
    st.integers(1, 1_000),
    max_size=150,
)


@given(counts=COUNTS)
def test_nothing_is_added_twice_or_left_out(counts: Mapping[CountKey, int]) -> None:
    sums = Tally[Grain]()
    for found in all_additions(counts):
        for row, counters in found.items():
            sums[row.grain] += 0 if row.campaign else sum(counters.values())
    assert all(sums[grain] == sum(counts.values()) for grain in Grain)
