"""The guard's run: what it publishes of what it knows, and what it leaves out."""

from __future__ import annotations

import pytest

from ses_stack.guard.health import Enforcement
from ses_stack.guard.metrics import Metric
from ses_stack.mail.streams import STREAMS
from ses_stack.sending.limits.rate import SenderCounts
from ses_stack.sending.limits.stream_pauses import StreamPause
from ses_stack.statistics.counters import Counter
from tests.support.guard_world import GuardWorld, health, values


def test_a_quiet_stack_has_all_metrics() -> None:
    report = GuardWorld().run()

    assert (report.unknown, report.actions) == ({}, [])
    assert values(report) == {
        "QuotaUsed": 0,
        "MaxSendRate": 14,
        "EnforcementStatus": 0,
        "SendingEnabled": 1,
        "SuppressedBySes": 0,
        "SenderDeferrals": 0,
        "SenderThrottles": 0,
        "OldestRequestAge": 0,
        "EventsSilent": 0,
        "GuardRuns": 1,
    }
    for stream in STREAMS:
        assert values(report, stream) == {"HardBounceRate": 0, "ComplaintRate": 0, "Sends": 0, "StreamPaused": 0}
    published = {name for line in report.metrics for name in line}
    assert {metric for metric in Metric if metric.value not in published} == {Metric.SECONDS_SINCE_LAST_SEND}


def test_the_accounts_state_is_published() -> None:
    world = GuardWorld()
    world.health_now = health(rate=20, most=1_000, sent=950, enforcement=Enforcement.SHUTDOWN)
    world.oldest = 61.0

    found = values(world.run())

    assert (found["QuotaUsed"], found["MaxSendRate"], found["EnforcementStatus"]) == (95, 20, 2)
    assert found["OldestRequestAge"] == 61


def test_rates_are_in_percent_with_the_volume_behind_them() -> None:
    world = GuardWorld()
    world.mail(sends=2_000, complaints=1, bounces=20)
    world.events.append((world.moment, "default", Counter.SUPPRESSION_LIST_BOUNCE, 3))
    report = world.run()

    found = values(report, "marketing")
    assert (found["Sends"], found["HardBounceRate"]) == (2_000, 1)
    assert found["ComplaintRate"] == pytest.approx(0.05)
    assert values(report)["SuppressedBySes"] == 3


def test_the_workers_counts_are_published_once() -> None:
    world = GuardWorld()
    world.run()
    second = int(world.moment.timestamp()) + 20
    world.counted = {second: SenderCounts(deferrals=3, throttles=1), second + 1: SenderCounts(deferrals=4)}

    first, again = values(world.run()), values(world.run())
    assert (first["SenderDeferrals"], first["SenderThrottles"]) == (7, 1)
    assert (again["SenderDeferrals"], again["SenderThrottles"]) == (0, 0)


def test_of_two_runs_at_a_time_one_publishes_the_workers_counts() -> None:
    world = GuardWorld()
    world.run()
    before = world.record()
    world.run()
    world.record = lambda: before  # type: ignore[method-assign]

    report = world.run(minutes=0)

    assert "SenderDeferrals" not in values(report)
    assert values(report)["GuardRuns"] == 1


@pytest.mark.parametrize(
    ("part", "missing"),
    [
        ("account", {"QuotaUsed", "MaxSendRate", "EnforcementStatus", "SendingEnabled"}),
        ("counters", {"SuppressedBySes"}),
        ("store", {"SenderDeferrals", "SenderThrottles", "EventsSilent"}),
        ("counts", {"SenderDeferrals", "SenderThrottles", "EventsSilent"}),
        ("memory", {"SenderDeferrals", "SenderThrottles"}),
        ("lanes", {"OldestRequestAge"}),
        ("topic", set()),
    ],
)
def test_what_is_not_known_is_left_out_and_nothing_else(part: str, missing: set[str]) -> None:
    world = GuardWorld()
    whole = values(world.run())
    world.broken = {part}
    report = world.run()

    assert values(report) == {name: value for name, value in whole.items() if name not in missing}
    assert bool(report.unknown) == bool(missing)


def test_an_enforcement_status_that_is_new_to_the_guard_is_left_out() -> None:
    world = GuardWorld()
    world.health_now = health(enforcement=None)
    assert "EnforcementStatus" not in values(world.run())


def test_streams_without_counters_still_say_whether_they_are_paused() -> None:
    world = GuardWorld()
    world.broken = {"counters"}
    world.pauses["marketing"] = StreamPause(stream="marketing", since=1.0)
    report = world.run()
    assert values(report, "marketing") == {"StreamPaused": 1}
    assert values(report, "default") == {"StreamPaused": 0}


def test_streams_without_anything_known_have_no_line() -> None:
    world = GuardWorld()
    world.broken = {"counters", "store"}
    report = world.run()
    assert [line for line in report.metrics if "Stream" in line] == []
    assert values(report)["GuardRuns"] == 1
