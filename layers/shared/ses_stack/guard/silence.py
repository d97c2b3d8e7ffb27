"""Silence: mail was sent, and none of SES's events arrived for a while.

Two signs show that mail was sent: what the sender's workers counted, with the id of one of the messages, and SES's own
count of the last 24 hours. SES's count includes mail of other stacks and programs: it is a sign only while this stack's
events cover most of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

# An event's time may be that much before the moment at which its mail was counted.
_TOLERANCE_SECONDS = 60.0
_OWN_SHARE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class SesCount:
    """SES's count of the recipients of the last 24 hours, as GetAccount answered at `read_at`."""

    sent: float
    read_at: float

    def has_grown_since(self, before: SesCount | None, *, own: int) -> bool:
        """Whether SES has accepted mail since, of an account of which this stack sends most.

        `own` is this stack's mail of the last day. The count falls as old mail leaves the 24 hours: only growth is a
        sign.
        """
        return before is not None and self.sent > before.sent and own >= _OWN_SHARE * self.sent


@dataclass(frozen=True, slots=True)
class SentSign:
    """A sign that mail was sent at a moment. `message_id` is one message of that moment; empty: none is known."""

    at: float
    message_id: str = ""

    @property
    def event_since(self) -> float:
        """From which moment on an event may be one of this mail."""
        return self.at - _TOLERANCE_SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """Mail that no event has followed yet: `unanswered` is the first sign of it; None: there is none.

    `sent_at` is when mail was last sent, as far as is known.
    """

    unanswered: SentSign | None = None
    sent_at: float | None = None

    def after(self, signs: Sequence[SentSign], is_answered: Callable[[SentSign], bool]) -> Silence:
        """The silence one run later. `signs` are those that are new, in order of time.

        `is_answered` reads the history: whether an event has followed. It is asked about the first mail without an
        event, and about the last mail: one event that SES lost is no silence, if later mail has events.
        """
        last = signs[-1] if signs else None
        sent_at = last.at if last else self.sent_at
        first = self.unanswered or (signs[0] if signs else None)
        if first is None:
            return Silence(sent_at=sent_at)
        is_first_answered = is_answered(first)
        if last is None or last is first:
            return Silence(unanswered=None if is_first_answered else first, sent_at=sent_at)
        if is_answered(last):
            return Silence(sent_at=sent_at)
        return Silence(unanswered=last if is_first_answered else first, sent_at=sent_at)

    def is_silent(self, now: float, seconds: float) -> bool:
        """Whether mail was sent so many seconds ago, and no event followed."""
        return self.unanswered is not None and now - self.unanswered.at >= seconds
