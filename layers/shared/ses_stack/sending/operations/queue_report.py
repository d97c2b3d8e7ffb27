"""The queue report: the mail that waits in the lanes, the rate, the quota, and when the lanes will be empty."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from ses_stack.mail.lanes import BULK, LANES, PRIORITY, lane_of
from ses_stack.mail.streams import STREAMS
from ses_stack.sending.limits.account_limits import KnownLimits
from ses_stack.sending.limits.rate import Accepted, paced_rate
from ses_stack.sending.limits.stream_pauses import StreamPause
from ses_stack.sending.limits.tenant_pauses import TenantPause
from ses_stack.sending.operations.backlog import Drain, Quota, Speed, Waiting, drains
from ses_stack.sending.operations.policy import SendingPolicy

# The rate is measured over these whole seconds before now. A worker counts what SES accepted at the end of its batch.
_MEASURED_SECONDS = 30
# SES's control plane answers about one call a second, so its answers are reused.
_SES_REFRESH_SECONDS = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SesStatus:
    """SES's answers about the account. `rate` is in recipients a second; `most` and `sent` are recipients in 24 hours.

    `most` below 0 means no limit. `stopped` is the reason for which SES sends nothing, `paused` are the streams whose
    configuration sets are paused.
    """

    rate: float
    most: float
    sent: float
    stopped: str | None
    paused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PausedStream:
    """A stream whose mail waits. `pause` is what the workers know; None: no worker has met the pause yet.

    `is_refused`: SES refuses the stream's mail too, also mail that applications send straight to SES.
    """

    stream: str
    pause: StreamPause | None
    is_refused: bool

    @property
    def lane(self) -> str:
        """The lane in which the stream's mail waits."""
        return lane_of(self.stream)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueReport:
    """The state of sending at one moment. `lanes` and `drains` are by lane; `throttled_to` is a share of the rate.

    `paused_tenants` are those that a worker has met, in the order of their names.
    """

    lanes: Mapping[str, Waiting]
    drains: Mapping[str, Drain]
    speed: Speed
    quota: Quota
    throttled_to: float
    ses: SesStatus
    paused: tuple[PausedStream, ...] = ()
    paused_tenants: tuple[TenantPause, ...] = ()


class LaneDepths(Protocol):
    """The queues of the lanes."""

    def depth(self, lane: str, now: float) -> Waiting:
        """The messages of a lane."""


class SharedRows(Protocol):
    """The rows of SendTable that all workers share."""

    def known(self) -> KnownLimits:
        """The limits and the pauses as the workers know them."""

    def accepted(self, seconds: Sequence[int]) -> Sequence[Accepted]:
        """The recipients that SES accepted in each second."""


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
        known = self._rows.known()
        backoff, account = known.backoff, known.account
        lanes = {lane: self._lanes.depth(lane, now) for lane in LANES}
        speed = self._speed(now, paced_rate(ses.rate, self._policy.safety) * backoff.now(now))
        # SES's count lags; the workers' count lacks mail that others send from the account.
        counted = account.sent + account.since if account else 0.0
        quota = Quota(most=ses.most, sent=max(ses.sent, counted), threshold=self._policy.threshold)
        paused = _paused_streams(known, ses)
        priority, bulk = drains(
            lanes[PRIORITY], lanes[BULK], speed, quota, stopped=ses.stopped, paused=_paused_by_lane(paused, known)
        )
        return QueueReport(
            lanes=lanes,
            drains={PRIORITY: priority, BULK: bulk},
            speed=speed,
            quota=quota,
            throttled_to=backoff.now(now),
            ses=ses,
            paused=paused,
            paused_tenants=tuple(pause for _, pause in sorted(known.tenants.items())),
        )

    def _ses_status(self, now: float) -> SesStatus:
        if self._ses is None or now >= self._ses_read_at + _SES_REFRESH_SECONDS:
            self._ses, self._ses_read_at = self._ask_ses(), now
        return self._ses

    def _speed(self, now: float, allowed: float) -> Speed:
        accepted = self._rows.accepted(range(int(now) - _MEASURED_SECONDS, int(now)))
        return Speed(
            allowed=allowed,
            priority=sum(second.priority for second in accepted) / _MEASURED_SECONDS,
            bulk=sum(second.bulk for second in accepted) / _MEASURED_SECONDS,
        )


def _paused_streams(known: KnownLimits, ses: SesStatus) -> tuple[PausedStream, ...]:
    return tuple(
        PausedStream(stream=stream, pause=known.pauses.get(stream), is_refused=stream in ses.paused)
        for stream in STREAMS
        if stream in known.pauses or stream in ses.paused
    )


def _paused_by_lane(paused: Sequence[PausedStream], known: KnownLimits) -> dict[str, str]:
    """What is paused of each lane that holds mail for it. A tenant's mail may be in both lanes."""
    tenants = _tenants_named(sorted(known.tenants))
    names = {lane: [each.stream for each in paused if each.lane == lane] + tenants for lane in LANES}
    return {lane: ", ".join(held) for lane, held in names.items() if held}


def _tenants_named(tenants: Sequence[str]) -> list[str]:
    if len(tenants) > 1:
        return [f"{len(tenants)} tenants"]
    return [f"tenant {tenant}" for tenant in tenants]
