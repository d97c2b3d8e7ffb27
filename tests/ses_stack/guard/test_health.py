"""The account's health, in the numbers of metrics."""

from __future__ import annotations

import pytest

from ses_stack.guard.health import Enforcement
from tests.support.guard_world import health


@pytest.mark.parametrize(("most", "sent", "percent"), [(1_000, 950, 95), (200, 0, 0), (-1, 1e9, 0), (0, 0, 0)])
def test_the_quota_is_used_by_percent_and_never_where_there_is_none(most: float, sent: float, percent: float) -> None:
    assert health(most=most, sent=sent).quota_used == percent


def test_an_alarm_above_zero_means_that_the_account_is_not_healthy() -> None:
    assert [int(status) for status in Enforcement] == [0, 1, 2]
