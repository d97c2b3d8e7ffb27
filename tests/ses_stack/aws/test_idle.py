"""How long a connection has lain idle, by several clocks."""

from __future__ import annotations

import pytest

from ses_stack.aws.idle import LONGEST_IDLE_SECONDS, LastUse


@pytest.mark.parametrize(
    ("passed", "is_too_old"),
    [
        ((0.0, 0.0), False),
        ((LONGEST_IDLE_SECONDS, LONGEST_IDLE_SECONDS), False),
        ((LONGEST_IDLE_SECONDS + 1, 0.0), True),
        ((0.0, LONGEST_IDLE_SECONDS + 1), True),
        ((-3600.0, LONGEST_IDLE_SECONDS + 1), True),
        ((-3600.0, 0.0), False),
    ],
)
def test_one_clock_is_enough(passed: tuple[float, float], is_too_old: bool) -> None:
    seconds = [1_790_000_000.0, 7.0]
    last_use = LastUse([lambda: seconds[0], lambda: seconds[1]])
    seconds[:] = [start + more for start, more in zip(seconds, passed, strict=True)]

    assert last_use.is_too_old is is_too_old

    last_use.note()
    assert not last_use.is_too_old


def test_the_clocks_of_the_machine_show_a_new_connection_as_new() -> None:
    assert not LastUse().is_too_old
