"""The queue report: the mail that waits in the lanes, the rate, the quota, and when the lanes will be empty."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from ses_stack.mail.lanes import BULK, LANES, PRIORITY
from ses_stack.sending.account_limits import AccountLimits
from ses_stack.sending.backlog import Drain, Quota, Speed, Waiting, drains
from ses_stack.sending.policy import SendingPolicy
from ses_stack.sending.rate import Backoff, Window

# The rate is measured over these whole seconds before now. A slot may be taken two seconds ahead.
_MEASURED_SECONDS = 10
# SES's control plane answers about one call a second, so its answers are reused.
_SES_REFRESH_SECONDS = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SesStatus:
    """SES's answers about the account. `rate` is in recipients a second; `most` and `sent` are recipients in 24 hours.

    `most` below 0 means no limit. `stopped` is the reason for which SES sends nothing, `paused` are streams.
    """

    rate: float
    most: float
    sent: float
    stopped: str | None
    paused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueReport:
    """The state of sending at one moment. `lanes` and `drains` are by lane; `throttled_to` is a share of the rate."""

    lanes: Mapping[str, Waiting]
    drains: Mapping[str, Drain]
    speed: Speed
    quota: Quota
    throttled_to: float
    ses: SesStatus


class LaneDepths(Protocol):
    """The queues of the lanes."""

    def depth(self, lane: str, now: float) -> Waiting:
        """The messages of a lane."""


class SharedRows(Protocol):
    """The rows of SendTable that all workers share."""

    def account(self) -> tuple[AccountLimits | None, Backoff]:
        """The limits as the workers know them, and the lowering of the rate after throttle answers."""

    def windows(self, seconds: Sequence[int]) -> Sequence[Window]:
        """The slots taken in each second."""


class QueueReporter:
    """Reports on one stack, repeatedly. It calls SES less often than the queues and the table."""

    def __init__(
        self,
        *,
        lanes: LaneDepths,
        rows: SharedRows,
        ask_ses: Callable[[], SesStatus],
        policy: SendingPolicy,
    ) -> None:
        self._lanes = lanes
        self._rows = rows
        self._ask_ses = ask_ses
        self._policy = policy
        self._ses: SesStatus | None = None
        self._ses_read_at = 0.0

    def report(self, now: float) -> QueueReport:
        """The state at `now`, in seconds of the epoch."""
        ses = self._ses_status(now)
        known, backoff = self._rows.account()
        lanes = {lane: self._lanes.depth(lane, now) for lane in LANES}
        speed = self._speed(now, ses.rate * self._policy.safety * backoff.now(now))
        # SES's count lags; the workers' count lacks mail that others send from the account.
        counted = known.sent + known.since if known else 0.0
        quota = Quota(most=ses.most, sent=max(ses.sent, counted), threshold=self._policy.threshold)
        priority, bulk = drains(lanes[PRIORITY], lanes[BULK], speed, quota, stopped=ses.stopped)
        return QueueReport(
            lanes=lanes,
            drains={PRIORITY: priority, BULK: bulk},
            speed=speed,
            quota=quota,
            throttled_to=backoff.now(now),
            ses=ses,
        )

    def _ses_status(self, now: float) -> SesStatus:
        if self._ses is None or now >= self._ses_read_at + _SES_REFRESH_SECONDS:
            self._ses, self._ses_read_at = self._ask_ses(), now
        return self._ses

    def _speed(self, now: float, allowed: float) -> Speed:
        windows = self._rows.windows(range(int(now) - _MEASURED_SECONDS, int(now)))
        return Speed(
            allowed=allowed,
            priority=sum(window.priority for window in windows) / _MEASURED_SECONDS,
            bulk=sum(window.bulk for window in windows) / _MEASURED_SECONDS,
        )
