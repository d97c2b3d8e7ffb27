"""Which counters the guard reads, and the evidence in them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ses_stack.guard.figures import FigureRequest, read_figures
from ses_stack.mail.streams import STREAMS
from ses_stack.statistics.grains import Grain
from tests.support.guard_evidence import NOW
from tests.support.guard_world import GuardWorld


def test_the_windows_are_the_last_hour_the_last_day_and_three_days_before() -> None:
    windows = FigureRequest("marketing").windows(NOW)

    assert [window.grain for window in windows] == [Grain.FIVE_MINUTES, Grain.HOURS, *[Grain.DAYS] * 3]
    assert [f"{window.since:%m-%d %H:%M}" for window in windows] == [
        "11-25 11:00",
        "11-24 12:00",
        "11-24 00:00",
        "11-23 00:00",
        "11-22 00:00",
    ]


@pytest.mark.parametrize(("minutes", "count"), [(0, 5), (7, 6), (60, 6), (24 * 60 + 1, 5)])
def test_what_is_new_is_read_where_an_operator_resumed_the_stream_within_the_day(minutes: int, count: int) -> None:
    request = FigureRequest("marketing", [NOW - timedelta(minutes=minutes)])
    assert len(request.windows(NOW)) == count


def test_the_evidence_has_each_windows_counts() -> None:
    world = GuardWorld()
    for minutes, sends in ((10, 1), (5 * 60, 10), (30 * 60, 100), (50 * 60, 1_000), (90 * 60, 10_000)):
        world.mail(sends=sends, complaints=sends, minutes=minutes)
    seen = [NOW - timedelta(hours=1)]

    found = read_figures(world, [FigureRequest("marketing", seen), FigureRequest("default")], NOW)

    figures = found["marketing"]
    assert (figures.hour.sends, figures.evidence.day.sends) == (1, 11)
    assert list(figures.evidence.days_before) == [100, 1_000, 0]
    assert figures.evidence.fresh
    assert figures.evidence.fresh.complaints == 1
    assert (found["default"].evidence.day.sends, found["default"].evidence.fresh) == (0, None)


def test_right_after_a_resumption_nothing_is_new() -> None:
    world = GuardWorld()
    world.mail(sends=100, complaints=100, minutes=1)
    found = read_figures(world, [FigureRequest("marketing", [NOW])], NOW)
    assert found["marketing"].evidence.fresh
    assert found["marketing"].evidence.fresh.events == 0


def test_all_streams_are_read_in_one_call() -> None:
    world = GuardWorld()
    calls: list[int] = []
    together = world.together
    world.together = lambda wanted: calls.append(len(wanted)) or together(wanted)  # type: ignore[method-assign, func-returns-value]
    read_figures(world, [FigureRequest(stream) for stream in STREAMS], NOW)
    assert calls == [15]
