"""The bound on a day's campaigns."""

from __future__ import annotations

from ses_stack.statistics.campaigns import OTHER_CAMPAIGNS, admitted


def test_new_campaigns_get_a_place_in_the_order_of_their_arrival() -> None:
    assert admitted(["b", "a", "b", "c"], {"c"}, limit=3) == ["b", "a"]


def test_the_campaigns_of_a_day_are_bounded() -> None:
    assert admitted(["b", "a"], {"c", "d"}, limit=3) == ["b"]
    assert admitted(["a"], {"b", "c"}, limit=2) == []
    assert admitted(["a"], {"b", "c"}, limit=1) == []


def test_a_campaign_named_as_the_overflow_takes_no_place() -> None:
    assert admitted([OTHER_CAMPAIGNS], (), limit=3) == []
