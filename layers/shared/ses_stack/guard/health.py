"""The account's health, as GetAccount tells it.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_GetAccount.html
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from ses_stack.guard.silence import SesCount


class Enforcement(IntEnum):
    """SES's EnforcementStatus, as a number for alarms."""

    HEALTHY = 0
    PROBATION = 1
    SHUTDOWN = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountHealth:
    """SES's answer. `rate` is in recipients a second; `most` (below 0: no limit) are recipients in 24 hours.

    `enforcement` is None for a status that this version does not know.
    """

    rate: float
    most: float
    count: SesCount
    enforcement: Enforcement | None
    sending_enabled: bool

    @property
    def quota_used(self) -> float:
        """The share of the 24-hour quota that is used, in percent."""
        return 100 * self.count.sent / self.most if self.most > 0 else 0.0
