"""The suppression list, as the sender reads it."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence

from ses_stack.mail.addresses import address_key
from ses_stack.suppression.check import CurrentLists, check

_CHECK_SECONDS = 4.0


class SuppressionCheck:
    """Looks up many addresses at a time."""

    def __init__(self, table: Callable[[], CurrentLists], *, threads: Callable[..., Awaitable[dict[str, str]]]) -> None:
        """`table` returns the calling thread's own table; `threads` calls a function in a thread."""
        self._table = table
        self._threads = threads

    async def check(self, addresses: Sequence[str], *, stream: str, topic: str | None) -> Mapping[str, str]:
        """The keys of the suppressed addresses, each with the reason and its scope. Raises `TableError`."""
        return await self._threads(self._check, addresses, stream, topic)

    def _check(self, addresses: Sequence[str], stream: str, topic: str | None) -> dict[str, str]:
        until = time.monotonic() + _CHECK_SECONDS
        found = check(self._table(), addresses, stream=stream, topic=topic, now=time.time(), until=until)
        return {
            address_key(address): f"{suppression.reason.value} ({suppression.scope})"
            for address, suppression in found.items()
            if suppression is not None
        }
