"""Requests in any world: workers die, calls fail, SES answers anything, messages come twice. All come to an end."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from random import Random

import pytest

from ses_stack.sending.answers import SesAnswer, Verdict
from ses_stack.sending.jobs import LaneRecord
from ses_stack.sending.outcomes.ledger import RequestStatus
from tests.support.failing_world import FailingWorld, Failure
from tests.support.sender_fakes import Killed, record, sent_ids

NOT_SENT = [SesAnswer(verdict, verdict.value) for verdict in Verdict if verdict is not Verdict.ACCEPTED]
MOST_ROUNDS = 300
FAULTS_UNTIL_ROUND = 6
UNFINISHED = {RequestStatus.SENDING, RequestStatus.DEFERRED}


class Lane:
    """A world, and the messages in its lane."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance
        self.ids = [f"r{number}" for number in range(chance.randint(1, 5))]
        stream = chance.choice(["transactional", "marketing"])
        self.messages: list[LaneRecord] = [record(each, stream=stream) for each in self.ids]
        if chance.random() < 0.4:
            self.messages.append(replace(chance.choice(self.messages), id="m-twice"))
        self.world = FailingWorld(bulk=chance.random() < 0.3)
        self.world.answers = {each: chance.choices(NOT_SENT, k=chance.randint(0, 3)) for each in self.ids}
        if chance.random() < 0.2:
            self.world.suppressed = {"ann@example.com": "bounce (*)"}

    def round(self, number: int) -> None:
        """A worker takes a part of the lane. What it has not finished comes again."""
        chance, world = self.chance, self.world
        taken = chance.sample(self.messages, chance.randint(1, len(self.messages)))
        faulty = number < FAULTS_UNTIL_ROUND
        world.dies_at = world.awaits + chance.randint(1, 60) if faulty and chance.random() < 0.4 else None
        world.fails_at = world.call_count + chance.randint(1, 30) if faulty and chance.random() < 0.4 else 0
        world.failure = chance.choice(list(Failure))
        world.copies = []
        try:
            left = world.run(*taken).left_in_queue
        except Killed:
            left = {each.id for each in taken}
        world.start += chance.choice([1, 40, 130, 950])
        if chance.random() < 0.5:
            world.prove()
        self._put_back(taken, left)

    def _put_back(self, taken: Sequence[LaneRecord], left: set[str]) -> None:
        waiting = [each for each in self.messages if each not in taken]
        waiting += [replace(each, received=each.received + 1) for each in taken if each.id in left]
        copies = [
            replace(each.record, deferrals=each.record.deferrals + 1, fault_seconds=each.fault_seconds, received=1)
            for each in self.world.copies
        ]
        self.messages = [replace(each, id=f"m{number}") for number, each in enumerate([*waiting, *copies])]


# Random numbers with a seed, and no strategies: a fault needs several rare turns in one world.
@pytest.mark.parametrize("seeds", [range(first, first + 100) for first in range(0, 600, 100)], ids=str)
def test_every_request_comes_to_an_end_that_the_ledger_or_a_dead_letter_shows(seeds: Iterable[int]) -> None:
    for seed in seeds:
        come_to_an_end(Lane(Random(seed)))


def come_to_an_end(lane: Lane) -> None:
    rounds = 0
    while lane.messages:
        rounds += 1
        assert rounds < MOST_ROUNDS, "a request is tried for ever"
        lane.round(rounds)
    lane.world.prove()

    accepted = set(sent_ids(lane.world))
    dead = {json.loads(letter.record.body)["request_id"] for letter in lane.world.dead_letters}
    for request_id in lane.ids:
        row = lane.world.rows.get(request_id)
        assert row or request_id in dead, "a request is lost"
        status = row.status if row else RequestStatus.FAILED
        assert status not in UNFINISHED or request_id in dead, "a request hangs"
        assert (status is RequestStatus.SENT) == (request_id in accepted), "the ledger knows what SES took"
