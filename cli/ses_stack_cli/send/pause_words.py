"""How commands say who paused a stream, since when, and why."""

from __future__ import annotations

from datetime import UTC, datetime

from ses_stack.sending.limits.stream_pauses import StreamPause


def paused_by(pause: StreamPause) -> str:
    """`by guard since 2026-11-25 09:12 UTC (20 complaints of ...)`."""
    by = f"by {pause.by} " if pause.by else ""
    return f"{by}since {minute(pause.since)}{f' ({pause.reason})' if pause.reason else ''}"


def minute(seconds: float) -> str:
    """A moment, as tables show it."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"
