"""Which dead letters a redrive puts back."""

from __future__ import annotations

import math
from collections.abc import Container
from dataclasses import dataclass

from ses_stack.dead_letters.messages import DeadLetterMessage, Failure
from ses_stack.mail.event_types import EventType

STILL_MALFORMED = "still cannot be parsed"
OTHER_CAUSE = "another cause"
OTHER_TYPE = "another type"
YOUNGER = "died after this run began, or is the same as one that it put back"

# How far the clock of SQS may differ from the clock of this machine.
_CLOCK_SKEW_SECONDS = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which messages to put back. A message with the named cause is put back even if it is malformed.

    Two times (epoch seconds) keep a run from putting a message back twice. A message sent after `sent_before` is new,
    or has come back, and stays. A message sent between `new_after` and `sent_before` may have been there before,
    because clocks differ: the run puts one body back once.
    """

    cause: str | None = None
    types: frozenset[EventType] = frozenset()
    malformed: bool = False
    sent_before: float = math.inf
    new_after: float = math.inf

    @classmethod
    def at(cls, now: float, *, cause: str | None, types: frozenset[EventType], malformed: bool) -> Selection:
        """The selection of a redrive that begins at `now` (epoch seconds)."""
        return cls(
            cause=cause,
            types=types,
            malformed=malformed,
            sent_before=now + _CLOCK_SKEW_SECONDS,
            new_after=now - _CLOCK_SKEW_SECONDS,
        )

    def has_come_back(self, message: DeadLetterMessage, put_back: Container[int]) -> bool:
        """Whether this run may have put the message back. `put_back` are the hashes of the bodies it put back."""
        return message.sent_at > self.new_after and hash(message.body) in put_back

    def skips(self, message: DeadLetterMessage, failure: Failure) -> str | None:
        """Why a message stays in the dead-letter queue; None: it is put back."""
        if message.sent_at > self.sent_before:
            return YOUNGER
        if self.types and failure.type not in self.types:
            return OTHER_TYPE
        if self.cause is not None:
            return None if self.cause.lower() in failure.cause.lower() else OTHER_CAUSE
        return STILL_MALFORMED if failure.malformed and not self.malformed else None
