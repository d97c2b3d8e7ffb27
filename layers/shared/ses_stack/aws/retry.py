"""Retries: which errors pass by themselves, and the one way to try again.

`Retrying.run` repeats many small pieces of work in few calls, `Retrying.call` repeats a single call.
"""

from __future__ import annotations

import json
import math
import random
import time
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ses_stack.aws.json_api import Answer, Calls

_LONGEST_PAUSE_SECONDS = 1.0
NO_TIME = "no time left"
# Stands for a call that the service did not answer.
NO_ANSWER = Answer(504, {"__type": "no answer"})
# The service answered that it is called too fast.
_THROTTLING_CODES = frozenset(
    {
        "KmsThrottled",
        "ProvisionedThroughputExceeded",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestLimitExceededException",
        "RequestThrottled",
        "Throttling",
        "ThrottlingError",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
# Other errors after which the same call may succeed, besides every 5xx. The codes without "Exception" are those of
# a single statement or action within a call.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html
_TRANSIENT_CODES = _THROTTLING_CODES | {
    "InternalError",
    "InternalFailure",
    "InternalServerError",
    "LimitExceededException",
    "ServiceUnavailable",
    "TransactionConflict",
    "TransactionConflictException",
    "TransactionInProgressException",
}


def is_throttling(code: str, status: int = 400) -> bool:
    """Whether an error means that the caller is too fast."""
    return status == 429 or code in _THROTTLING_CODES


def is_transient(code: str, status: int = 400) -> bool:
    """Whether the same call may succeed later."""
    return status >= 500 or status == 429 or code in _TRANSIENT_CODES


def may_be_carried_out(answer: Answer) -> bool:
    """Whether the service may have carried out a call that it answered with a transient error, or not at all."""
    return answer.resent or answer.status >= 500


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
        elif is_transient(answer.error, answer.status):
            self.again |= dict.fromkeys(call, answer.error)
        elif answer.error == "ValidationException" and len(call) > 1:
            self.alone += call
        else:
            self.refused |= dict.fromkeys(call, answer.error)


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrying:
    """Repeats attempts, with pauses that grow and differ, until a moment or for a number of attempts.

    `attempt_seconds` is how long the caller waits for the answers of one attempt.
    """

    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    max_attempts: float = math.inf
    attempt_seconds: float = math.inf
    first_pause_seconds: float = 0.05

    def attempt_until(self, until: float = math.inf) -> float:
        """The moment until which an attempt that starts now may wait for answers."""
        return min(until, self.clock() + self.attempt_seconds)

    def run[K: Hashable](
        self,
        pieces: Iterable[K],
        attempt: Callable[[Sequence[Sequence[K]]], Attempt[K]],
        *,
        packed: Callable[[Iterable[K]], Sequence[Sequence[K]]],
        until: float = math.inf,
    ) -> dict[K, str]:
        """Attempts all pieces, `packed` into calls; gives those that are not done, with the reasons."""
        undone: dict[K, str] = {}
        calls = packed(pieces)
        pause = self.first_pause_seconds
        attempts = 0
        while calls:
            left = attempt(calls)
            attempts += 1
            undone |= left.refused
            wait = random.uniform(pause / 2, pause) if left.again else 0.0
            if attempts >= self.max_attempts or self.clock() + wait >= until:
                return undone | left.again | dict.fromkeys(left.alone, NO_TIME)
            if wait:
                self.sleep(wait)
                pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
            calls = [*packed(left.again), *([piece] for piece in left.alone)]
        return undone

    def call(self, service: Calls, operation: str, document: Mapping[str, Any], *, until: float = math.inf) -> Answer:
        """Calls until there is an answer that is not transient, or the time or the attempts are used up.

        The answer may be an error: the last transient one, one that does not pass, or `NO_ANSWER`. It is `resent` if
        an earlier attempt may have been carried out.
        """
        body = json.dumps(document, separators=(",", ":")).encode()
        answers: list[Answer] = []

        def attempt(_: object) -> Attempt[str]:
            left: Attempt[str] = Attempt()
            (answer,) = service.calls(operation, [body], until=self.attempt_until(until))
            answers.append(answer or NO_ANSWER)
            if is_transient(answers[-1].error, answers[-1].status):
                left.again[operation] = answers[-1].error
            return left

        self.run([operation], attempt, packed=lambda pieces: [[piece] for piece in pieces], until=until)
        *earlier, last = answers
        return replace(last, resent=last.resent or any(map(may_be_carried_out, earlier)))
