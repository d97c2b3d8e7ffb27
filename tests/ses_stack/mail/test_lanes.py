"""The lanes of the streams."""

from __future__ import annotations

from ses_stack.mail.lanes import BULK, LANES, PRIORITY, Lane, lane_of
from ses_stack.mail.streams import STREAMS


def test_only_transactional_mail_takes_the_priority_lane() -> None:
    assert [lane_of(stream) for stream in ("transactional", "marketing", "default")] == ["priority", "bulk", "bulk"]


def test_every_stream_has_a_lane() -> None:
    assert {lane_of(stream) for stream in STREAMS} == set(LANES)


def test_the_priority_lane_comes_first() -> None:
    assert LANES == (PRIORITY, BULK) == tuple(lane.value for lane in Lane)
