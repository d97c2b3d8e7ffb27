"""A lane's queue in the simulation."""

from __future__ import annotations

import asyncio
import heapq
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import replace

from benchmarks._world import World
from ses_stack.sending.jobs import DeadLetter, LaneCopy, LaneRecord

_MAX_RECEIVES = 5
_POLL_SECONDS = 0.02


class PlayedQueue:
    """A queue like SQS: a received message is hidden, then visible again unless deleted; dead after five receives."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._visible: deque[LaneRecord] = deque()
        self._hidden: list[tuple[float, int, LaneRecord]] = []
        self._held: dict[str, LaneRecord] = {}
        self._number = 0
        self._filled = asyncio.Event()
        self.dead: list[tuple[LaneRecord, str]] = []
        self.deferred = 0

    def put(self, record: LaneRecord, delay: float = 0.0) -> None:
        self._number += 1
        record = replace(record, id=f"r{self._number}", received=0)
        self._show(record) if delay <= 0 else self._hide(record, delay)

    def _show(self, record: LaneRecord) -> None:
        if record.received >= _MAX_RECEIVES:
            self.dead.append((record, "received five times"))
            return
        self._visible.append(record)
        self._filled.set()

    def _hide(self, record: LaneRecord, delay: float) -> None:
        loop = asyncio.get_running_loop()
        self._number += 1
        heapq.heappush(self._hidden, (loop.time() + delay, self._number, record))
        loop.call_later(delay, self._surface)

    def _surface(self) -> None:
        now = asyncio.get_running_loop().time() + 1e-6
        while self._hidden and self._hidden[0][0] <= now:
            record = heapq.heappop(self._hidden)[2]
            if record.received == 0 or self._held.pop(record.id, None) is not None:
                self._show(record)

    async def receive(self, most: int) -> list[LaneRecord]:
        while not self._visible:
            self._filled.clear()
            await self._filled.wait()
        await asyncio.sleep(_POLL_SECONDS)
        taken: list[LaneRecord] = []
        while self._visible and len(taken) < most:
            record = self._visible.popleft()
            record = replace(record, received=record.received + 1)
            self._held[record.id] = record
            self._hide(record, self._world.visibility)
            taken.append(record)
        return taken

    def delete(self, record_id: str) -> None:
        self._held.pop(record_id, None)

    async def waiting(self) -> int | None:
        return len(self.left)

    @property
    def depth(self) -> int:
        return len(self._visible)

    @property
    def left(self) -> list[LaneRecord]:
        """All that is still there, whether it shows or not."""
        hidden = [r for _, _, r in self._hidden if r.received == 0 or r.id in self._held]
        return [*self._visible, *hidden]

    async def requeue(self, copies: Sequence[LaneCopy]) -> Mapping[str, str]:
        await asyncio.sleep(self._world.store_seconds)
        for copy in copies:
            self.deferred += 1
            self.put(replace(copy.record, deferrals=copy.record.deferrals + 1), copy.delay_seconds)
        return {}

    async def dead_letter(self, dead_letters: Sequence[DeadLetter]) -> Mapping[str, str]:
        await asyncio.sleep(self._world.store_seconds)
        self.dead += [(letter.record, letter.reason) for letter in dead_letters]
        return {}
