"""Rates and their bounds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ses_stack.statistics.rates import EventRate


@pytest.mark.parametrize(
    ("count", "volume", "lower", "upper"),
    [
        # Wilson's interval as R computes it: prop.test(count, volume, correct = FALSE)$conf.int
        (1, 12, 0.014865, 0.353880),
        (3, 1_000, 0.001021, 0.008783),
        (50, 100, 0.403832, 0.596168),
        (0, 10, 0.0, 0.277533),
        (10, 10, 0.722467, 1.0),
    ],
)
def test_bounds_are_those_of_wilson(count: int, volume: int, lower: float, upper: float) -> None:
    rate = EventRate(count, volume)
    assert rate.value == count / volume
    assert rate.lower == pytest.approx(lower, abs=1e-6)
    assert rate.upper == pytest.approx(upper, abs=1e-6)


def test_nothing_is_known_without_mail() -> None:
    rate = EventRate(3, 0)
    assert (rate.value, rate.lower, rate.upper) == (0.0, 0.0, 1.0)


def test_late_complaints_are_no_rate_above_one() -> None:
    rate = EventRate(7, 5)
    assert (rate.value, rate.upper) == (1.0, 1.0)
    assert rate.lower < 1


@given(count=st.integers(0, 10**9), volume=st.integers(0, 10**9))
def test_the_rate_lies_between_its_bounds(count: int, volume: int) -> None:
    rate = EventRate(count, volume)
    assert 0 <= rate.lower <= rate.value <= rate.upper <= 1


@given(count=st.integers(1, 50), times=st.integers(2, 100))
def test_more_mail_makes_a_rate_surer(count: int, times: int) -> None:
    few, many = EventRate(count, 100), EventRate(count * times, 100 * times)
    assert few.lower < many.lower
