"""What all workers know of the account: two rows of SendTable, read together with the pauses.

`QUOTA` holds SES's last answer to GetAccount, what was sent since, and which worker asks SES next. `BACKOFF` holds how
far SES's throttling has lowered the rate.
"""

from __future__ import annotations

from collections.abc import Callable

from ses_stack.aws.threads import Threads
from ses_stack.sending.adapters.rows import BACKOFF_KEY, KNOWN_KEYS, QUOTA_KEY, known_of, number_in
from ses_stack.sending.adapters.table import RowUpdate, SendTable, number_values
from ses_stack.sending.limits.account_limits import AccountLimits, KnownLimits
from ses_stack.sending.limits.rate import Backoff
from ses_stack.sending.limits.shared_limits import AskCause


class AccountRows:
    """The account's limits and the backoff. Every method raises `TableError`."""

    def __init__(self, table: Callable[[], SendTable], *, threads: Threads) -> None:
        """`table` gives the thread's own table."""
        self._table = table
        self._threads = threads

    async def known(self) -> KnownLimits:
        """What all workers know, in one call."""
        return await self._threads(self._known)

    def _known(self) -> KnownLimits:
        return known_of(self._table().rows(KNOWN_KEYS))

    async def lease(self, now: float, seconds: float, cause: AskCause) -> bool:
        """Whether this worker is the one that asks SES now, because no other asked in the last `seconds`."""
        return await self._update(
            RowUpdate(
                pk=QUOTA_KEY,
                expression="SET #asked_at = :now",
                condition="attribute_not_exists(#asked_at) OR #asked_at < :before",
                names={"#asked_at": cause.value},
                values=number_values(now=now, before=now - seconds),
                is_made=lambda row: number_in(row, cause.value) == now,
            )
        )

    async def put_account(self, account: AccountLimits) -> None:
        """Shares GetAccount's answer, unless a later one is there."""
        numbers = number_values(
            rate=account.rate, most=account.most, sent=account.sent, read_at=account.read_at, since=0, refused=0
        )
        await self._update(
            RowUpdate(
                pk=QUOTA_KEY,
                expression="SET rate = :rate, most = :most, sent = :sent, read_at = :read_at, since = :since,"
                " refused = :refused, stopped = :stopped",
                condition="attribute_not_exists(read_at) OR read_at < :read_at",
                values=numbers | {":stopped": {"S": account.stopped or ""}},
            )
        )

    async def lower(self, new: Backoff, old: Backoff) -> None:
        """Lowers the rate for all workers, unless another worker has lowered it meanwhile."""
        await self._update(
            RowUpdate(
                pk=BACKOFF_KEY,
                expression="SET factor = :factor, #at = :at, ceiling = :ceiling, strikes = :strikes",
                condition="attribute_not_exists(#at) OR #at <= :old",
                names={"#at": "at"},
                values=number_values(
                    factor=new.factor, at=new.at, ceiling=new.ceiling, strikes=new.strikes, old=old.at
                ),
            )
        )

    async def refuse(self, read_at: float) -> None:
        """Notes that SES answered "quota used up" after GetAccount's answer of `read_at`."""
        await self._update(
            RowUpdate(
                pk=QUOTA_KEY,
                expression="SET refused = :refused",
                condition="read_at = :read_at",
                values=number_values(refused=1, read_at=read_at),
            )
        )

    async def count(self, recipients: int) -> None:
        """Adds recipients to those that were sent to since GetAccount's answer."""
        await self._update(
            RowUpdate(
                pk=QUOTA_KEY,
                expression="ADD since :recipients",
                condition="attribute_exists(read_at)",
                values=number_values(recipients=recipients),
            )
        )

    async def _update(self, update: RowUpdate) -> bool:
        return await self._threads(self._update_in_thread, update)

    def _update_in_thread(self, update: RowUpdate) -> bool:
        return self._table().update(update).made
