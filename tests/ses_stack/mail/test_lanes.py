"""The lanes of the streams."""

from __future__ import annotations

from ses_stack.mail.lanes import lane_of


def test_only_transactional_mail_takes_the_priority_lane() -> None:
    assert [lane_of(stream) for stream in ("transactional", "marketing", "default")] == ["priority", "bulk", "bulk"]
