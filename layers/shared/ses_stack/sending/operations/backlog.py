"""The backlog: the messages that wait in the lanes, and when the lanes will be empty."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ses_stack.mail.lanes import BULK, PRIORITY


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """The messages of one lane: `ready` for a worker, `deferred` until later, and `at_work`: received by a worker.

    `oldest` is how many seconds ago the oldest message was last put into the queue; None: CloudWatch does not know.
    """

    ready: int
    deferred: int
    at_work: int
    oldest: float | None = None

    @property
    def all(self) -> int:
        """All messages of the lane."""
        return self.ready + self.deferred + self.at_work


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """Recipients a second. `allowed` is the workers' rate now; `priority` and `bulk` are what SES accepted lately."""

    allowed: float
    priority: float
    bulk: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """Recipients in 24 hours. `most` below 0 means no limit. From `threshold`, a share of `most`, bulk mail waits."""

    most: float
    sent: float
    threshold: float

    @property
    def left(self) -> float:
        """What the priority lane may still send."""
        return float("inf") if self.most < 0 else max(0.0, self.most - self.sent)

    @property
    def left_for_bulk(self) -> float:
        """What the bulk lane may still send: the rest beyond the threshold is kept for priority mail."""
        return float("inf") if self.most < 0 else max(0.0, self.threshold * self.most - self.sent)


@dataclass(frozen=True, slots=True)
class Drain:
    """When a lane will be empty: in `seconds`; None: not before `held_by`, a quota or a pause, ends."""

    seconds: float | None
    held_by: str | None = None


def drains(
    priority: Waiting,
    bulk: Waiting,
    speed: Speed,
    quota: Quota,
    *,
    stopped: str | None = None,
    paused: Mapping[str, str] | None = None,
) -> tuple[Drain, Drain]:
    """When both lanes will be empty, if no more mail is queued and each message has one recipient.

    Priority mail may take every slot, so the bulk lane is empty when both lanes are. `stopped` is the reason why SES
    sends nothing; None: it sends. `paused` names the paused streams of a lane: SQS does not count messages by stream,
    so the lane's end is unknown while it has deferred messages.
    """
    if stopped:
        return _held(priority, stopped), _held(bulk, stopped)
    names = paused or {}
    if PRIORITY in names and priority.deferred:
        first = Drain(None, f"pause of {names[PRIORITY]}")
    else:
        first = _drain(priority.all, priority.all, speed, quota.left)
    if BULK in names and bulk.deferred:
        return first, Drain(None, f"pause of {names[BULK]}")
    return first, _drain(bulk.all, priority.all + bulk.all, speed, quota.left_for_bulk - priority.all)


def _held(lane: Waiting, reason: str) -> Drain:
    return Drain(None, reason) if lane.all else Drain(0.0)


def _drain(messages: int, slots: int, speed: Speed, left: float) -> Drain:
    """When a lane with so many messages is empty, if it takes so many slots."""
    if not messages:
        return Drain(0.0)
    if messages > left:
        return Drain(None, "the day's quota")
    return Drain(slots / speed.allowed)
