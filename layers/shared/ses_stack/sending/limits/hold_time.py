"""How long mail of a paused stream waits between two looks at the pause: the more mail waits, the longer.

Every round of a message costs a receive, a copy and a part of a worker's time, and nothing is gained by it.
"""

from __future__ import annotations

import random
from typing import Protocol

from ses_stack.sending.answers import LONGEST_DELAY_SECONDS
from ses_stack.sending.limits.pacing import Clock

_SHORTEST_SECONDS = 60.0
# The rounds of all messages of a lane together, until the longest delay of SQS is reached.
_ROUNDS_PER_SECOND = 10.0
# Mail that was deferred in one moment must not come back in one moment.
_LEAST_SHARE = 0.75
_REFRESH_SECONDS = 30.0


class LaneBacklog(Protocol):
    """The messages of a lane's queue."""

    async def waiting(self) -> int | None:
        """How many messages the queue holds, about; None if SQS does not answer."""


class HoldTime:
    """The delays of one lane, by a count of its messages that is at most half a minute old."""

    def __init__(self, lane: LaneBacklog, *, clock: Clock, random_numbers: random.Random) -> None:
        self._lane = lane
        self._clock = clock
        self._random = random_numbers
        self._waiting = 0
        self._counted_at = float("-inf")

    async def refresh(self) -> None:
        """Counts the lane's messages, if the last count is old. Without an answer, the last count holds."""
        now = self._clock.now()
        if now < self._counted_at + _REFRESH_SECONDS:
            return
        self._counted_at = now
        waiting = await self._lane.waiting()
        if waiting is not None:
            self._waiting = waiting

    def seconds(self) -> float:
        """The delay of the next message."""
        longest = min(float(LONGEST_DELAY_SECONDS), max(_SHORTEST_SECONDS, self._waiting / _ROUNDS_PER_SECOND))
        return longest * self._random.uniform(_LEAST_SHARE, 1)
