"""Pauses of tenants: what workers learn from SES about a tenant whose mail it refuses, and share.

AWS documents that sending fails while a tenant is paused, and not with which error. So no worker concludes anything
from the error itself: it asks SES about the tenant, the stream and the account, each by its own call.
https://docs.aws.amazon.com/ses/latest/dg/tenants.html
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from ses_stack.sending.limits.pacing import Clock
from ses_stack.sending.limits.shared_pauses import LEASE_SECONDS
from ses_stack.sending.limits.stream_pauses import ASK_AGAIN_SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantPause:
    """A tenant whose mail waits, because SES has paused it. It holds until SES says otherwise.

    `asked_at` is the moment at which a worker last asked SES.
    """

    tenant: str
    since: float
    asked_at: float

    @property
    def cause(self) -> str:
        """Why the tenant's mail waits, for the ledger and the log: the same in every round."""
        return "SES says that the tenant is paused"


class TenantRows(Protocol):
    """The rows about tenants, which all workers read and write. Each method raises `TableError`."""

    async def lease_tenant(self, tenant: str, now: float, seconds: float) -> bool:
        """Whether this worker may ask SES about a tenant. The lease keeps other workers from it for so many seconds."""

    async def put_tenant(self, pause: TenantPause) -> None:
        """Pauses a tenant for all workers."""

    async def remove_tenant(self, tenant: str) -> None:
        """Ends a tenant's pause for all workers."""


class TenantSwitches(Protocol):
    """SES's tenants, each with a sending status."""

    async def is_sending(self, tenant: str) -> bool | None:
        """Whether SES accepts mail of the tenant; None if SES does not answer."""


class SharedTenantPauses:
    """One worker's part in keeping the shared pauses of tenants equal with SES."""

    def __init__(self, *, rows: TenantRows, ses: TenantSwitches, clock: Clock) -> None:
        self._rows = rows
        self._ses = ses
        self._clock = clock

    async def check(self, tenant: str, known: TenantPause | None = None) -> bool | None:
        """Asks SES whether it accepts a tenant's mail, and shares the answer. Raises `TableError`.

        `known` is the pause that the workers know. None if SES does not answer, or if another worker has just asked.
        """
        now = self._clock.now()
        if not await self._rows.lease_tenant(tenant, now, LEASE_SECONDS):
            return None
        sending = await self._ses.is_sending(tenant)
        if sending is False:
            await self._rows.put_tenant(TenantPause(tenant=tenant, since=known.since if known else now, asked_at=now))
        elif sending and known:
            await self._rows.remove_tenant(tenant)
        return sending

    async def confirm(self, pauses: Iterable[TenantPause]) -> None:
        """Asks SES about one pause that no worker has confirmed for a minute. Raises `TableError`.

        About one only: with many paused tenants, a batch must not wait for all of them.
        """
        oldest = min(pauses, key=lambda pause: pause.asked_at, default=None)
        if oldest and self._clock.now() >= oldest.asked_at + ASK_AGAIN_SECONDS:
            await self.check(oldest.tenant, oldest)
