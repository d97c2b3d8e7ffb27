"""The simulator's settings: given as options at its start, changed later through its control routes."""

from __future__ import annotations

from dataclasses import dataclass, field

from ses_stack_cli.local.simulator.account.limiters import Limiter


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """What happens to mail for ordinary addresses: each figure is a probability. The rest is delivered and no more."""

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
    """Disturbances between SES and EventBridge: each rate is a probability per event.

    `shuffle` moves an event by up to `shuffle_seconds`, `delay` by up to `delay_seconds`. A duplicate is published up
    to `shuffle_seconds` after the first. `latency_scale` does not change these seconds.
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


# https://docs.aws.amazon.com/ses/latest/dg/request-production-access.html
SANDBOX_SEND_RATE = 1.0
SANDBOX_24_HOUR_SEND = 200.0
PRODUCTION_SEND_RATE = 14.0
PRODUCTION_24_HOUR_SEND = 50_000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One simulator. `latency_scale` 1 is SES's own pace; at 0 every event is due at once, causes before effects."""

    region: str = "us-east-1"
    account_id: str = "000000000000"
    seed: int = 0
    latency_scale: float = 1.0
    shares: Shares = REALISTIC
    max_send_rate: float = PRODUCTION_SEND_RATE
    max_24_hour_send: float = PRODUCTION_24_HOUR_SEND
    limiter: Limiter = Limiter.STRICT
    control_plane_rate: float = 0.0
    mailbox_size: int = 1_000
    enforce_iam: bool = False
    sandbox: bool = False
    verified: frozenset[str] = frozenset()  # identities, where the account is in the sandbox
    url: str = "http://127.0.0.1"  # the simulator's own address, for unsubscribe links
    chaos: Chaos = field(default_factory=Chaos)

    def __post_init__(self) -> None:
        if self.latency_scale < 0:
            raise ValueError("latency_scale must not be below 0")
