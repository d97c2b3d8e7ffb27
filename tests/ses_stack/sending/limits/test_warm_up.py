"""The warm-up schedule."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from ses_stack.sending.limits.warm_up import DAYS, FIRST_DAY_RECIPIENTS, WarmUp
from tests.support.sender_fakes import START

DAY = 86_400


WARM_UP = WarmUp(pools={"transactional": "own", "marketing": "own"}, start=date(2026, 9, 21))  # the day of START


@given(st.integers(0, 400))
def test_the_schedule_grows_every_day_and_ends(day: int) -> None:
    today, tomorrow = WARM_UP.limit(START + day * DAY), WARM_UP.limit(START + (day + 1) * DAY)
    assert today is None if day >= DAYS else today is not None and today >= FIRST_DAY_RECIPIENTS
    assert tomorrow is None or (today is not None and tomorrow > today)


def test_before_the_start_nothing_goes_out_that_way() -> None:
    assert WARM_UP.limit(START - DAY) == 0
    assert WARM_UP.next_day(START) > START
    assert WARM_UP.key("own", START) == "WARMUP#own#2026-09-21"
