"""Silence: mail was sent, and none of SES's events arrived for a while.

Two signs show that mail was sent: what the sender's workers counted, and SES's own count of the last 24 hours. SES's
count includes mail of other stacks and programs: it is a sign only while this stack's events cover most of it.
"""

from __future__ import annotations

from collections.abc import Callable
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """Mail that no event has followed yet: `since` is when the first of it was sent; None: there is none.

    `sent_at` is when mail was last sent, as far as is known.
    """

    since: float | None = None
    sent_at: float | None = None

    def after(self, sent: tuple[float, float] | None, has_event_since: Callable[[float], bool]) -> Silence:
        """The silence one run later. `sent`: when the first and the last mail was sent that this run knows of.

        `has_event_since` reads the history. It is asked only if there is mail that an event must follow.
        """
        sent_at = sent[1] if sent else self.sent_at
        since = self.since if self.since is not None else sent[0] if sent else None
        if since is None:
            return Silence(sent_at=sent_at)
        if not has_event_since(since - _TOLERANCE_SECONDS):
            return Silence(since=since, sent_at=sent_at)
        if sent and sent[1] > since and not has_event_since(sent[1] - _TOLERANCE_SECONDS):
            return Silence(since=sent[1], sent_at=sent_at)
        return Silence(sent_at=sent_at)

    def is_silent(self, now: float, seconds: float) -> bool:
        """Whether mail was sent so many seconds ago, and no event arrived since."""
        return self.since is not None and now - self.since >= seconds
