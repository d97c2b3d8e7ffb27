"""The warm-up's counts: a row of SendTable for each day of a pool, with the recipients counted at each provider."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from ses_stack.aws.items import is_written_by, new_writer
from ses_stack.aws.threads import Threads
from ses_stack.sending.adapters.rows import number_in
from ses_stack.sending.adapters.table import RowUpdate, SendTable

_KEPT_SECONDS = 7 * 86_400
# How often a worker asks for fewer recipients because others took some of the rest.
_ROUNDS = 4


class WarmUpCounts:
    """Recipients per provider and day. Every method raises `TableError`."""

    def __init__(
        self, table: Callable[[], SendTable], *, threads: Threads, now: Callable[[], float] = time.time
    ) -> None:
        """`table` gives the thread's own table; `now` the epoch's seconds."""
        self._table = table
        self._threads = threads
        self._now = now

    async def admit(self, key: str, provider: str, *, wanted: int, limit: int) -> int:
        """Counts at most `wanted` recipients of a provider in the day's row `key`; how many fit under the limit."""
        return await self._threads(self._admit, key, provider, wanted, limit)

    def _admit(self, key: str, provider: str, wanted: int, limit: int) -> int:
        for _ in range(_ROUNDS):
            if wanted <= 0:
                return 0
            updated = self._table().update(self._count(key, provider, wanted, limit))
            if updated.made:
                return wanted
            # Not all of them fit. Others may take what is left before this worker does.
            wanted = min(wanted - 1, limit - int(number_in(updated.row, provider)))
        return 0

    def _count(self, key: str, provider: str, wanted: int, limit: int) -> RowUpdate:
        writer = new_writer()
        no_count = " OR attribute_not_exists(#provider)" if wanted <= limit else ""
        return RowUpdate(
            pk=key,
            expression="SET expires_at = :expires, writer = :writer ADD #provider :wanted",
            condition=f"#provider <= :room{no_count}",
            names={"#provider": provider},
            values={
                ":wanted": {"N": str(wanted)},
                ":room": {"N": str(limit - wanted)},
                ":expires": {"N": str(int(self._now()) + _KEPT_SECONDS)},
                ":writer": {"S": writer},
            },
            is_made=is_written_by(writer),
        )

    async def give_back(self, key: str, unused: Mapping[str, int]) -> None:
        """Takes back recipients, by provider, that were counted in the day's row `key` and got no mail."""
        counts = {provider: count for provider, count in unused.items() if count > 0}
        if counts:
            await self._threads(self._give_back, key, counts)

    def _give_back(self, key: str, counts: Mapping[str, int]) -> None:
        """Subtracts once, even if the call is repeated: the count may be too high, never too low."""
        writer = new_writer()
        numbered = list(enumerate(counts.items()))
        self._table().update(
            RowUpdate(
                pk=key,
                expression="SET writer = :writer ADD " + ", ".join(f"#p{number} :p{number}" for number, _ in numbered),
                condition="attribute_not_exists(writer) OR writer <> :writer",
                names={f"#p{number}": provider for number, (provider, _) in numbered},
                values={":writer": {"S": writer}}
                | {f":p{number}": {"N": str(-count)} for number, (_, count) in numbered},
            )
        )
