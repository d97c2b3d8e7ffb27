"""What SES may answer, and what follows: what is tried again and when, and what never will be."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What an answer of SES means for the mail."""

    ACCEPTED = "accepted"
    THROTTLED = "throttled"  # too fast: SES did not take it
    QUOTA = "quota"  # the day's quota is used up: SES did not take it
    PAUSED = "paused"  # somebody stopped the account or the configuration set: SES did not take it
    FAULT = "fault"  # SES's own fault, or ours that may be mended: SES did not take it
    NEVER = "never"  # SES will not take this mail, however often it is asked
    UNCERTAIN = "uncertain"  # no answer: SES may have taken it


@dataclass(frozen=True, slots=True)
class SesAnswer:
    """SES's answer to one message. `reason` is for people, and carries no address."""

    verdict: Verdict
    reason: str = ""
    message_id: str = ""


@dataclass(frozen=True, slots=True)
class Deferral:
    """How long mail waits for a cause: `first` seconds, twice as long each time, `longest` at most.

    A limit passes, so mail waits for it as long as it takes. What somebody must mend is waited for, but not for ever.
    """

    first: float
    longest: float
    limit: bool

    def seconds(self, deferrals: int) -> float:
        """How long to wait after so many deferrals."""
        return min(self.longest, self.first * 2.0 ** min(deferrals, 16))


# SQS delays a message by a quarter of an hour at most.
LONGEST_DELAY = 900
DEFERRALS = {
    Verdict.THROTTLED: Deferral(5, 60, limit=True),
    Verdict.QUOTA: Deferral(60, LONGEST_DELAY, limit=True),
    Verdict.PAUSED: Deferral(60, LONGEST_DELAY, limit=False),
    Verdict.FAULT: Deferral(15, LONGEST_DELAY, limit=False),
}
# The worker's time was up before there was a slot.
NO_SLOT = Deferral(1, 5, limit=True)
# A table, or the account's limits, could not be read: nothing was asked of SES.
NO_STORE = Deferral(15, LONGEST_DELAY, limit=False)


def may_double(stream: str) -> bool:
    """Whether mail of a stream is sent again when nobody knows if it was: a newsletter is not worth a second copy."""
    return stream != "marketing"
