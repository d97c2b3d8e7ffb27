"""What events add to which rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial

from hypothesis import given
from hypothesis import strategies as st

from ses_stack.mail.addresses import PROVIDERS
from ses_stack.statistics.additions import (
    COUNTERS_PER_ROW,
    ROWS_PER_TRANSACTION,
    CounterRow,
    additions_of,
    in_transactions,
)
from ses_stack.statistics.counters import Counter
from ses_stack.statistics.grains import Grain
from ses_stack.statistics.stream_records import CountedEvent

NOW = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)
ADDITIONS = partial(additions_of, campaign_of=lambda event: event.campaign, now=NOW)


def event(number: int = 1, minutes: str = "2026-11-24T06:10", campaign: str = "", **more: str) -> CountedEvent:
    values = {"stream": "marketing", "provider": "gmail"} | more
    return CountedEvent(sequence=f"{number:040}", minutes=minutes, campaign=campaign, counter=Counter.SEND, **values)


def test_an_event_counts_in_all_grains() -> None:
    one = {("gmail", Counter.SEND): 1}
    assert ADDITIONS([event()]) == {
        CounterRow(Grain.FIVE_MINUTES, "2026-11-24T06:10", "marketing", ""): one,
        CounterRow(Grain.HOURS, "2026-11-24T06", "marketing", ""): one,
        CounterRow(Grain.DAYS, "2026-11-24", "marketing", ""): one,
    }


def test_an_event_of_a_campaign_counts_there_too() -> None:
    rows = ADDITIONS([event(campaign="launch"), event(campaign="launch", provider="yahoo")])
    both = {("gmail", Counter.SEND): 1, ("yahoo", Counter.SEND): 1}
    assert len(rows) == 6
    assert rows[CounterRow(Grain.DAYS, "2026-11-24", "marketing", "launch")] == both
    assert rows[CounterRow(Grain.DAYS, "2026-11-24", "marketing", "")] == both


def test_grains_that_are_no_longer_kept_are_left_out() -> None:
    late = {row.grain for row in ADDITIONS([event(minutes="2026-11-20T06:10")])}
    very_late = {row.grain for row in ADDITIONS([event(minutes="2026-01-20T06:10")])}
    assert (late, very_late) == ({Grain.HOURS, Grain.DAYS}, {Grain.DAYS})
    assert ADDITIONS([event(minutes="2023-01-20T06:10")]) == {}


def test_a_batch_of_few_rows_is_one_transaction() -> None:
    events = [event(number, campaign=f"c{number % 20}") for number in range(1_000)]
    ((run, additions),) = in_transactions(events, ADDITIONS)
    assert run == events
    assert len(additions) == 63


def test_late_events_of_many_hours_are_several_transactions() -> None:
    events = [event(number, minutes=f"2026-11-{1 + number // 24:02}T{number % 24:02}:00") for number in range(500)]
    runs = list(in_transactions(events, ADDITIONS))
    assert len(runs) > 5
    assert [each for run, _ in runs for each in run] == events
    assert all(len(additions) <= ROWS_PER_TRANSACTION for _, additions in runs)


def test_a_row_with_many_counters_is_split() -> None:
    events = [
        event(provider=provider)._replace(counter=counter) for provider in sorted(PROVIDERS) for counter in Counter
    ]
    runs = list(in_transactions(events, ADDITIONS))
    assert len(runs) > 1
    assert all(len(counters) <= COUNTERS_PER_ROW for _, additions in runs for counters in additions.values())


EVENTS = st.lists(
    st.builds(
        event,
        minutes=st.sampled_from([f"2026-11-24T{hour:02}:{five:02}" for hour in range(6) for five in range(0, 60, 5)]),
        campaign=st.sampled_from(["", "a", "b"]),
        provider=st.sampled_from(sorted(PROVIDERS)),
    ),
    min_size=1,
    max_size=200,
)


@given(events=EVENTS)
def test_nothing_is_added_twice_or_left_out(events: Sequence[CountedEvent]) -> None:
    runs = list(in_transactions(events, ADDITIONS))
    assert [each for run, _ in runs for each in run] == events
    for grain in Grain:
        streams = [
            sum(counters.values())
            for _, additions in runs
            for row, counters in additions.items()
            if row.grain is grain and not row.campaign
        ]
        assert sum(streams) == len(events)
