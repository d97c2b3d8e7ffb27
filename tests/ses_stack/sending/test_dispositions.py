"""Deferrals, dead letters and records that stay in the queue, as one batch writes them."""

from __future__ import annotations

from dataclasses import replace

from ses_stack.errors import TableError
from ses_stack.sending.answers import SesAnswer, Verdict
from ses_stack.sending.outcomes.ledger import RequestStatus
from tests.support.sender_fakes import START, World, record, sent_ids


def test_a_fault_that_lasts_too_long_makes_a_dead_letter() -> None:
    old = replace(record(), fault_seconds=72 * 3600 - 10)
    for world in (World(stopped="paused"), World(answers={"r1": [SesAnswer(Verdict.FAULT, "HTTP 500")]})):
        world.run(old)
        assert world.rows["r1"].status is RequestStatus.FAILED
        assert world.dead_letters[0].reason.startswith("deferred for 72 hours: ")
        assert world.copies == []
    limited = World(answers={"r1": [SesAnswer(Verdict.QUOTA, "used up")]})
    limited.run(old)
    assert (limited.dead_letters, [copy.fault_seconds for copy in limited.copies]) == ([], [old.fault_seconds])


def test_only_the_time_of_faults_counts_towards_the_longest_deferral() -> None:
    """Mail that waited a week for the quota is not dead at the first fault."""
    world = World(answers={"r1": [SesAnswer(Verdict.FAULT, "HTTP 500")]})
    world.run(record(queued_at=START - 7 * 86_400))
    assert [(copy.delay_seconds, copy.fault_seconds) for copy in world.copies] == [(15, 15)]


def test_each_deferral_for_a_fault_is_twice_as_long() -> None:
    world = World()
    delays = []
    for deferrals in range(8):
        world.answers["r1"] = [SesAnswer(Verdict.FAULT, "HTTP 500")]
        world.run(replace(record(), deferrals=deferrals))
        delays.append(world.copies[-1].delay_seconds)
    assert delays == [15, 30, 60, 120, 240, 480, 900, 900]


def test_records_stay_in_the_queue_when_sqs_accepts_no_copy() -> None:
    world = World(
        broken={"queue"}, answers={"r1": [SesAnswer(Verdict.REJECTED, "no")], "r2": [SesAnswer(Verdict.QUOTA, "no")]}
    )
    outcome = world.run(record("r1"), record("r2"), record("r3"))
    assert outcome.response() == {"batchItemFailures": [{"itemIdentifier": "m-r1"}, {"itemIdentifier": "m-r2"}]}
    assert world.rows["r1"].status is RequestStatus.SENDING


def test_a_count_that_cannot_be_written_repeats_no_message() -> None:
    world = World()

    async def fails(recipients: int) -> None:
        raise TableError("no answer")

    world.count = fails  # type: ignore[method-assign]
    outcome = world.run(record())
    assert (sent_ids(world), outcome.left_in_queue, outcome.notices[0].outcome) == (["r1"], set(), "table write failed")


def test_a_table_that_fails_too_long_makes_a_dead_letter() -> None:
    world = World(broken={"suppressions"})
    world.run(replace(record(), fault_seconds=72 * 3600 - 10))
    assert world.dead_letters[0].reason == "deferred for 72 hours: suppressions is broken"
