"""How long a connection has lain idle, in a worker that Lambda may have frozen meanwhile.

Lambda freezes a worker between invocations. An idle connection may die then without a word: the next call over it is
reset, or gets no answer at all.
https://docs.aws.amazon.com/lambda/latest/dg/best-practices.html
https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

LONGEST_IDLE_SECONDS = 20.0
# The monotonic clock may stand still while the worker is frozen; the wall clock may be set back.
CLOCKS: Sequence[Callable[[], float]] = (time.time, time.monotonic)


class LastUse:
    """When a connection was last used, by several clocks."""

    def __init__(self, clocks: Sequence[Callable[[], float]] = CLOCKS) -> None:
        self._clocks = clocks
        self.note()

    def note(self) -> None:
        """The connection is used now."""
        self._moments = [clock() for clock in self._clocks]

    @property
    def is_too_old(self) -> bool:
        """Whether the connection may be dead: by one of the clocks, it lay idle too long."""
        return any(
            clock() - moment > LONGEST_IDLE_SECONDS for clock, moment in zip(self._clocks, self._moments, strict=True)
        )
