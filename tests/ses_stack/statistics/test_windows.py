"""What was counted in a window."""

from __future__ import annotations

from datetime import UTC, datetime

from ses_stack.statistics.counters import Counter
from ses_stack.statistics.grains import Grain
from ses_stack.statistics.rates import EventRate
from ses_stack.statistics.windows import StreamCounts, added, last_day, last_hour, window_of

NOW = datetime(2026, 11, 24, 6, 13, 30, tzinfo=UTC)
EACH = {counter: 10**number for number, counter in enumerate(Counter)}


def counts(**by_provider: dict[Counter, int]) -> StreamCounts:
    return StreamCounts(stream="marketing", since=NOW, until=NOW, by_provider=by_provider)


def test_the_last_hour_is_whole_buckets_of_five_minutes() -> None:
    window = last_hour(NOW)
    assert window.grain is Grain.FIVE_MINUTES
    assert window.since == datetime(2026, 11, 24, 5, 10, tzinfo=UTC)
    assert window.until == datetime(2026, 11, 24, 6, 15, tzinfo=UTC)


def test_the_last_day_is_whole_hours() -> None:
    window = last_day(NOW)
    assert window.grain is Grain.HOURS
    assert window.since == datetime(2026, 11, 23, 6, tzinfo=UTC)
    assert window.until == datetime(2026, 11, 24, 7, tzinfo=UTC)


def test_a_window_holds_both_moments() -> None:
    window = window_of(Grain.DAYS, datetime(2026, 11, 1, 23, 59, tzinfo=UTC), NOW)
    assert window.since == datetime(2026, 11, 1, tzinfo=UTC)
    assert window.until == datetime(2026, 11, 25, tzinfo=UTC)


def test_each_total_adds_its_own_counters() -> None:
    found = counts(gmail=EACH)
    assert found.events == sum(EACH.values())
    assert found.sends == EACH[Counter.SEND]
    assert found.deliveries == EACH[Counter.DELIVERY]
    assert found.hard_bounces == EACH[Counter.HARD_BOUNCE]
    assert found.soft_bounces == EACH[Counter.SOFT_BOUNCE]
    assert found.suppression_list_bounces == EACH[Counter.SUPPRESSION_LIST_BOUNCE]
    assert found.bounces == sum(
        EACH[counter]
        for counter in (
            Counter.HARD_BOUNCE,
            Counter.SOFT_BOUNCE,
            Counter.SUPPRESSION_LIST_BOUNCE,
            Counter.UNDETERMINED_BOUNCE,
        )
    )
    assert found.complaints == EACH[Counter.COMPLAINT]
    assert found.not_spam == EACH[Counter.NOT_SPAM]
    assert found.rejects == EACH[Counter.REJECT]
    assert found.rendering_failures == EACH[Counter.RENDERING_FAILURE]
    assert found.delivery_delays == EACH[Counter.DELIVERY_DELAY]
    assert found.opens == EACH[Counter.OPEN_HUMAN] + EACH[Counter.OPEN_BOT] + EACH[Counter.OPEN_UNKNOWN]
    assert found.clicks == EACH[Counter.CLICK_HUMAN] + EACH[Counter.CLICK_BOT] + EACH[Counter.CLICK_UNKNOWN]


def test_totals_are_of_all_providers() -> None:
    found = counts(
        gmail={Counter.SEND: 900, Counter.HARD_BOUNCE: 3},
        yahoo={Counter.SEND: 100, Counter.HARD_BOUNCE: 7, Counter.COMPLAINT: 2},
    )
    assert found.hard_bounce_rate == EventRate(10, 1_000)
    assert found.complaint_rate == EventRate(2, 1_000)
    assert found.of_provider("yahoo").complaint_rate == EventRate(2, 100)
    assert found.of_provider("gmx").sends == 0


def test_the_top_provider_has_the_highest_count() -> None:
    found = counts(gmail={Counter.HARD_BOUNCE: 3}, yahoo={Counter.HARD_BOUNCE: 7, Counter.SEND: 1})
    assert found.top_provider(Counter.HARD_BOUNCE) == "yahoo"
    assert found.top_provider(Counter.COMPLAINT) is None
    assert counts(yahoo={Counter.SEND: 1}, gmail={Counter.SEND: 1}).top_provider(Counter.SEND) == "gmail"


def test_nothing_counted_is_zero() -> None:
    assert counts().events == 0
    assert counts().hard_bounce_rate == EventRate(0, 0)


def test_parts_are_added_by_provider_and_counter() -> None:
    parts = [
        {"gmail": {Counter.SEND: 1}},
        {"gmail": {Counter.SEND: 2, Counter.OPEN_BOT: 1}, "yahoo": {Counter.SEND: 4}},
    ]
    assert added(parts) == {"gmail": {Counter.SEND: 3, Counter.OPEN_BOT: 1}, "yahoo": {Counter.SEND: 4}}
    assert parts[0] == {"gmail": {Counter.SEND: 1}}
