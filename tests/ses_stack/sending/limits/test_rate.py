"""The rate's maths: slots, windows, takes and backing off."""

from __future__ import annotations

from itertools import accumulate, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ses_stack.mail.lanes import Lane
from ses_stack.sending.limits.rate import Backoff, Rate, SenderCounts, SlotRequest, Window, paced_rate, shards_of

SECOND = 1_790_000_000
RATES = st.integers(min_value=1, max_value=2_000_000).map(Rate)


def wish(**fields: int | Lane | None) -> SlotRequest:
    return SlotRequest(**({"second": SECOND, "lane": Lane.BULK, "count": 1, "lowest": 0, "highest": 10} | fields))  # type: ignore[arg-type]


@given(RATES, st.integers(min_value=0, max_value=2_000_000_000), st.integers(min_value=1, max_value=100))
def test_slots_of_seconds_are_the_rate_and_no_more(rate: Rate, second: int, seconds: int) -> None:
    slots = sum(rate.slots(each) for each in range(second, second + seconds))
    assert abs(slots - rate.per_second * seconds) <= 1


@given(RATES, st.integers(min_value=1, max_value=2_000_000_000))
def test_slots_are_due_in_their_second_evenly(rate: Rate, second: int) -> None:
    slots = rate.slots(second)
    dues = [rate.due_at(second, slot) for slot in {0, slots // 2, max(0, slots - 1)} if slot < slots]
    assert all(second - 1e-6 <= due < second + 1 for due in dues)
    if slots:
        following = next(each for each in range(second + 1, second + 2_000) if rate.slots(each))
        gap = rate.due_at(following, 0) - rate.due_at(second, slots - 1)
        assert abs(gap - 1 / rate.per_second) < 1e-5


@given(RATES, st.floats(min_value=0, max_value=1))
def test_the_slot_under_way_is_due_and_the_next_is_not(rate: Rate, fraction: float) -> None:
    moment = SECOND + fraction
    slot = rate.slot_at(SECOND, moment)
    if 0 < slot < rate.slots(SECOND):
        assert rate.due_at(SECOND, slot) <= moment + 1e-3 / rate.per_second + 1e-6
    if slot + 1 < rate.slots(SECOND):
        assert rate.due_at(SECOND, slot + 1) >= moment - 1e-6


def test_a_rate_is_never_nothing() -> None:
    assert Rate.of(0).thousandths == 1
    assert Rate.of(14 * 0.98).per_second == 13.72


def test_a_rate_above_a_thousand_is_spread_over_shards() -> None:
    assert [shards_of(rate) for rate in (0.4, 14, 1_000, 1_001, 2_000, 3_900, 10_000)] == [1, 1, 1, 4, 4, 8, 32]


@given(RATES.map(lambda rate: Rate(rate.thousandths, shards_of(rate.per_second))), st.integers(0, 2_000_000_000))
def test_the_shards_of_a_rate_have_no_more_slots_than_the_rate(rate: Rate, second: int) -> None:
    one = rate.of_one_shard()
    assert rate.per_second - 0.001 * rate.shards <= one.per_second * rate.shards <= rate.per_second
    assert one.slots(second) <= 1_000


def test_up_to_a_thousand_a_second_everything_is_counted_at_once() -> None:
    assert Rate.of(1_000).most_uncounted == 0
    assert Rate.of(10_000, shards=16).most_uncounted == 100


def test_counts_add_up() -> None:
    both = SenderCounts(recipients=3, throttles=1, message_id="a") + SenderCounts(recipients=1, deferrals=2)
    assert (both, both.total) == (SenderCounts(recipients=4, deferrals=2, throttles=1, message_id="a"), 7)


def test_a_second_before_and_after_itself() -> None:
    assert Rate.of(10).slot_at(SECOND, SECOND - 5) == 0
    assert Rate.of(10).slot_at(SECOND, SECOND + 5) == 10


def test_slots_that_have_passed_are_lost() -> None:
    window = wish(lowest=7, count=2).granted(None)
    assert window == Window(taken=9, bulk=2)
    assert wish(lowest=7, count=2).granted(window) is None
    assert wish(lowest=7, count=1, lane=Lane.PRIORITY).granted(window) == Window(taken=10, bulk=2, priority=1)


def test_the_bulk_lane_keeps_to_its_share_but_for_what_priority_mail_has_left() -> None:
    assert wish(count=2, share=8).room(Window(taken=7, bulk=7)) == 1
    assert wish(count=2, share=8).granted(Window(taken=8, bulk=8)) is None
    assert wish(count=1, share=8, lapsed=9).granted(Window(taken=8, bulk=8)) == Window(taken=9, bulk=9)
    assert Window(priority=2, bulk=3).sent == 5


@given(
    st.lists(st.tuples(st.sampled_from(Lane), st.integers(1, 9), st.integers(0, 40), st.integers(0, 60)), max_size=60)
)
def test_no_order_of_takes_exceeds_a_window(takes: list[tuple[Lane, int, int, int]]) -> None:
    rate, window = Rate.of(40), Window()
    given_out: list[int] = []
    for lane, count, lowest, highest in takes:
        asked = wish(lane=lane, count=count, lowest=lowest, highest=min(highest, 40), share=32, lapsed=lowest)
        after = asked.granted(window)
        if after:
            given_out += range(after.taken - count, after.taken)
            window = after
    assert len(set(given_out)) == len(given_out) == window.sent
    assert all(0 <= slot < rate.slots(SECOND) for slot in given_out)


def test_backing_off_is_quick_and_recovering_slow() -> None:
    backoff = Backoff()
    for moment in range(1000, 1200, 3):
        backoff = backoff.lowered(moment) or backoff
    assert 0.05 <= backoff.now(1200) < 0.1
    assert backoff.now(1260) < 0.3
    assert backoff.now(2000) == 1.0


def throttled(*moments: float) -> Backoff:
    backoff = Backoff()
    for moment in moments:
        backoff = backoff.lowered(moment) or backoff
    return backoff


def test_a_throttle_answer_by_itself_lowers_nothing() -> None:
    assert [throttled(*moments).now(1000.0) for moments in [(1000.0,), (1000.0, 1001.9), (990.0, 1000.0)]] == [1.0] * 3


def test_throttle_answers_that_follow_each_other_soon_lower_the_rate_more_and_more() -> None:
    factors = [throttled(*range(1000, last + 1, 2)).now(last) for last in range(1000, 1010, 2)]
    shares = [after / before for before, after in pairwise(factors)]
    assert [round(share, 2) for share in shares] == [0.97, 0.9, 0.8, 0.8]


def test_the_rate_rises_quickly_to_where_it_was_throttled_and_then_slowly() -> None:
    """SES, or the other programs on the account, allow 0.8 of the rate."""
    backoff, moment = Backoff(), 1000.0
    while backoff.now(moment) > 0.8:
        backoff, moment = backoff.lowered(moment) or backoff, moment + 2
    assert backoff.ceiling == pytest.approx(0.87, abs=0.01)
    later = [backoff.now(moment + seconds) for seconds in (0, 20, 40, 90)]
    assert later == pytest.approx([0.7, 0.85, 0.88, 1.0], abs=0.03)


@given(st.lists(st.floats(min_value=0, max_value=100), max_size=50), st.floats(min_value=0, max_value=1000))
def test_the_factor_never_leaves_its_bounds_and_never_falls_by_itself(waits: list[float], later: float) -> None:
    moments = list(accumulate(waits, initial=1000.0))
    backoff = throttled(*moments)
    assert 0.05 <= backoff.now(moments[-1]) <= backoff.now(moments[-1] + later) <= 1.0
    assert backoff.factor <= backoff.ceiling <= 1.0


@given(
    st.integers(min_value=1, max_value=600), st.lists(st.floats(min_value=0, max_value=0.04), min_size=1, max_size=50)
)
def test_no_second_sees_more_than_the_accounts_rate(account_rate: int, shifts: list[float]) -> None:
    """Calls arrive at most 40 ms after the moments at which their slots are due."""
    rate = Rate.of(paced_rate(account_rate, 1.0))
    slots = range(2 * account_rate + 2)
    arrivals = sorted(rate.due_at(SECOND, 0) + slot / rate.per_second + shifts[slot % len(shifts)] for slot in slots)
    assert all(arrivals[n + account_rate] - arrivals[n] >= 1 - 1e-5 for n in range(len(arrivals) - account_rate))


def test_the_pace_follows_the_rate() -> None:
    rates = (0, 0.5, 1, 14, 100, 1_000, 10_000)
    shares = [round(paced_rate(rate, 1.0) / (rate or 1), 3) for rate in rates]
    assert shares == [0, 0.962, 0.962, 0.962, 0.962, 0.969, 0.99]
    assert paced_rate(14, 0.5) == 7


def test_the_first_slot_at_or_after_a_moment() -> None:
    rate = Rate.of(10)
    assert [rate.slot_after(SECOND, SECOND + moment) for moment in (-3, 0, 0.01, 0.1, 0.85, 0.95, 7)] == [
        0, 0, 1, 1, 9, 10, 10,
    ]  # fmt: skip
