"""Many small pieces of work in few calls, each piece tried until it is done, refused, or out of time."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field

from ses_stack.aws.json_api import Answer

_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 1.0
NO_TIME = "no time left"
# Answers after which the same call may succeed, besides every 5xx.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
_PASSING = frozenset(
    {
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ThrottlingException",
        "TransactionInProgressException",
    }
)


@dataclass(slots=True)
class Attempt[K: Hashable]:
    """What one attempt left: pieces to try again, pieces to try one by one, and pieces in vain, with the reasons."""

    again: dict[K, str] = field(default_factory=dict)
    # One bad piece makes AWS refuse a whole call: it must not take the others with it.
    alone: list[K] = field(default_factory=list)
    refused: dict[K, str] = field(default_factory=dict)

    def failed(self, call: Sequence[K], answer: Answer | None) -> None:
        """Sorts the pieces of a call that was not carried out."""
        if answer is None:
            self.again |= dict.fromkeys(call, "no answer")
        elif answer.error in _PASSING or answer.status >= 500:
            self.again |= dict.fromkeys(call, answer.error)
        elif answer.error == "ValidationException" and len(call) > 1:
            self.alone += call
        else:
            self.refused |= dict.fromkeys(call, answer.error)


@dataclass(frozen=True, slots=True)
class Retrying:
    """Repeats attempts, with pauses that grow and differ, while there is time."""

    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep

    def run[K: Hashable](
        self,
        pieces: Iterable[K],
        attempt: Callable[[Sequence[Sequence[K]]], Attempt[K]],
        *,
        packed: Callable[[Iterable[K]], Sequence[Sequence[K]]],
        until: float,
    ) -> dict[K, str]:
        """Attempts all pieces, `packed` into calls; gives those that are not done, with the reasons."""
        undone: dict[K, str] = {}
        calls = packed(pieces)
        pause = _FIRST_PAUSE
        while calls:
            left = attempt(calls)
            undone |= left.refused
            wait = random.uniform(pause / 2, pause) if left.again else 0.0
            if self.clock() + wait >= until:
                return undone | left.again | dict.fromkeys(left.alone, NO_TIME)
            if wait:
                self.sleep(wait)
                pause = min(2 * pause, _LONGEST_PAUSE)
            calls = [*packed(left.again), *([piece] for piece in left.alone)]
        return undone
