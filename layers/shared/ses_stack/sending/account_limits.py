"""What the account may send: one worker asks SES once a minute, the others read what it learned."""

from __future__ import annotations

from typing import Protocol

from ses_stack.errors import TableError
from ses_stack.sending.pacing import Clock
from ses_stack.sending.quota import AccountLimits
from ses_stack.sending.rate import Backoff, Rate
from ses_stack.sending.send import Allowance

_READ_AGAIN_SECONDS = 2.0
_ASK_AGAIN_SECONDS = 60.0
_ASKING_SECONDS = 10.0
# SES's control plane answers about one call a second. After so long without it, nobody knows what may be sent.
_OLDEST_SECONDS = 900.0


class Shared(Protocol):
    """The rows that workers share."""

    async def account(self) -> tuple[AccountLimits | None, Backoff]:
        """What GetAccount last said, and what throttling has made of the rate. Raises `TableError`."""

    async def lease(self, now: float, seconds: float) -> bool:
        """Whether nobody else has asked for so many seconds, and this worker may."""

    async def put_account(self, account: AccountLimits) -> None:
        """Shares what SES said."""

    async def lower(self, new: Backoff, old: Backoff) -> None:
        """Lowers the rate for all."""

    async def refuse(self, read_at: float) -> None:
        """Notes that SES refuses more than was sent."""

    async def count(self, recipients: int) -> None:
        """Adds to what was sent."""


class Asked(Protocol):
    """SES's GetAccount."""

    async def account(self, now: float) -> AccountLimits | None:
        """What SES says; None if it does not answer."""


class SharedLimits:
    """One worker's knowledge of the limits, two seconds old at most."""

    def __init__(self, *, shared: Shared, asked: Asked, clock: Clock, safety: float) -> None:
        self._shared = shared
        self._asked = asked
        self._clock = clock
        self._safety = safety
        self._account: AccountLimits | None = None
        self._backoff = Backoff()
        self._read_at = 0.0

    async def now(self) -> Allowance:
        """What may be sent now. Raises `TableError` if nobody knows."""
        now = self._clock.now()
        if self._account is None or now >= self._read_at + _READ_AGAIN_SECONDS:
            self._account, self._backoff = await self._shared.account()
            self._read_at = now
            if self._account is None or now >= self._account.read_at + _ASK_AGAIN_SECONDS:
                await self._ask(now)
        if self._account is None or now > self._account.read_at + _OLDEST_SECONDS:
            self._account = None
            raise TableError("SES does not say what the account may send")
        factor = self._safety * self._backoff.now(now)
        return Allowance(Rate.of(self._account.rate * factor), self._account)

    async def _ask(self, now: float) -> None:
        # Where nobody has ever asked, nobody can go on without an answer: each worker asks for itself.
        if await self._shared.lease(now, _ASKING_SECONDS) or self._account is None:
            told = await self._asked.account(now)
            if told is not None:
                self._account = told
                await self._shared.put_account(told)

    async def throttled(self) -> None:
        """SES said: too fast. The rate falls for all workers, once for answers that come together."""
        _, backoff = await self._shared.account()
        if lowered := backoff.lowered(self._clock.now()):
            await self._shared.lower(lowered, backoff)
        self._read_at = 0.0

    async def used_up(self) -> None:
        """SES said: the day's quota is used up. All workers believe it until SES is asked again."""
        if self._account is not None:
            await self._shared.refuse(self._account.read_at)
        self._read_at = 0.0

    async def count(self, recipients: int) -> None:
        """So many were sent."""
        await self._shared.count(recipients)
