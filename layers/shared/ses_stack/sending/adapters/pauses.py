"""The pauses of streams and tenants: one row of SendTable, as workers write it, and as the operator's commands do.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ses_stack.aws.threads import Threads
from ses_stack.sending.adapters.rows import (
    PAUSES_KEY,
    asked_name,
    number_in,
    pause_attribute,
    resumed_name,
    tenant_key,
    tenant_name,
    tenant_pause_attribute,
)
from ses_stack.sending.adapters.table import RowUpdate, SendTable, number_values
from ses_stack.sending.limits.stream_pauses import StreamPause
from ses_stack.sending.limits.tenant_pauses import TenantPause

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_TENANT_KEPT_SECONDS = 86_400


class LearnedPauses:
    """The pauses that workers learn from SES. Every method raises `TableError`."""

    def __init__(self, table: Callable[[], SendTable], *, threads: Threads) -> None:
        """`table` gives the thread's own table."""
        self._table = table
        self._threads = threads

    async def lease_stream(self, stream: str, now: float, seconds: float) -> bool:
        """Whether this worker may ask SES about a stream, because no other asked in the last `seconds`."""
        return await self._update(
            RowUpdate(
                pk=PAUSES_KEY,
                expression="SET #asked_at = :now",
                condition="attribute_not_exists(#asked_at) OR #asked_at < :before",
                names={"#asked_at": asked_name(stream)},
                values=number_values(now=now, before=now - seconds),
                is_made=lambda row: number_in(row, asked_name(stream)) == now,
            )
        )

    async def put_learned(self, stream: str, now: float) -> None:
        """Pauses a stream for all workers, unless it is paused already."""
        await self._update(
            RowUpdate(
                pk=PAUSES_KEY,
                expression="SET #stream = :pause",
                condition="attribute_not_exists(#stream)",
                names={"#stream": stream},
                values={":pause": pause_attribute(StreamPause(stream=stream, since=now))},
            )
        )

    async def remove_learned(self, stream: str) -> None:
        """Removes a pause that a worker has put. An operator's has `by`, and stays."""
        await self._update(
            RowUpdate(
                pk=PAUSES_KEY,
                expression="REMOVE #stream",
                condition="attribute_not_exists(#stream.#by)",
                names={"#stream": stream, "#by": "by"},
            )
        )

    async def lease_tenant(self, tenant: str, now: float, seconds: float) -> bool:
        """Whether this worker may ask SES about a tenant, because no other asked in the last `seconds`.

        Each tenant has a row of its own, which expires: the row of the pauses holds only what is paused.
        """
        return await self._update(
            RowUpdate(
                pk=tenant_key(tenant),
                expression="SET asked_at = :now, expires_at = :expires",
                condition="attribute_not_exists(asked_at) OR asked_at < :before",
                values=number_values(now=now, before=now - seconds, expires=int(now) + _TENANT_KEPT_SECONDS),
                is_made=lambda row: number_in(row, "asked_at") == now,
            )
        )

    async def put_tenant(self, pause: TenantPause) -> None:
        """Pauses a tenant for all workers."""
        await self._update(
            RowUpdate(
                pk=PAUSES_KEY,
                expression="SET #tenant = :pause",
                names={"#tenant": tenant_name(pause.tenant)},
                values={":pause": tenant_pause_attribute(pause)},
            )
        )

    async def remove_tenant(self, tenant: str) -> None:
        """Ends a tenant's pause for all workers."""
        await self._update(
            RowUpdate(pk=PAUSES_KEY, expression="REMOVE #tenant", names={"#tenant": tenant_name(tenant)})
        )

    async def _update(self, update: RowUpdate) -> bool:
        return await self._threads(lambda: self._table().update(update).made)


class OperatorPauses:
    """The pauses that an operator makes and ends, through boto3. The errors of boto3 pass through."""

    def __init__(self, client: DynamoDBClient, *, name: str) -> None:
        """`name` is SendTable's."""
        self._client = client
        self._name = name

    def put(self, pause: StreamPause) -> None:
        """Pauses a stream for all workers. The operator's pause replaces one that a worker has put."""
        self._update(
            RowUpdate(
                pk=PAUSES_KEY,
                expression="SET #stream = :pause",
                names={"#stream": pause.stream},
                values={":pause": pause_attribute(pause)},
            )
        )

    def note_resumed(self, stream: str, at: float) -> None:
        """Notes that an operator resumes a stream: from now on, the guard leaves its pause and its past alone."""
        self._update(
            RowUpdate(
                pk=PAUSES_KEY,
                expression="SET #resumed_at = :now",
                names={"#resumed_at": resumed_name(stream)},
                values=number_values(now=at),
            )
        )

    def remove(self, stream: str) -> None:
        """Ends a stream's pause for all workers."""
        self._update(RowUpdate(pk=PAUSES_KEY, expression="REMOVE #stream", names={"#stream": stream}))

    def _update(self, update: RowUpdate) -> None:
        self._client.update_item(**update.request(self._name))
