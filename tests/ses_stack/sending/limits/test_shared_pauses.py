"""What one worker learns from SES about a stream, and shares."""

from __future__ import annotations

import asyncio

import pytest

from ses_stack.sending.limits.shared_pauses import SharedPauses
from ses_stack.sending.limits.stream_pauses import StreamPause

NOW = 1_790_000_000.0


class World:
    """The rows, SES and the clock of one worker."""

    def __init__(self) -> None:
        self.leased = True
        self.sending: bool | None = True
        self.asked: list[str] = []
        self.put: list[str] = []
        self.removed: list[str] = []
        self.pauses = SharedPauses(rows=self, ses=self, clock=self)

    def now(self) -> float:
        return NOW

    async def sleep(self, seconds: float) -> None:
        raise AssertionError("nothing waits")

    async def lease_stream(self, stream: str, now: float, seconds: float) -> bool:
        return self.leased

    async def put_learned(self, stream: str, now: float) -> None:
        self.put.append(stream)

    async def remove_learned(self, stream: str) -> None:
        self.removed.append(stream)

    async def is_sending(self, stream: str) -> bool | None:
        self.asked.append(stream)
        return self.sending


@pytest.mark.parametrize(
    ("sending", "put", "removed"),
    [(False, ["marketing"], []), (True, [], ["marketing"]), (None, [], [])],
)
def test_the_answer_is_shared(sending: bool | None, put: list[str], removed: list[str]) -> None:
    world = World()
    world.sending = sending
    assert asyncio.run(world.pauses.check("marketing")) is sending
    assert (world.put, world.removed) == (put, removed)


def test_a_worker_without_the_lease_asks_nothing() -> None:
    world = World()
    world.leased = False
    assert asyncio.run(world.pauses.check("marketing")) is None
    assert (world.asked, world.put, world.removed) == ([], [], [])


def test_only_learned_pauses_that_are_a_minute_old_are_confirmed() -> None:
    world = World()
    pauses = [
        StreamPause(stream="transactional", since=NOW - 600, by="ann"),
        StreamPause(stream="marketing", since=NOW - 60),
        StreamPause(stream="default", since=NOW - 59),
    ]
    asyncio.run(world.pauses.confirm(pauses))
    assert world.asked == ["marketing"]
