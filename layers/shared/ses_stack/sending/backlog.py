"""What waits in the lanes, and when it will have gone out."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """The messages of one lane. `deferred` were put back for later; `at_work` are with a worker.

    `oldest` is how many seconds the oldest has waited since it was last put into the queue; None: not known.
    """

    ready: int
    deferred: int
    at_work: int
    oldest: float | None = None

    @property
    def all(self) -> int:
        """All of them."""
        return self.ready + self.deferred + self.at_work


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """Recipients a second. `allowed`: what the workers keep to now; `priority` and `bulk`: what went out lately."""

    allowed: float
    priority: float
    bulk: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """Recipients in 24 hours. `most` below 0 means no limit; from `threshold`, a share, on bulk mail waits."""

    most: float
    sent: float
    threshold: float

    @property
    def left(self) -> float:
        """For the priority lane."""
        return float("inf") if self.most < 0 else max(0.0, self.most - self.sent)

    @property
    def left_for_bulk(self) -> float:
        """For the bulk lane: what is beyond the threshold is kept for priority mail."""
        return float("inf") if self.most < 0 else max(0.0, self.threshold * self.most - self.sent)


@dataclass(frozen=True, slots=True)
class Drain:
    """When a lane will be empty: in so many seconds; or not before the quota allows it, or somebody lets it."""

    seconds: float | None
    held_by: str | None = None


def drains(
    priority: Waiting, bulk: Waiting, speed: Speed, quota: Quota, *, stopped: str | None = None
) -> tuple[Drain, Drain]:
    """When both lanes will be empty, if nothing more comes and each message has one recipient.

    Priority mail may take every slot, so the bulk lane is empty when both are.
    """
    if stopped:
        return _held(priority, stopped), _held(bulk, stopped)
    first = _drain(priority.all, priority.all, speed, quota.left)
    second = _drain(bulk.all, priority.all + bulk.all, speed, quota.left_for_bulk - priority.all)
    return first, second


def _held(lane: Waiting, why: str) -> Drain:
    return Drain(None, why) if lane.all else Drain(0.0)


def _drain(own: int, ahead: int, speed: Speed, left: float) -> Drain:
    if not own:
        return Drain(0.0)
    if own > left:
        return Drain(None, "the day's quota")
    return Drain(ahead / speed.allowed)
