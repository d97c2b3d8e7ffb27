"""The account's limits as all workers share them: one worker asks SES once a minute, the others read its answer."""

from __future__ import annotations

import math
from enum import Enum
from typing import Protocol

from ses_stack.errors import TableError
from ses_stack.sending.limits.account_limits import AccountLimits, Allowance, KnownLimits
from ses_stack.sending.limits.pacing import Clock
from ses_stack.sending.limits.rate import Backoff, Rate, paced_rate, shards_of
from ses_stack.sending.limits.shared_pauses import SharedPauses
from ses_stack.sending.limits.tenant_pauses import SharedTenantPauses

_READ_INTERVAL_SECONDS = 2.0
# After a fall of the account's rate, SES still counts what was sent at the rate before. AWS does not document for how
# long: a worker expects the shorter time, and after another throttle answer the longer one.
_MEMORY_SECONDS, _LONGEST_MEMORY_SECONDS = 1.0, 10.0
# A worker keeps so much of the rate's mail to itself before it adds to the count of the quota: a write less for most
# single messages. GetAccount's next answer has that mail.
_UNCOUNTED_SECONDS = 0.05
# A worker's pause after the second of several throttle answers; it doubles with each further one.
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.7, 5.0
_GET_ACCOUNT_INTERVAL_SECONDS = 60.0
# SES's control plane answers about one call a second, so a missing answer is no reason to stop. Limits that are older
# than this may have changed: without them, nothing is sent.
_LONGEST_AGE_SECONDS = 900.0


class AskCause(Enum):
    """Why a worker calls GetAccount. Each has its own lease: an answer from before a throttle answer is no news."""

    TIME = "asked_at"
    THROTTLE = "asked_after_throttle_at"


_LEASE_SECONDS = {AskCause.TIME: 10.0, AskCause.THROTTLE: 2.0}


class LimitRows(Protocol):
    """The rows of the account's limits, which all workers read and write."""

    async def known(self) -> KnownLimits:
        """What all workers know. Raises `TableError`."""

    async def lease(self, now: float, seconds: float, cause: AskCause) -> bool:
        """Whether this worker may call GetAccount. The lease keeps other workers from it for so many seconds."""

    async def put_account(self, account: AccountLimits) -> None:
        """Shares GetAccount's answer."""

    async def lower(self, new: Backoff, old: Backoff) -> None:
        """Lowers the rate of all workers, unless another worker has done so since `old` was read."""

    async def refuse(self, read_at: float) -> None:
        """Notes that SES has refused mail because the quota is used up."""

    async def count(self, recipients: int) -> None:
        """Adds to the recipients that were sent to."""


class GetAccount(Protocol):
    """SES's GetAccount."""

    async def account(self, now: float) -> AccountLimits | None:
        """SES's answer; None if SES does not answer."""


