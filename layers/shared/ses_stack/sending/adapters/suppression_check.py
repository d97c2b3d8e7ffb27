"""The suppression list, as the sender asks it."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence

from ses_stack.suppression import manual as suppressions
from ses_stack.suppression.manual import Table

_SECONDS = 4.0


class SuppressionCheck:
    """Asks the list for many addresses at a time."""

    def __init__(self, table: Callable[[], Table], *, threads: Callable[..., Awaitable[dict[str, str]]]) -> None:
        """`table` gives the thread's own; `threads` calls a function in one."""
        self._table = table
        self._threads = threads

    async def check(self, addresses: Sequence[str], *, stream: str, topic: str | None) -> Mapping[str, str]:
        """Those that must not get such mail, in lower case, each with the scope and the reason. Raises `TableError`."""
        return await self._threads(self._check, addresses, stream, topic)

    def _check(self, addresses: Sequence[str], stream: str, topic: str | None) -> dict[str, str]:
        found = suppressions.check(
            self._table(), addresses, stream=stream, topic=topic, now=time.time(), until=time.monotonic() + _SECONDS
        )
        return {
            address.lower(): f"{held.reason.value} ({held.scope})"
            for address, held in found.items()
            if held is not None
        }
