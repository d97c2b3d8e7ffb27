"""A clock is any function that gives seconds since 1970."""

from __future__ import annotations

import time

from ses_stack_cli.local.simulator.clock import Clock
from tests.support.simulator import Clock as FixedClock


def test_the_systems_clock_and_the_tests_clock_are_clocks() -> None:
    clocks: list[Clock] = [time.time, FixedClock()]
    assert all(isinstance(clock(), float) for clock in clocks)
