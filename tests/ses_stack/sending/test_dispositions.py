"""Deferrals, dead letters and records that stay in the queue, as one batch writes them."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace

import pytest

from ses_stack.errors import TableError
from ses_stack.sending.answers import SesAnswer, Verdict
from ses_stack.sending.jobs import LaneRecord
from ses_stack.sending.limits.stream_pauses import StreamPause
from ses_stack.sending.outcomes.ledger import RequestStatus
from ses_stack.sending.ports import SendingRules
from ses_stack.sending.sent_batch import SentBatch
from tests.support.failing_world import FailingWorld, Failure
from tests.support.sender_fakes import START, World, ledger_entry, record, sent_ids


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


def batch() -> list[LaneRecord]:
    """Records for which everything happens that can happen to one."""
    soon, past = "2026-09-21T14:23:20Z", "2026-09-21T14:00:00Z"
    records = [
        record("sent", to=["ann@gmail.com", "ben@yahoo.com"]),
        record("rejected"),
        record("unanswered"),
        record("quota"),
        record("throttled", to=["ben@gmail.com"]),
        record("fault"),
        record("suppressed", to=["gone@example.com"]),
        record("suppressed-topic", stream="marketing", topic="news", to=["gone@example.com"]),
        record("suppressed-in-part", to=["ann@example.com", "gone@example.com"]),
        record("expired", expires_at=past),
        record("early", not_before=soon),
        record("paused", stream="marketing"),
        record("tired", stream="default"),
        record("done"),
        record("elsewhere"),
        record("in-doubt"),
        record("given-up", stream="default"),
        record("late-meeting"),
        record("late-doubt"),
        record("late-claim"),
    ]
    repeated = {"done", "elsewhere", "in-doubt", "given-up"}
    records = [replace(each, received=2) if each.id.removeprefix("m-") in repeated else each for each in records]
    records = [replace(each, fault_seconds=72 * 3600 - 5) if each.id == "m-tired" else each for each in records]
    return [*records, replace(record("sent"), id="m-twice"), LaneRecord(id="m-broken", body="{", queued_at=START)]


def failing_world(fails_at: int, failure: Failure) -> FailingWorld:
    answers = {
        "rejected": [SesAnswer(Verdict.REJECTED, "no")] * 9,
        "unanswered": [SesAnswer(Verdict.UNCERTAIN, "timeout")],
        "quota": [SesAnswer(Verdict.QUOTA, "used up")],
        "throttled": [SesAnswer(Verdict.THROTTLED, "too fast")],
        "fault": [SesAnswer(Verdict.FAULT, "HTTP 500")],
        "tired": [SesAnswer(Verdict.FAULT, "HTTP 500")] * 9,
    }
    world = FailingWorld(
        answers=answers,
        suppressed={"gone@example.com": "complaint (*)"},
        pauses={"marketing": StreamPause(stream="marketing", since=START, by="ann")},
        rules=SendingRules(evidence_seconds=120),
        fails_at=fails_at,
        failure=failure,
    )
    rows = {
        "done": ledger_entry(RequestStatus.SENT),
        "elsewhere": ledger_entry(RequestStatus.SENDING, claimed_at=START - 1),
        "in-doubt": ledger_entry(RequestStatus.SENDING, claimed_at=START - 500),
        "given-up": replace(ledger_entry(RequestStatus.SENDING, claim=3, claimed_at=START - 500), in_doubt=2),
        "late-meeting": ledger_entry(RequestStatus.SENT),  # their rows are met by the claim
        "late-doubt": replace(ledger_entry(RequestStatus.SENDING, claim=3, claimed_at=START - 500), in_doubt=2),
        "late-claim": ledger_entry(RequestStatus.DEFERRED),
    }
    world.rows |= {request_id: replace(row, request_id=request_id) for request_id, row in rows.items()}
    return world


def run_on(world: FailingWorld, waiting: list[LaneRecord]) -> None:
    """Runs batches until nothing waits any more; the pause ends, and SES's events arrive in between."""
    world.fails_at = 0
    for _ in range(12):
        world.prove()
        waiting += [replace(copy.record, deferrals=copy.record.deferrals + 1) for copy in world.copies]
        world.copies.clear()
        if not waiting:
            return
        world.start += 1_000
        world.pauses.clear()
        outcome = world.run(*waiting)
        waiting = [replace(each, received=2) for each in waiting if each.id in outcome.left_in_queue]
    raise AssertionError(f"still waiting: {waiting}")


def places(world: FailingWorld, outcome: SentBatch) -> Counter[str]:
    """In how many places each record of a batch is afterwards."""
    queued = [each.record.id for each in (*world.copies, *world.dead_letters)]
    return Counter([*queued, *outcome.left_in_queue])


def dispositions(outcome: SentBatch) -> int:
    """How many dispositions a batch has noted."""
    return outcome.outcomes.total() - outcome.outcomes["left in the queue"] - outcome.outcomes["table write failed"]


@pytest.mark.parametrize("failure", Failure)
def test_each_call_of_a_batch_may_fail_and_every_request_is_sent_once_or_ends_once(failure: Failure) -> None:
    failed = set()
    for fails_at in range(1, 200):
        world = failing_world(fails_at, failure)
        records = batch()
        outcome = world.run(*records)
        if not world.failed_call:
            break
        failed.add(world.failed_call)
        case = (fails_at, failure, world.failed_call)
        # SQS has queued a message, and its answer is lost: the record cannot know, and stays in the lane too.
        lost = failure is Failure.AFTER and world.failed_call in {"requeue", "dead letter"}
        assert all(count == 1 or (lost and count == 2) for count in places(world, outcome).values()), case
        assert dispositions(outcome) == len(records), case
        run_on(world, [replace(each, received=2) for each in records if each.id in outcome.left_in_queue])
        check_ends(world, case, most_letters=2 if lost else 1)
    assert failed >= {
        "read",
        "write",
        "check",
        "take",
        "limits",
        "admit",
        "give back",
        "send",
        "requeue",
        "dead letter",
    }


def check_ends(world: FailingWorld, case: object, *, most_letters: int) -> None:
    sent = Counter(sent_ids(world))
    letters = Counter(json.loads(each.record.body)["request_id"] for each in world.dead_letters if each.record.body[1:])
    for each in batch():
        if each.id in {"m-twice", "m-broken"}:
            continue
        request_id = each.id.removeprefix("m-")
        status = world.rows[request_id].status if request_id in world.rows else None
        dead = status in {RequestStatus.FAILED, RequestStatus.UNKNOWN}
        # A dead letter is queued before the ledger names it.
        assert status not in {None, RequestStatus.SENDING, RequestStatus.DEFERRED} or letters[request_id], (case, each)
        assert letters[request_id] <= most_letters, (case, request_id, letters)
        assert sent[request_id] <= 1, (case, request_id, sent)
        assert bool(letters[request_id]) or not dead, (case, request_id, status)
        assert (status is RequestStatus.SENT) == bool(sent[request_id]) or request_id in {"done", "late-meeting"}, case
    assert all(count >= 0 for count in world.warm.values()), case
