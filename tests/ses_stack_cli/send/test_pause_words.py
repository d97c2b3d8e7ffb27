"""How commands say who paused a stream."""

from __future__ import annotations

import pytest

from ses_stack.sending.limits.stream_pauses import StreamPause
from ses_stack_cli.send.pause_words import paused_by


@pytest.mark.parametrize(
    ("by", "reason", "text"),
    [
        ("guard", "too many", "by guard since 2026-11-25 09:12 UTC (too many)"),
        ("ann", "", "by ann since 2026-11-25 09:12 UTC"),
        (None, "", "since 2026-11-25 09:12 UTC"),
    ],
)
def test_a_pause_has_what_is_known_of_it(by: str | None, reason: str, text: str) -> None:
    assert paused_by(StreamPause(stream="marketing", since=1_795_597_920.0, by=by, reason=reason)) == text
