"""What workers learn from SES about paused streams, and share: one asks, all know."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from ses_stack.sending.limits.pacing import Clock
from ses_stack.sending.limits.stream_pauses import StreamPause

# SES's control plane answers about one call a second, to all callers together.
LEASE_SECONDS = 10.0


class PauseRows(Protocol):
    """The row of the pauses, which all workers read and write. Each method raises `TableError`."""

    async def lease_stream(self, stream: str, now: float, seconds: float) -> bool:
        """Whether this worker may ask SES about a stream. The lease keeps other workers from it for so many seconds."""

    async def put_learned(self, stream: str, now: float) -> None:
        """Pauses a stream for all workers, unless it is paused already."""

    async def remove_learned(self, stream: str) -> None:
        """Removes a pause that a worker has put. An operator's stays."""


class StreamSwitches(Protocol):
    """SES's switches for sending, one for each configuration set."""

    async def is_sending(self, stream: str) -> bool | None:
        """Whether SES accepts mail through the stream's configuration set; None if SES does not answer."""


class SharedPauses:
    """One worker's part in keeping the shared pauses equal with SES."""

    def __init__(self, *, rows: PauseRows, ses: StreamSwitches, clock: Clock) -> None:
        self._rows = rows
        self._ses = ses
        self._clock = clock

    async def check(self, stream: str) -> bool | None:
        """Asks SES whether it accepts a stream's mail, and shares the answer. Raises `TableError`.

        None if SES does not answer, or if another worker has just asked.
        """
        if not await self._rows.lease_stream(stream, self._clock.now(), LEASE_SECONDS):
            return None
        sending = await self._ses.is_sending(stream)
        if sending:
            await self._rows.remove_learned(stream)
        elif sending is False:
            await self._rows.put_learned(stream, self._clock.now())
        return sending

    async def confirm(self, pauses: Iterable[StreamPause]) -> None:
        """Asks SES about pauses that no worker has confirmed for a minute. Raises `TableError`."""
        for pause in pauses:
            if pause.must_be_confirmed(self._clock.now()):
                await self.check(pause.stream)
