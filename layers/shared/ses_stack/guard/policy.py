"""The guard's policy: from which rates a stream's mail is critical, and which streams the guard may pause."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from ses_stack.statistics.counters import Counter

# Mail that users wait for: a pause would do more harm than a bad rate, so it is only warned about by default.
_WARNED_ONLY = "transactional"


class Cause(StrEnum):
    """What makes a stream's mail critical."""

    HARD_BOUNCES = "hard bounces"
    COMPLAINTS = "complaints"

    @property
    def counter(self) -> Counter:
        """The counter of its events."""
        return Counter.HARD_BOUNCE if self is Cause.HARD_BOUNCES else Counter.COMPLAINT

    @property
    def minimum_count(self) -> int:
        """Fewer events than these may be chance, whatever the rate."""
        return 10 if self is Cause.HARD_BOUNCES else 3

    @property
    def latest_days(self) -> int:
        """How many whole days before may have sent the mail that today's events are about.

        SES tries for 14 hours before it publishes a bounce; recipients complain days after they got a message.
        https://docs.aws.amazon.com/ses/latest/dg/faqs-complaints.html
        """
        return 1 if self is Cause.HARD_BOUNCES else 3


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardPolicy:
    """Rates are fractions of the sent mail. The defaults are for a stack whose outputs lack a value.

    Events are silent if mail was sent `silent_seconds` ago and none arrived since. `watches_last_send`: the guard
    publishes how long ago mail was sent.
    """

    bounce_rate: float = 0.04
    complaint_rate: float = 0.0008
    pauses_transactional: bool = False
    silent_seconds: float = 900.0
    watches_last_send: bool = False

    @classmethod
    def read(cls, outputs: Mapping[str, str]) -> GuardPolicy:
        """Reads the stack's output GuardPolicy, whose rates are in percent."""
        values = json.loads(outputs.get("GuardPolicy", "{}"))
        default = cls()
        return cls(
            bounce_rate=float(values.get("bounce_percent", default.bounce_rate * 100)) / 100,
            complaint_rate=float(values.get("complaint_percent", default.complaint_rate * 100)) / 100,
            pauses_transactional=bool(values.get("pauses_transactional", default.pauses_transactional)),
        )

    def threshold(self, cause: Cause) -> float:
        """From which rate on a stream is critical."""
        return self.bounce_rate if cause is Cause.HARD_BOUNCES else self.complaint_rate

    def may_pause(self, stream: str) -> bool:
        """Whether the guard pauses a stream, or only warns about it."""
        return self.pauses_transactional or stream != _WARNED_ONLY
