"""Two redrives of one queue at once, each stopped at every call for the other, and killed at any call."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import pytest

from ses_stack.dead_letters.messages import DeadLetterMessage, QueueDepth
from ses_stack.dead_letters.ports import MESSAGES_PER_RECEIVE, VISIBILITY_SECONDS, DeadLetterPorts
from ses_stack.dead_letters.redrive import RedriveOptions
from ses_stack.dead_letters.redrive import redrive as use_case
from ses_stack.dead_letters.selection import STILL_MALFORMED, Selection
from ses_stack.dead_letters.summary import RedriveSummary
from tests.support.dead_letter_fakes import EVENT, Killed, Queue, World, filled, many, read_failure, redrive

GOOD, BAD = 70, 10


class Turns:
    """Lets one thread run at a time, and another one at each call: which, chance decides."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._changed = threading.Condition()
        self._alive: list[int] = []
        self._turn = 0

    def begin(self, count: int) -> None:
        self._alive = list(range(count))

    def next(self, number: int) -> None:
        with self._changed:
            self._turn = self._chance.choice(self._alive)
            self._changed.notify_all()
            assert self._changed.wait_for(lambda: self._turn == number, timeout=60)

    def end(self, number: int) -> None:
        with self._changed:
            self._alive.remove(number)
            if self._alive:
                self._turn = self._chance.choice(self._alive)
            self._changed.notify_all()


class Run(threading.Thread):
    """One process that redrives; `dies_at` counts its calls from 1. A dead process makes no more calls."""

    def __init__(self, number: int, world: World, turns: Turns, copies: Counter[str], dies_at: int | None) -> None:
        super().__init__(daemon=True)
        self._number = number
        self._turns = turns
        self._copies = copies
        self._dies_at = dies_at
        self._calls = 0
        self._world = world
        self.summary: RedriveSummary | None = None
        self.error: BaseException | None = None

    def call(self) -> None:
        self._turns.next(self._number)
        self._calls += 1
        if self._dies_at is not None and self._calls >= self._dies_at:
            raise Killed

    def run(self) -> None:
        ports = DeadLetterPorts(open_queue=self.open, open_destination=self.open, read_failure=read_failure)
        try:
            self._turns.next(self._number)
            self.summary = use_case(EVENT, ports, RedriveOptions(selection=Selection()), self._world)
        except BaseException as error:  # the test reads it
            self.error = error
        finally:
            self._turns.end(self._number)

    def open(self, url: str) -> Any:
        return Door(self, self._world.open(url), self._copies)


class Door:
    """A queue as one run sees it."""

    def __init__(self, run: Run, queue: Queue, copies: Counter[str]) -> None:
        self._run = run
        self._queue = queue
        self._copies = copies

    def depth(self) -> QueueDepth:
        self._run.call()
        return self._queue.depth()

    def receive(self, limit: int, *, visibility: int) -> list[DeadLetterMessage]:
        self._run.call()
        return self._queue.receive(limit, visibility=visibility)

    def give_back(self, letters: Iterable[DeadLetterMessage]) -> None:
        self._run.call()
        self._queue.give_back(letters)

    def send(self, letters: Sequence[DeadLetterMessage]) -> Any:
        self._run.call()
        refused = self._queue.send(letters)
        self._copies.update(letter.id for letter in letters)
        return refused

    def delete(self, letters: Iterable[DeadLetterMessage]) -> Any:
        self._run.call()
        return self._queue.delete(letters)


def played(seed: int, dies_at: int | None) -> tuple[World, list[Run], Counter[str]]:
    """Two runs over one queue, to their ends."""
    world, _, _ = filled(*many(GOOD), *many(BAD, "bad", GOOD))
    turns, copies = Turns(random.Random(seed)), Counter[str]()
    runs = [Run(0, world, turns, copies, dies_at), Run(1, world, turns, copies, None)]
    turns.begin(len(runs))
    for run in runs:
        run.start()
    for run in runs:
        run.join(timeout=60)
    return world, runs, copies


@pytest.mark.parametrize("seed", range(100))
def test_two_at_once_put_each_letter_back_once_and_add_up(seed: int) -> None:
    world, runs, copies = played(seed, dies_at=None)

    assert [run.error for run in runs] == [None, None]
    summaries = [run.summary for run in runs if run.summary]
    assert copies == Counter(f"l{number}" for number in range(GOOD))
    assert sum(summary.redriven for summary in summaries) == GOOD
    for summary in summaries:
        assert summary.examined == summary.redriven + summary.skipped.total()
        assert summary.skipped.keys() <= {STILL_MALFORMED}
    assert world.open(EVENT.url).depth() == QueueDepth(visible=BAD, invisible=0)


@pytest.mark.parametrize("seed", range(100))
def test_one_of_two_that_is_killed_at_any_call_loses_nothing(seed: int) -> None:
    world, (killed, survivor), copies = played(seed, dies_at=1 + seed % 17)
    assert isinstance(killed.error, Killed | None)
    assert survivor.error is None

    world.time += VISIBILITY_SECONDS
    before = set(copies)
    last = redrive(world)

    back = before | {name.removeprefix("copy of ") for name in world.open(str(EVENT.source)).letters}
    assert back == {f"l{number}" for number in range(GOOD)}
    assert world.open(EVENT.url).depth() == QueueDepth(visible=BAD, invisible=0)
    # What the killed run had sent and not deleted is sent once more: at most one batch, and no letter three times.
    again = copies.total() + last.redriven - GOOD
    assert 0 <= again <= MESSAGES_PER_RECEIVE
    assert max(copies.values()) <= 2