class SharedLimits:
    """One worker's knowledge of the account's limits, at most two seconds old."""

    def __init__(
        self,
        *,
        rows: LimitRows,
        pauses: SharedPauses,
        tenants: SharedTenantPauses,
        ses: GetAccount,
        clock: Clock,
        safety: float,
    ) -> None:
        """`safety` is the share of the account's rate that the sender uses."""
        self._rows = rows
        self._pauses = pauses
        self._tenants = tenants
        self._ses = ses
        self._clock = clock
        self._safety = safety
        self._account: AccountLimits | None = None
        self._known = KnownLimits()
        self._read_at = 0.0
        self._uncounted = 0
        self._fallen_at, self._fall = -math.inf, 0.0
        self._resumes_at = -math.inf

    async def now(self) -> Allowance:
        """What the sender may send now. Raises `TableError` if the limits are not known."""
        now = self._clock.now()
        if self._account is None or now >= self._read_at + _READ_INTERVAL_SECONDS:
            await self._read(now)
            await self._pauses.confirm(self._known.pauses.values())
            await self._tenants.confirm(self._known.tenants.values())
            if self._account is None or now >= self._account.read_at + _GET_ACCOUNT_INTERVAL_SECONDS:
                await self._call_get_account(now)
        if self._account is None or now > self._account.read_at + _LONGEST_AGE_SECONDS:
            self._account = None
            raise TableError("SES does not say what the account may send")
        rate = _rate_of(self._account, paced_rate(self._account.rate, self._safety) * self._known.backoff.now(now))
        return Allowance(rate, self._account, self._known.pauses, self._known.tenants, self._resumes_at)

    async def _read(self, now: float) -> None:
        self._known = await self._rows.known()
        self._note(self._known.account, now)
        self._read_at = now

    def _note(self, account: AccountLimits | None, now: float) -> None:
        before, self._account = self._account, account
        if account is not None and before is not None and account.rate < before.rate:
            self._fallen_at, self._fall = now, 1 - account.rate / before.rate
            self._resumes_at = now + _MEMORY_SECONDS * self._fall

    async def _call_get_account(self, now: float, cause: AskCause = AskCause.TIME) -> None:
        # Before the first answer is shared, no worker can send without one: each worker calls for itself.
        if await self._rows.lease(now, _LEASE_SECONDS[cause], cause) or self._account is None:
            account = await self._ses.account(now)
            if account is not None:
                self._note(account, now)
                await self._rows.put_account(account)

    async def throttled(self) -> bool:
        """After SES's throttle answer: finds out whether the account's rate has fallen, else slows all workers down.

        One worker does so for all throttle answers that come together. True: this worker pauses, and gives up the slots
        that it has reserved.
        """
        now = self._clock.now()
        await self._read(now)
        backoff, self._read_at = self._known.backoff, 0.0
        if self._is_after_fall(now) or await self._has_fallen(now):
            return True
        if lowered := backoff.lowered(now):
            await self._rows.lower(lowered, backoff)
            backoff = lowered
        return self._pause(backoff.strikes, now)

    def _is_after_fall(self, now: float) -> bool:
        if now >= self._fallen_at + _LONGEST_MEMORY_SECONDS:
            return False
        if now > self._resumes_at:
            self._resumes_at = self._fallen_at + _LONGEST_MEMORY_SECONDS * self._fall
        return True

    async def _has_fallen(self, now: float) -> bool:
        await self._call_get_account(now, AskCause.THROTTLE)
        return self._fallen_at == now

    def _pause(self, strikes: int, now: float) -> bool:
        if strikes < 2:
            return False
        self._resumes_at = now + min(_LONGEST_PAUSE_SECONDS, _FIRST_PAUSE_SECONDS * 2 ** (strikes - 2))
        return True

    async def used_up(self) -> None:
        """Shares SES's answer that the quota is used up. It holds until GetAccount's next answer."""
        if self._account is not None:
            await self._rows.refuse(self._account.read_at)
        self._read_at = 0.0

    async def paused(self, stream: str, tenant: str | None) -> None:
        """Finds out what is paused after SES's answer that it sends nothing, and shares that.

        SES pauses tenants, configuration sets and accounts, and answers the same. Each is asked about by a call of its
        own, and what SES does not call paused is not taken for paused: one tenant's pause stops no other mail.
        """
        if not (tenant and await self.is_tenant_paused(tenant)) and await self._pauses.check(stream):
            await self._call_get_account(self._clock.now())
        self._read_at = 0.0

    async def is_tenant_paused(self, tenant: str) -> bool:
        """Whether SES has paused a tenant. Shares that, and asks SES only if no other worker has just asked."""
        known = (await self._rows.known()).tenants.get(tenant)
        sending = await self._tenants.check(tenant, known)
        self._read_at = 0.0
        return known is not None if sending is None else not sending

    async def count(self, recipients: int) -> None:
        """Adds to the recipients that were sent to. At a high rate, several batches are added at once."""
        self._uncounted += recipients
        if self._account is None or self._uncounted >= self._account.rate * _UNCOUNTED_SECONDS:
            recipients, self._uncounted = self._uncounted, 0
            await self._rows.count(recipients)


def _rate_of(account: AccountLimits, per_second: float) -> Rate:
    return Rate.of(per_second, shards=shards_of(account.rate))
