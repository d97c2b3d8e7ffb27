"""Settings that are not valid are refused."""

from __future__ import annotations

from typing import Any

import pytest

from ses_stack_cli.local.simulator.settings import ONLY_DELIVERED, Chaos, Settings


@pytest.mark.parametrize("name", ["duplicate", "shuffle", "delay", "drop"])
def test_a_rate_of_chaos_is_a_probability(name: str) -> None:
    for value in (-0.1, 1.1):
        rate: Any = {name: value}
        with pytest.raises(ValueError, match=f"{name} is a probability: from 0 to 1"):
            Chaos(**rate)


@pytest.mark.parametrize("name", ["shuffle_seconds", "delay_seconds"])
def test_a_time_of_chaos_is_not_negative(name: str) -> None:
    seconds: Any = {name: -1}
    with pytest.raises(ValueError, match=f"{name} is a time: not below 0"):
        Chaos(**seconds)


def test_latency_scale_is_not_negative() -> None:
    with pytest.raises(ValueError, match="latency_scale"):
        Settings(latency_scale=-1)


def test_only_delivered_leaves_nothing_to_chance() -> None:
    shares = (ONLY_DELIVERED.hard_bounce, ONLY_DELIVERED.soft_bounce, ONLY_DELIVERED.complaint, ONLY_DELIVERED.opened)
    assert shares == (0, 0, 0, 0)
