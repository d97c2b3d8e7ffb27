"""The sending loop: each answer of SES, and a worker that is killed at any of its awaits."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import pytest

from ses_stack.errors import TableError
from ses_stack.mail.lanes import Lane
from ses_stack.sending.answers import SesAnswer, Verdict
from ses_stack.sending.jobs import Job
from ses_stack.sending.limits.account_limits import Allowance
from ses_stack.sending.limits.rate import SenderCounts
from ses_stack.sending.limits.stream_pauses import StreamPause
from ses_stack.sending.outcomes.ledger import RequestStatus
from ses_stack.sending.ports import SendingRules
from tests.support.sender_fakes import START, Killed, World, record, redelivered, sent_ids


def test_mail_is_claimed_sent_and_settled() -> None:
    world = World()
    outcome = world.run(record("r1"), record("r2"))
    assert sorted(sent_ids(world)) == ["r1", "r2"]
    assert outcome.response() == {"batchItemFailures": []}
    assert outcome.outcomes == Counter(sent=2)
    row = world.rows["r1"]
    assert (row.status, row.claim, row.stream, row.lane) == (RequestStatus.SENT, 1, "transactional", "priority")
    assert row.message_id is not None
    assert row.sent_at is not None
    assert world.counted == 2


def test_mail_that_expires_while_it_waits_for_a_slot_is_not_sent() -> None:
    world = World(rate=1, start=1_790_000_000.0)
    late = record("r2", expires_at="2026-09-21T14:13:21Z")  # a second after the start
    world.run(record("r1"), record("r3"), late)
    assert world.rows["r2"].status is RequestStatus.EXPIRED
    assert sorted(sent_ids(world)) == ["r1", "r3"]


def test_a_message_that_ses_rejects_becomes_a_dead_letter_with_the_reason() -> None:
    world = World(answers={"r1": [SesAnswer(Verdict.REJECTED, "MessageRejected")]})
    world.run(record())
    assert (world.rows["r1"].status, world.rows["r1"].reason) == (RequestStatus.FAILED, "MessageRejected")
    assert [letter.reason for letter in world.dead_letters] == ["MessageRejected"]
    assert world.copies == []
    world.run(record())  # SQS delivers it once more
    assert len(world.dead_letters) == 1
    world.run(replace(record(), redriven=True))  # an operator puts it back
    assert sent_ids(world) == ["r1"]
    assert world.rows["r1"].status is RequestStatus.SENT


def test_a_throttle_lowers_the_rate_and_is_tried_again_at_once() -> None:
    throttle = SesAnswer(Verdict.THROTTLED, "too fast")
    world = World(answers={"r1": [throttle, throttle]})
    outcome = world.run(record())
    assert (world.throttles, sent_ids(world), outcome.outcomes["sent"]) == (2, ["r1"], 1)
    assert world.rows["r1"].claim == 1
    assert world.dead_letters == []


def test_a_worker_that_pauses_gives_up_its_slots_and_waits() -> None:
    """All six had slots within a third of a second; the five after the first take others after the pause."""
    world = World(rate=20, answers={"r1": [SesAnswer(Verdict.THROTTLED, "too fast")]}, throttle_pause_seconds=2)
    outcome = world.run(*(record(f"r{number}") for number in range(1, 7)))
    moments = sorted(moment - START for moment, _, _ in world.accepted)
    assert (outcome.outcomes["sent"], world.throttles) == (6, 1)
    assert sum(moment > 2 for moment in moments) >= 4
    assert {row.claim for row in world.rows.values()} == {1}
    assert min(after - before for before, after in pairwise(moments)) > 0.04


def test_a_pause_that_the_worker_reads_of_holds_its_mail_too() -> None:
    world = World(rate=20, resumes_at=START + 3)
    world.run(record("r1"), record("r2"))
    assert sorted(sent_ids(world)) == ["r1", "r2"]
    assert all(moment >= START + 3 for moment, _, _ in world.accepted)


def test_the_throttled_messages_of_a_call_are_tried_again_and_the_others_settled() -> None:
    throttle = SesAnswer(Verdict.THROTTLED, "too fast")
    world = World(bulk=True, answers={"r2": [throttle], "r3": [throttle]}, throttle_pause_seconds=1)
    outcome = world.run(*(record(f"r{number}") for number in range(1, 4)))
    assert (outcome.outcomes["sent"], world.throttles) == (3, 1)
    assert Counter(sent_ids(world)) == {"r1": 1, "r2": 1, "r3": 1}


def test_a_throttle_answer_while_the_table_fails_is_tried_again() -> None:
    class Broken(World):
        async def throttled(self) -> bool:
            raise TableError("the table does not answer")

    world = Broken(answers={"r1": [SesAnswer(Verdict.THROTTLED, "too fast")]})
    assert world.run(record()).outcomes["sent"] == 1


def test_a_throttle_that_stays_defers() -> None:
    world = World(answers={"r1": [SesAnswer(Verdict.THROTTLED, "too fast")] * 9})
    world.run(record())
    row = world.rows["r1"]
    assert (row.status, row.deferral) == (RequestStatus.DEFERRED, "too fast")
    assert world.copies[0].delay_seconds >= 1
    world.answers.clear()
    world.run(replace(record(), deferrals=1))
    assert sent_ids(world) == ["r1"]
    assert (world.rows["r1"].claim, world.rows["r1"].deferrals) == (2, 1)


def test_a_used_up_quota_defers_and_all_workers_learn_of_it() -> None:
    world = World(answers={"r1": [SesAnswer(Verdict.QUOTA, "used up")]})
    world.run(record())
    assert (world.rows["r1"].status, world.refusals) == (RequestStatus.DEFERRED, 1)
    assert len(world.copies) == 1


def test_near_the_end_of_the_quota_bulk_waits_and_priority_goes_out() -> None:
    bulk = World(lane=Lane.BULK, sent=46_000)
    bulk.run(record())
    assert (bulk.rows["r1"].status, sent_ids(bulk)) == (RequestStatus.DEFERRED, [])
    priority = World(sent=46_000)
    priority.run(record())
    assert sent_ids(priority) == ["r1"]
    nothing_left = World(sent=50_000)
    nothing_left.run(record())
    assert sent_ids(nothing_left) == []
    unlimited = World(lane=Lane.BULK, sent=50_000, most=-1)
    unlimited.run(record())
    assert sent_ids(unlimited) == ["r1"]


def test_while_sending_is_stopped_everything_waits() -> None:
    world = World(stopped="sending is paused for the account")
    world.run(record())
    assert world.rows["r1"].deferral == "sending is paused for the account"
    assert len(world.copies) == 1


def test_after_one_answer_that_a_stream_is_paused_the_rest_of_it_is_not_tried() -> None:
    world = World(rate=5, answers={f"r{n}": [SesAnswer(Verdict.PAUSED, "paused")] for n in range(6)})
    world.run(*(record(f"r{n}") for n in range(6)), record("other", stream="default"))
    assert sent_ids(world) == ["other"]
    assert sum(len(answers) for answers in world.answers.values()) >= 3  # never asked
    assert {world.rows[f"r{n}"].deferral for n in range(6)} == {"paused"}


def test_a_pause_during_a_batch_stops_its_rest_within_seconds() -> None:
    """The limits are read before each group of slots, and jobs with a slot are looked at again when it is due."""
    world = World(rate=2, lane=Lane.BULK)
    allowance = world.allowance

    async def pauses_later() -> Allowance:
        if world.now() >= world.start + 2:
            world.pauses["marketing"] = StreamPause(stream="marketing", since=world.now(), by="ann")
        return await allowance()

    world.allowance = pauses_later  # type: ignore[method-assign]
    world.run(*(record(f"r{number}", stream="marketing") for number in range(10)), seconds=28)
    assert 1 <= len(sent_ids(world)) <= 7
    assert world.accepted[-1][0] <= world.start + 3.5
    held = [row for row in world.rows.values() if row.status is RequestStatus.DEFERRED]
    assert len(held) == 10 - len(sent_ids(world)) == len(world.copies)
    assert {row.deferral for row in held} == {"an operator has paused the stream"}


def test_ses_answer_that_a_stream_is_paused_is_shared() -> None:
    world = World(answers={"r1": [SesAnswer(Verdict.PAUSED, "paused")]})
    world.run(record("r1", stream="marketing"))
    assert world.said_to_be_paused == ["marketing"]


def test_a_paused_tenant_does_not_hold_other_mail_of_its_stream() -> None:
    world = World(rate=5, answers={f"r{n}": [SesAnswer(Verdict.PAUSED, "paused")] for n in range(4)})
    world.run(*(record(f"r{n}", tenant="acme") for n in range(4)), record("other", tenant="initech"), record("none"))
    assert sorted(sent_ids(world)) == ["none", "other"]
    assert world.calls < 6  # not every message of the tenant is tried


@pytest.mark.parametrize("verdict", [Verdict.PAUSED, Verdict.REJECTED])
def test_a_paused_tenant_is_learned_by_all_workers_whatever_ses_answers(verdict: Verdict) -> None:
    """AWS does not document the answer. Whatever it is, it makes no dead letter, and stops no other mail."""
    answers = {"r1": [SesAnswer(verdict, "an answer")]}
    world = World(disabled_tenants={"acme"}, answers=answers)
    world.run(record("r1", tenant="acme"), record("other", tenant="initech"), record("none"))
    assert (sorted(sent_ids(world)), world.dead_letters) == (["none", "other"], [])
    assert (world.said_to_be_paused, world.tenants.keys()) == ([], {"acme"})

    before = world.calls, world.slot_requests, world.lookups
    world.run(*(record(f"next-{number}", tenant="acme") for number in range(10)))
    assert (world.calls, world.slot_requests, world.lookups) == before
    assert {world.rows[f"next-{number}"].deferral for number in range(10)} == {"SES says that the tenant is paused"}


def test_what_ses_rejects_of_a_tenant_that_sends_is_a_dead_letter() -> None:
    world = World(answers={"r1": [SesAnswer(Verdict.REJECTED, "MessageRejected")]})
    world.run(record("r1", tenant="acme"))
    assert ([letter.reason for letter in world.dead_letters], world.tenants) == (["MessageRejected"], {})
    unknown = World(answers={"r1": [SesAnswer(Verdict.REJECTED, "MessageRejected")]})

    async def fails(tenant: str) -> bool:
        raise TableError("no answer")

    unknown.is_tenant_paused = fails  # type: ignore[method-assign]
    unknown.run(record("r1", tenant="acme"))
    assert len(unknown.dead_letters) == 1


def test_what_ses_accepted_is_counted_by_lane() -> None:
    world = World(lane=Lane.BULK, answers={"r2": [SesAnswer(Verdict.REJECTED, "no")]})
    world.run(record("r1", to=["ann@example.com", "ben@example.com"]), record("r2"))
    ((second, lane),) = world.accepted_counts
    assert (int(START) <= second <= int(START) + 2, lane, world.accepted_counts[second, lane]) == (True, Lane.BULK, 2)


def test_deferrals_and_throttle_answers_are_counted() -> None:
    throttle = SesAnswer(Verdict.THROTTLED, "too fast")
    world = World(answers={"r1": [throttle, throttle]}, pauses={"marketing": StreamPause(stream="marketing", since=0)})
    world.run(record("r1"), record("r2", stream="marketing"))
    assert world.sender_counts == [SenderCounts(recipients=1, deferrals=1, throttles=2, message_id="ses-0")]


def test_a_request_without_any_answer_is_given_up_after_three_calls() -> None:
    """Each time it may have taken the mail; no Send event says so, as when events are not taken in either."""
    world = World(answers={"r1": [SesAnswer(Verdict.UNCERTAIN, "no answer")] * 9})
    waiting = record()
    for _ in range(9):
        world.run(waiting)
        if not world.copies:
            break
        world.start += world.copies[-1].delay_seconds + 1
        waiting = replace(world.copies.pop().record, deferrals=1)
    assert sent_ids(world) == ["r1"] * 3
    assert (world.rows["r1"].status, len(world.dead_letters)) == (RequestStatus.UNKNOWN, 1)
    redriven = replace(world.dead_letters[0].record, redriven=True)
    world.run(redriven)  # an operator redrives it: SES is called once more
    world.start += 200
    world.run(replace(redriven, deferrals=1))
    assert (sent_ids(world), world.rows["r1"].status) == (["r1"] * 4, RequestStatus.UNKNOWN)


def test_without_an_answer_the_send_event_decides() -> None:
    world = World(answers={"r1": [SesAnswer(Verdict.UNCERTAIN, "timeout")]})
    world.run(record())
    assert (world.rows["r1"].status, world.rows["r1"].reason) == (RequestStatus.SENDING, "timeout")
    world.prove()
    world.run(replace(record(), deferrals=1))
    assert (world.rows["r1"].status, sent_ids(world)) == (RequestStatus.SENT, ["r1"])


def test_time_that_is_up_defers_what_has_no_slot() -> None:
    world = World(rate=1)
    outcome = world.run(*(record(f"r{n}") for n in range(10)), seconds=12)
    assert 1 <= len(sent_ids(world)) <= 6
    assert len(world.copies) == 10 - len(sent_ids(world))
    assert outcome.left_in_queue == set()


@pytest.mark.parametrize(("seconds", "sent"), [(23.9, ["r2"]), (24.5, ["r1", "r2"])])
def test_a_message_with_attachments_in_s3_starts_only_if_there_is_time_for_it(seconds: float, sent: list[str]) -> None:
    """Otherwise the worker could be stopped while SES takes the message, which would leave its outcome open."""
    world = World()
    large = record("r1", attachments=[{"filename": "a.pdf", "bucket": "files", "key": "attachments/a"}])

    world.run(large, record("r2"), seconds=seconds)

    assert sorted(sent_ids(world)) == sent
    deferred = world.rows["r1"].status is RequestStatus.DEFERRED
    assert deferred is (sent == ["r2"])
    assert [copy.delay_seconds for copy in world.copies] == [1] * deferred


@pytest.mark.parametrize("broken", ["ledger", "suppressions", "limits", "slots"])
def test_a_table_that_fails_loses_nothing_and_sends_nothing(broken: str) -> None:
    world = World(broken={broken})
    outcome = world.run(record(), redelivered(record("r2")))
    assert sent_ids(world) == []
    assert {copy.record.id for copy in world.copies} | outcome.left_in_queue == {"m-r1", "m-r2"}


def test_one_call_may_carry_several() -> None:
    world = World(bulk=True, lane=Lane.BULK, answers={"r2": [SesAnswer(Verdict.REJECTED, "rejected")]})
    world.run(*(record(f"r{n}", stream="marketing") for n in range(4)))
    assert sorted(sent_ids(world)) == ["r0", "r1", "r3"]
    assert world.rows["r2"].status is RequestStatus.FAILED


def test_a_message_for_which_ses_refuses_a_whole_call_does_not_take_the_others_with_it() -> None:
    world = World(bulk=True, lane=Lane.BULK)

    async def refuses(jobs: Sequence[Job]) -> Sequence[SesAnswer]:
        world.calls += 1
        if any(job.request.request_id == "r2" for job in jobs):
            await world.sleep(0.01)
            return [SesAnswer(Verdict.REJECTED, "BadRequestException: Illegal address")] * len(jobs)
        return await World.send(world, jobs)

    world.send = refuses  # type: ignore[method-assign]
    world.run(*(record(f"r{n}", stream="marketing") for n in range(4)))
    assert sorted(sent_ids(world)) == ["r0", "r1", "r3"]
    assert [json.loads(letter.record.body)["request_id"] for letter in world.dead_letters] == ["r2"]
    assert world.rows["r2"].reason == "BadRequestException: Illegal address"
    assert {row.claim for row in world.rows.values()} == {1}


CASES = {
    "sent": World,
    "rejected": lambda: World(answers={"r1": [SesAnswer(Verdict.REJECTED, "rejected")] * 9}),
    "quota": lambda: World(answers={"r1": [SesAnswer(Verdict.QUOTA, "used up")]}),
    "throttled": lambda: World(answers={"r1": [SesAnswer(Verdict.THROTTLED, "too fast")]}),
    "no answer": lambda: World(answers={"r1": [SesAnswer(Verdict.UNCERTAIN, "timeout")]}),
    "suppressed": lambda: World(suppressed={"ann@example.com": "complaint (*)"}),
}


# In each of the twelve cases: more than 800 in all.
FEWEST_SENDS_OF_KILLED = 70
FINAL = {RequestStatus.SENT, RequestStatus.SUPPRESSED, RequestStatus.FAILED, RequestStatus.UNKNOWN}


@pytest.mark.parametrize("stream", ["transactional", "marketing"])
@pytest.mark.parametrize("case", CASES)
def test_a_worker_that_dies_at_any_await_loses_nothing_and_sends_nothing_twice(case: str, stream: str) -> None:
    ids = [f"r{number}" for number in range(1, 7)]
    for dies_at in range(1, 140):
        world = CASES[case]()
        world.rules, world.dies_at = SendingRules(evidence_seconds=60), dies_at
        first = [record("r1", stream=stream)]
        first += [record(each, to=[f"{each}@example.com"], stream=stream) for each in ids[1:]]
        survived = True
        try:
            outcome = world.run(*first)
            waiting = [each for each in first if each.id in outcome.left_in_queue]
        except Killed:
            survived = False
            waiting = [redelivered(each) for each in first]  # what a dead worker held comes again, all of it
        world.dies_at = None
        for _ in range(6):  # until nothing waits any more; SES's events arrive in between
            world.prove()
            waiting += [replace(copy.record, deferrals=copy.record.deferrals + 1) for copy in world.copies]
            world.copies.clear()
            if not waiting:
                break
            world.start += 200
            world.run(*waiting)
            waiting = []
        world.prove()
        assert not waiting, (case, dies_at)
        sent = Counter(sent_ids(world))
        assert all(count == 1 for count in sent.values()), (case, dies_at, sent)
        dead = {json.loads(letter.record.body)["request_id"] for letter in world.dead_letters}
        for request_id in ids:
            status = world.rows[request_id].status
            assert status in FINAL, (case, dies_at, request_id, status)
            assert (status is RequestStatus.SENT) == (request_id in sent), (case, dies_at)
            assert (request_id in dead) == (status in {RequestStatus.FAILED, RequestStatus.UNKNOWN}), (case, dies_at)
        if survived:
            assert (dies_at - 1) * len(ids) >= FEWEST_SENDS_OF_KILLED
            return
    raise AssertionError("the worker never came to its end")


def test_a_bug_ends_the_batch_and_no_task_goes_on() -> None:
    world = World(rate=2)

    async def breaks(jobs: Sequence[Job]) -> Sequence[SesAnswer]:
        raise RuntimeError("a bug")

    world.send = breaks  # type: ignore[method-assign]
    with pytest.raises(RuntimeError, match="a bug"):
        world.run(*(record(f"r{number}") for number in range(6)))
    assert sent_ids(world) == []
