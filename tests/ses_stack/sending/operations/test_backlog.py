"""When the lanes will be empty."""

from __future__ import annotations

import pytest

from ses_stack.sending.operations.backlog import Drain, Quota, Speed, Waiting, drains

SPEED = Speed(allowed=10, priority=0, bulk=0)
QUOTA = Quota(most=50_000, sent=0, threshold=0.9)


def lane(ready: int, deferred: int = 0, at_work: int = 0) -> Waiting:
    return Waiting(ready=ready, deferred=deferred, at_work=at_work)


def test_priority_mail_goes_first() -> None:
    assert drains(lane(20), lane(100), SPEED, QUOTA) == (Drain(2.0), Drain(12.0))


def test_what_is_deferred_or_at_work_counts_too() -> None:
    assert drains(lane(0), lane(10, 20, 30), SPEED, QUOTA) == (Drain(0.0), Drain(6.0))


def test_an_empty_lane_is_empty_now() -> None:
    assert drains(lane(100), lane(0), SPEED, QUOTA)[1] == Drain(0.0)


def test_bulk_mail_waits_when_the_quota_is_nearly_used_up() -> None:
    quota = Quota(most=1000, sent=850, threshold=0.9)

    assert drains(lane(60), lane(20), SPEED, quota) == (Drain(6.0), Drain(None, "the day's quota"))
    assert drains(lane(0), lane(50), SPEED, quota)[1] == Drain(5.0)
    assert drains(lane(151), lane(0), SPEED, quota)[0] == Drain(None, "the day's quota")


def test_a_quota_may_have_no_end() -> None:
    quota = Quota(most=-1, sent=10**9, threshold=0.9)

    assert (quota.left, quota.left_for_bulk) == (float("inf"), float("inf"))
    assert drains(lane(1), lane(0), SPEED, quota)[0] == Drain(0.1)


@pytest.mark.parametrize("sent", [1000, 2000])
def test_no_quota_is_left_below_none(sent: int) -> None:
    quota = Quota(most=1000, sent=sent, threshold=0.9)

    assert (quota.left, quota.left_for_bulk) == (0, 0)


def test_what_is_stopped_has_no_end_in_sight() -> None:
    assert drains(lane(1), lane(0), SPEED, QUOTA, stopped="the account is paused") == (
        Drain(None, "the account is paused"),
        Drain(0.0),
    )


def test_a_lane_with_deferred_mail_of_a_paused_stream_has_no_end_in_sight() -> None:
    paused = {"bulk": "marketing, default"}
    held = drains(lane(20), lane(0, 5), SPEED, QUOTA, paused=paused)
    assert held == (Drain(2.0), Drain(None, "pause of marketing, default"))
    assert drains(lane(20), lane(80), SPEED, QUOTA, paused=paused) == (Drain(2.0), Drain(10.0))
    priority = drains(lane(0, 1), lane(10), SPEED, QUOTA, paused={"priority": "transactional"})
    assert priority == (Drain(None, "pause of transactional"), Drain(1.1))
