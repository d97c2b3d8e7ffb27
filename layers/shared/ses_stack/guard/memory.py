"""What the guard remembers from one run to the next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ses_stack.guard.silence import SesCount, Silence
from ses_stack.sending.limits.account_limits import KnownLimits


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardMemory:
    """`counted_until` is the second up to which the workers' counts are taken in; 0: this is the first run.

    `warned` is when the guard last warned about each stream. `notified` is the time of each stream's pause of
    which the guard has notified the topic. All times are in seconds of the epoch.
    """

    counted_until: int = 0
    silence: Silence = field(default_factory=Silence)
    ses: SesCount | None = None
    warned: Mapping[str, float] = field(default_factory=dict)
    notified: Mapping[str, float] = field(default_factory=dict)

    def with_warning(self, stream: str, now: float) -> GuardMemory:
        """The same after a warning about a stream."""
        return replace(self, warned={**self.warned, stream: now})

    def with_notified(self, stream: str, since: float) -> GuardMemory:
        """The same after the topic was notified of a stream's pause."""
        return replace(self, notified={**self.notified, stream: since})


@dataclass(frozen=True, slots=True)
class GuardRecord:
    """What the send table holds for the guard: what all workers know, and the guard's own memory."""

    known: KnownLimits
    memory: GuardMemory
