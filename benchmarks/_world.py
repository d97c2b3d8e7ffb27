"""What the simulation plays: its parameters, and how its figures are counted."""

from __future__ import annotations

import math
import random
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from ses_stack_cli.local.simulator.account.limiters import Limiter

START = 1_790_000_000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What is played. Seconds, but for shares.

    A call of SES takes a time that is drawn from a log-normal distribution: `ses_seconds` is its median, `ses_sigma`
    its sigma. `network_share` of it passes before SES counts the call; AWS does not say when it does. A round trip
    between two zones of a region takes a millisecond or two; the rest of the time SES checks and stores the message.
    `skew` is how far the workers' clocks lie apart. `recipients` are those of each message. `shares_calls`: all mail
    has the same template, so SendBulkEmail can carry it.
    """

    rate: float
    limiter: Limiter = Limiter.STRICT
    safety: float = 0.98
    priority_workers: int = 2
    bulk_workers: int = 4
    batch: int = 10
    store_seconds: float = 0.005
    ses_seconds: float = 0.08
    ses_sigma: float = 0.3
    network_share: float = 0.1
    skew: float = 0.025
    kills: float = 0.0
    timeout: float = 30.0
    visibility: float = 180.0
    event_seconds: float = 2.0
    lost_events: float = 0.0
    most: float = 1e9
    sent_before: float = 0.0
    recipients: int = 1
    shares_calls: bool = False
    seed: int = 1

    def call_seconds(self, chance: random.Random) -> float:
        """How long one call of SES takes."""
        return self.ses_seconds * math.exp(self.ses_sigma * chance.gauss(0, 1))


def worst_window(times: Sequence[float], seconds: float) -> int:
    """The most that any window of so many seconds holds, wherever it begins. `times` are in order."""
    return max((bisect_left(times, begin + seconds - 1e-5) - n for n, begin in enumerate(times)), default=0)
