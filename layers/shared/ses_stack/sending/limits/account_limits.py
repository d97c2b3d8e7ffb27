"""The account's limits: its sending rate (recipients a second) and its quota (recipients in 24 hours)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from ses_stack.mail.lanes import Lane
from ses_stack.sending.limits.rate import Backoff, Rate
from ses_stack.sending.limits.stream_pauses import StreamPause
from ses_stack.sending.limits.tenant_pauses import TenantPause


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountLimits:
    """What `GetAccount` answered at `read_at`, and what this stack has sent since.

    `rate` is MaxSendRate, `most` Max24HourSend (below 0: no limit), `sent` SentLast24Hours. `since` counts the
    recipients that the sender has sent to after `read_at`. `refused`: SES has answered after `read_at` that the quota
    is used up. `stopped` is the reason why SES sends nothing for the account; None: it sends.
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
        """Whether a lane may send. Above `threshold`, a share of the quota, only the priority lane may."""
        if self.most < 0:
            return True
        reserve = 0.0 if lane is Lane.PRIORITY else (1 - threshold) * self.most
        return self.left > reserve


def stop_reason(*, sending_enabled: bool, enforcement: str) -> str | None:
    """Why SES sends nothing for an account, by GetAccount's SendingEnabled and EnforcementStatus; None if it sends."""
    if enforcement == "SHUTDOWN":
        return "SES has suspended the account"
    return None if sending_enabled else "sending is paused for the account"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownLimits:
    """What all workers know: GetAccount's last answer, how far throttling has lowered the rate, and what is paused.

    `account` is None if no worker has an answer yet. `pauses` are by stream, `tenants` by tenant. `resumed` is when an
    operator last resumed each stream.
    """

    account: AccountLimits | None = None
    backoff: Backoff = field(default_factory=Backoff)
    pauses: Mapping[str, StreamPause] = field(default_factory=dict)
    tenants: Mapping[str, TenantPause] = field(default_factory=dict)
    resumed: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Allowance:
    """What the sender may send now: the rate after pacing and throttling, the account's limits, the pauses.

    Before `resumes_at`, this worker reserves no slots: SES has just throttled it.
    """

    rate: Rate
    account: AccountLimits
    pauses: Mapping[str, StreamPause] = field(default_factory=dict)
    tenants: Mapping[str, TenantPause] = field(default_factory=dict)
    resumes_at: float = -math.inf

    def held_by(self, stream: str, tenant: str | None = None) -> str | None:
        """Why no mail of a stream and a tenant may be sent, however little it is; None if it may."""
        if self.account.stopped:
            return self.account.stopped
        pause = self.pauses.get(stream) or (self.tenants.get(tenant) if tenant else None)
        return pause.cause if pause else None
