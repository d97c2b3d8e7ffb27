"""What the simulator is told: at its start by options, later through its local routes."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """How often what happens to mail for ordinary addresses. Each is a probability; the rest is plainly delivered."""

    hard_bounce: float = 0.008
    soft_bounce: float = 0.012
    complaint: float = 0.001
    delay: float = 0.01
    opened: float = 0.35
    bot: float = 0.2  # of the opened
    clicked: float = 0.2  # of the opened
    unsubscribed: float = 0.02  # of the clicked


REALISTIC = Shares()
ONLY_DELIVERED = Shares(hard_bounce=0, soft_bounce=0, complaint=0, delay=0, opened=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chaos:
    """What may go wrong on the way of an event; each rate is the probability per event.

    `shuffle` moves an event by up to `shuffle_seconds`, `delay` by up to `delay_seconds`; a duplicate comes up to
    `shuffle_seconds` after the first. These seconds are not scaled.
    """

    duplicate: float = 0.0
    shuffle: float = 0.0
    delay: float = 0.0
    drop: float = 0.0
    shuffle_seconds: float = 2.0
    delay_seconds: float = 30.0

    def __post_init__(self) -> None:
        for name in ("duplicate", "shuffle", "delay", "drop"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} is a probability: from 0 to 1")
        for name in ("shuffle_seconds", "delay_seconds"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} is a time: not below 0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One simulator. `latency_scale` 1 is SES's own pace, 0 is at once (still cause before effect)."""

    region: str = "us-east-1"
    account_id: str = "000000000000"
    seed: int = 0
    latency_scale: float = 1.0
    shares: Shares = REALISTIC
    max_send_rate: float = 14.0
    max_24_hour_send: float = 50_000.0
    burst_seconds: float = 1.0
    control_plane_rate: float = 0.0
    mailbox_size: int = 1_000
    enforce_iam: bool = False
    url: str = "http://127.0.0.1"  # where the simulator itself is reached
    chaos: Chaos = field(default_factory=Chaos)

    def __post_init__(self) -> None:
        if self.latency_scale < 0:
            raise ValueError("latency_scale must not be below 0")
