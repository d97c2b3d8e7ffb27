"""What the account may send in 24 hours, and how much of it is gone."""

from __future__ import annotations

from dataclasses import dataclass

from ses_stack.mail.lanes import Lane


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountLimits:
    """What `GetAccount` said at `read_at`, and what this stack has sent since.

    `most` below 0 means no limit. `refused`: SES has answered since that the quota is used up.
    https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_GetAccount.html
    """

    rate: float
    most: float
    sent: float
    read_at: float
    since: int = 0
    refused: bool = False
    stopped: str | None = None

    @property
    def left(self) -> float:
        """How many recipients the quota still allows, as far as is known here."""
        if self.most < 0:
            return float("inf")
        return 0.0 if self.refused else max(0.0, self.most - self.sent - self.since)

    def allows(self, lane: Lane, threshold: float) -> bool:
        """Whether a lane may send. From `threshold`, a share of the quota, the rest is the priority lane's."""
        if self.most < 0:
            return True
        reserve = 0.0 if lane is Lane.PRIORITY else (1 - threshold) * self.most
        return self.left > reserve
