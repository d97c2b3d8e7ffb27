"""SES's answers, what each means for a request, and how long the request then waits."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What an answer of SES means for the message. SES has sent it for certain only if it is `ACCEPTED`."""

    ACCEPTED = "accepted"
    THROTTLED = "throttled"  # above the account's sending rate: not sent
    QUOTA = "quota"  # the 24-hour quota is used up: not sent
    PAUSED = "paused"  # the account or the configuration set is paused: not sent
    FAULT = "fault"  # a fault of SES, the network or the settings, which can be repaired: not sent
    REJECTED = "rejected"  # SES will never send this message
    UNCERTAIN = "uncertain"  # no usable answer: SES may have sent the message


@dataclass(frozen=True, slots=True)
class SesAnswer:
    """SES's answer to one message. `reason` is shown to operators, and contains no address."""

    verdict: Verdict
    reason: str = ""
    message_id: str = ""


@dataclass(frozen=True, slots=True)
class Deferral:
    """How long a request waits for one cause: `first_seconds`, doubled each time, `longest_seconds` at most.

    `is_limit`: the cause is a limit. A limit passes by itself, so a request waits for it without end. Any other cause
    is a fault: a request waits for its repair for `LongestDeferralHours`.
    """

    first_seconds: float
    longest_seconds: float
    is_limit: bool

    def seconds(self, deferrals: int) -> float:
        """How long a request waits that was deferred so many times before."""
        return min(self.longest_seconds, self.first_seconds * 2.0 ** min(deferrals, 16))


# The longest DelaySeconds that SQS takes.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatchRequestEntry.html
LONGEST_DELAY_SECONDS = 900
DEFERRALS = {
    Verdict.THROTTLED: Deferral(5, 60, is_limit=True),
    Verdict.QUOTA: Deferral(60, LONGEST_DELAY_SECONDS, is_limit=True),
    Verdict.PAUSED: Deferral(60, LONGEST_DELAY_SECONDS, is_limit=False),
    Verdict.FAULT: Deferral(15, LONGEST_DELAY_SECONDS, is_limit=False),
}
# The worker's time ended before a slot was free.
NO_SLOT_IN_TIME = Deferral(1, 5, is_limit=True)
# A table, or the account's limits, could not be read or written. SES was not called.
TABLE_UNAVAILABLE = Deferral(15, LONGEST_DELAY_SECONDS, is_limit=False)


def may_send_twice(stream: str) -> bool:
    """Whether a request without a known outcome is sent again. A newsletter is not: a second copy would annoy."""
    return stream != "marketing"
