"""The time, as an argument: tests pass a clock that they set."""

from __future__ import annotations

from typing import Protocol


class Clock(Protocol):
    """Seconds since 1970."""

    def __call__(self) -> float:
        """Now."""
