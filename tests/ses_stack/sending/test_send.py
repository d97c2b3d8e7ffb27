"""The sender: every answer of SES, every kind of delay, and a worker that dies at any of its awaits."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest

from ses_stack.errors import TableError
from ses_stack.mail.lanes import Lane
from ses_stack.sending.answers import SesAnswer, Verdict
from ses_stack.sending.jobs import Job, LaneRecord
from ses_stack.sending.ledger import LedgerChange, LedgerEntry, RequestStatus
from ses_stack.sending.ports import SendingRules
from tests.support.sender_fakes import START, Killed, World, document, record


def ids(world: World) -> list[str]:
    return [request_id for _, request_id, _ in world.accepted]


def entry(
    status: RequestStatus, *, claim: int = 1, claimed_at: float = START - 10, stream: str = "transactional"
) -> LedgerEntry:
    return LedgerEntry(
        request_id="r1",
        status=status,
        stream=stream,
        lane="priority",
        recipients=1,
        queued_at=START - 20,
        changed_at=claimed_at,
        claim=claim,
        claimed_at=claimed_at,
    )


def again(sent: LaneRecord) -> LaneRecord:
    return replace(sent, received=2)


def test_mail_is_claimed_sent_and_settled() -> None:
    world = World()
    outcome = world.run(record("r1"), record("r2"))
    assert sorted(ids(world)) == ["r1", "r2"]
    assert outcome.response() == {"batchItemFailures": []}
    assert outcome.outcomes == Counter(sent=2)
    row = world.rows["r1"]
    assert (row.status, row.claim, row.stream, row.lane) == (RequestStatus.SENT, 1, "transactional", "priority")
    assert row.message_id is not None
    assert row.sent_at is not None
    assert world.counted == 2


def test_mail_that_was_sent_before_is_dropped() -> None:
    world = World()
    world.run(record())
    assert world.run(record()).outcomes == Counter({"already done": 1})  # the claim meets the row
    assert world.run(again(record())).outcomes == Counter({"already done": 1})  # the row is read first
    assert ids(world) == ["r1"]


def test_the_same_request_twice_in_a_batch_waits_for_itself() -> None:
    world = World()
    world.run(record(), replace(record(), id="duplicate"))
    assert ids(world) == ["r1"]
    assert [copy.record.id for copy in world.copies] == ["duplicate"]


@pytest.mark.parametrize("body", ["no json", "[]", json.dumps(document(stream="carrier pigeon"))])
def test_malformed_mail_is_dead_at_once_and_takes_no_other_with_it(body: str) -> None:
    world = World()
    outcome = world.run(LaneRecord(id="bad", body=body, queued_at=START), record())
    assert [letter.record.id for letter in world.dead_letters] == ["bad"]
    assert ids(world) == ["r1"]
    assert outcome.left_in_queue == set()


def test_mail_that_has_expired_is_not_sent() -> None:
    world = World()
    world.run(record(expires_at="2020-01-01T00:00:00Z"))
    assert world.rows["r1"].status is RequestStatus.EXPIRED
    assert ids(world) == []


def test_mail_that_expires_while_it_waits_for_a_slot_is_not_sent() -> None:
    world = World(rate=1, start=1_790_000_000.0)
    late = record("r2", expires_at="2026-09-21T14:13:21Z")  # a second after the start
    world.run(record("r1"), record("r3"), late)
    assert world.rows["r2"].status is RequestStatus.EXPIRED
    assert sorted(ids(world)) == ["r1", "r3"]


def test_mail_for_later_waits() -> None:
    world = World()
    world.run(record(not_before="2026-09-21T15:00:00Z"))
    row = world.rows["r1"]
    assert (row.status, row.deferral, row.deferrals) == (RequestStatus.DEFERRED, "not_before is to come", 1)
    assert [copy.delay_seconds for copy in world.copies] == [900]
    waiting = replace(record(not_before="2026-09-21T15:00:00Z"), deferrals=1)
    world.run(waiting)
    assert world.rows["r1"] == row  # nothing new to say
    assert len(world.copies) == 2


def test_suppressed_recipients_are_left_out() -> None:
    world = World(suppressed={"ann@example.com": "bounce (*)"})
    some = record("some", to=["Ann@example.com", "ben@example.com"])
    world.run(record("all"), some)
    assert world.accepted[0][1:] == ("some", frozenset({"ben@example.com"}))
    assert world.rows["all"].status is RequestStatus.SUPPRESSED
    assert world.rows["all"].suppressed == {"ann@example.com": "bounce (*)"}
    assert world.rows["some"].suppressed == {"ann@example.com": "bounce (*)"}
    assert world.rows["some"].status is RequestStatus.SENT


def test_what_ses_will_never_take_is_dead_with_its_reason() -> None:
    world = World(answers={"r1": [SesAnswer(Verdict.REJECTED, "MessageRejected")]})
    world.run(record())
    assert (world.rows["r1"].status, world.rows["r1"].reason) == (RequestStatus.FAILED, "MessageRejected")
    assert [letter.reason for letter in world.dead_letters] == ["MessageRejected"]
    assert world.copies == []
    world.run(record())  # SQS delivers it once more
    assert len(world.dead_letters) == 1
    world.run(replace(record(), redriven=True))  # an operator puts it back
    assert ids(world) == ["r1"]
    assert world.rows["r1"].status is RequestStatus.SENT


def test_a_throttle_lowers_the_rate_and_is_tried_again_at_once() -> None:
    throttle = SesAnswer(Verdict.THROTTLED, "too fast")
    world = World(answers={"r1": [throttle, throttle]})
    outcome = world.run(record())
    assert (world.throttles, ids(world), outcome.outcomes["sent"]) == (2, ["r1"], 1)
    assert world.rows["r1"].claim == 1
    assert world.dead_letters == []


def test_a_throttle_that_stays_defers() -> None:
    world = World(answers={"r1": [SesAnswer(Verdict.THROTTLED, "too fast")] * 9})
    world.run(record())
    row = world.rows["r1"]
    assert (row.status, row.deferral) == (RequestStatus.DEFERRED, "too fast")
    assert world.copies[0].delay_seconds >= 1
    world.answers.clear()
    world.run(replace(record(), deferrals=1))
    assert ids(world) == ["r1"]
    assert (world.rows["r1"].claim, world.rows["r1"].deferrals) == (2, 1)


def test_the_end_of_the_quota_defers_and_is_told_to_all() -> None:
    world = World(answers={"r1": [SesAnswer(Verdict.QUOTA, "used up")]})
    world.run(record())
    assert (world.rows["r1"].status, world.refusals) == (RequestStatus.DEFERRED, 1)
    assert len(world.copies) == 1


def test_near_the_end_of_the_quota_bulk_waits_and_priority_goes_out() -> None:
    bulk = World(lane=Lane.BULK, sent=46_000)
    bulk.run(record())
    assert (bulk.rows["r1"].status, ids(bulk)) == (RequestStatus.DEFERRED, [])
    priority = World(sent=46_000)
    priority.run(record())
    assert ids(priority) == ["r1"]
    nothing_left = World(sent=50_000)
    nothing_left.run(record())
    assert ids(nothing_left) == []
    unlimited = World(lane=Lane.BULK, sent=50_000, most=-1)
    unlimited.run(record())
    assert ids(unlimited) == ["r1"]


def test_while_sending_is_stopped_everything_waits() -> None:
    world = World(stopped="sending is paused for the account")
    world.run(record())
    assert world.rows["r1"].deferral == "sending is paused for the account"
    assert len(world.copies) == 1


def test_after_one_answer_that_a_stream_is_paused_the_rest_of_it_is_not_tried() -> None:
    world = World(rate=5, answers={f"r{n}": [SesAnswer(Verdict.PAUSED, "paused")] for n in range(6)})
    world.run(*(record(f"r{n}") for n in range(6)), record("other", stream="default"))
    assert ids(world) == ["other"]
    assert sum(len(answers) for answers in world.answers.values()) >= 3  # never asked
    assert {world.rows[f"r{n}"].deferral for n in range(6)} == {"paused"}


def test_ses_that_never_answers_is_not_asked_for_ever() -> None:
    """Each time it may have taken the mail; no Send event says so, as when events are not taken in either."""
    world = World(answers={"r1": [SesAnswer(Verdict.UNCERTAIN, "no answer")] * 9})
    waiting = record()
    for _ in range(9):
        world.run(waiting)
        if not world.copies:
            break
        world.start += world.copies[-1].delay_seconds + 1
        waiting = replace(world.copies.pop().record, deferrals=1)
    assert ids(world) == ["r1"] * 3
    assert (world.rows["r1"].status, len(world.dead_letters)) == (RequestStatus.UNKNOWN, 1)
    redriven = replace(world.dead_letters[0].record, redriven=True)
    world.run(redriven)  # somebody asks once more, and gets one more call
    world.start += 200
    world.run(replace(redriven, deferrals=1))
    assert (ids(world), world.rows["r1"].status) == (["r1"] * 4, RequestStatus.UNKNOWN)


def test_a_claim_is_given_up_where_ses_took_nothing_and_the_store_fails_next() -> None:
    world = World(lane=Lane.BULK, answers={"r1": [SesAnswer(Verdict.THROTTLED, "too fast")]})
    throttled = world.throttled

    async def breaks() -> None:
        await throttled()
        world.broken.add("limits")

    world.throttled = breaks  # type: ignore[method-assign]
    world.run(record(stream="marketing"))
    assert (world.rows["r1"].status, len(world.copies)) == (RequestStatus.DEFERRED, 1)
    world.broken.clear()
    world.run(replace(world.copies[0].record, deferrals=1))
    assert world.rows["r1"].status is RequestStatus.SENT


def test_what_asks_to_wait_for_years_does_not_wait_at_all() -> None:
    world = World()
    world.run(record(not_before="9999-12-31T23:59:59Z"))
    assert world.rows["r1"].reason == "not_before is more than 14 days after it was queued"
    assert (len(world.dead_letters), world.copies) == (1, [])


def test_what_waits_for_people_does_not_wait_for_ever() -> None:
    old = replace(record(), fault_seconds=72 * 3600 - 10)
    for world in (World(stopped="paused"), World(answers={"r1": [SesAnswer(Verdict.FAULT, "HTTP 500")]})):
        world.run(old)
        assert world.rows["r1"].status is RequestStatus.FAILED
        assert world.dead_letters[0].reason.startswith("deferred for 72 hours: ")
        assert world.copies == []
    limited = World(answers={"r1": [SesAnswer(Verdict.QUOTA, "used up")]})
    limited.run(old)
    assert (limited.dead_letters, [copy.fault_seconds for copy in limited.copies]) == ([], [old.fault_seconds])


def test_only_the_time_that_people_take_is_counted() -> None:
    """Mail that waited a week for the quota is not dead at the first fault."""
    world = World(answers={"r1": [SesAnswer(Verdict.FAULT, "HTTP 500")]})
    world.run(record(queued_at=START - 7 * 86_400))
    assert [(copy.delay_seconds, copy.fault_seconds) for copy in world.copies] == [(15, 15)]


def test_faults_of_ses_wait_ever_longer() -> None:
    world = World()
    delays = []
    for deferrals in range(8):
        world.answers["r1"] = [SesAnswer(Verdict.FAULT, "HTTP 500")]
        world.run(replace(record(), deferrals=deferrals))
        delays.append(world.copies[-1].delay_seconds)
    assert delays == [15, 30, 60, 120, 240, 480, 900, 900]


def test_without_an_answer_the_send_event_decides() -> None:
    world = World(answers={"r1": [SesAnswer(Verdict.UNCERTAIN, "timeout")]})
    world.run(record())
    assert (world.rows["r1"].status, world.rows["r1"].reason) == (RequestStatus.SENDING, "timeout")
    world.prove()
    world.run(replace(record(), deferrals=1))
    assert (world.rows["r1"].status, ids(world)) == (RequestStatus.SENT, ["r1"])


def test_a_row_that_is_sending_waits_for_evidence() -> None:
    world = World()
    world.rows["r1"] = entry(RequestStatus.SENDING)
    world.run(again(record()))
    assert [copy.delay_seconds for copy in world.copies] == [110]
    assert (world.rows["r1"], ids(world)) == (entry(RequestStatus.SENDING), [])


def test_when_the_evidence_stays_out_transactional_mail_is_sent_again() -> None:
    world = World()
    world.rows["r1"] = entry(RequestStatus.SENDING, claimed_at=START - 500)
    world.run(again(record()))
    assert (ids(world), world.rows["r1"].claim) == (["r1"], 2)


def test_when_the_evidence_stays_out_marketing_mail_stays_unknown() -> None:
    world = World(lane=Lane.BULK)
    world.rows["r1"] = entry(RequestStatus.SENDING, claimed_at=START - 500, stream="marketing")
    world.run(again(record(stream="marketing")))
    assert (ids(world), world.rows["r1"].status, len(world.dead_letters)) == ([], RequestStatus.UNKNOWN, 1)
    world.run(replace(record(stream="marketing"), redriven=True))
    assert ids(world) == ["r1"]


def test_time_that_is_up_defers_what_has_no_slot() -> None:
    world = World(rate=1)
    outcome = world.run(*(record(f"r{n}") for n in range(10)), seconds=12)
    assert 1 <= len(ids(world)) <= 6
    assert len(world.copies) == 10 - len(ids(world))
    assert outcome.left_in_queue == set()


def test_a_message_with_more_recipients_than_the_rate_allows_at_once_is_sent() -> None:
    world = World(rate=14)
    many = record("many", to=[f"r{n}@example.com" for n in range(50)])
    world.run(many, record("one"))
    assert sorted(ids(world)) == ["many", "one"]
    tiny = World(rate=1)
    tiny.run(many)
    assert ids(tiny) == ["many"]


@pytest.mark.parametrize("broken", ["ledger", "suppressions", "limits", "slots"])
def test_a_store_that_fails_loses_nothing_and_sends_nothing(broken: str) -> None:
    world = World(broken={broken})
    outcome = world.run(record(), again(record("r2")))
    assert ids(world) == []
    assert {copy.record.id for copy in world.copies} | outcome.left_in_queue == {"m-r1", "m-r2"}


def test_a_queue_that_fails_keeps_the_records() -> None:
    world = World(
        broken={"queue"}, answers={"r1": [SesAnswer(Verdict.REJECTED, "no")], "r2": [SesAnswer(Verdict.QUOTA, "no")]}
    )
    outcome = world.run(record("r1"), record("r2"), record("r3"))
    assert outcome.response() == {"batchItemFailures": [{"itemIdentifier": "m-r1"}, {"itemIdentifier": "m-r2"}]}
    assert world.rows["r1"].status is RequestStatus.SENDING


def test_one_call_may_carry_several() -> None:
    world = World(bulk=True, lane=Lane.BULK, answers={"r2": [SesAnswer(Verdict.REJECTED, "rejected")]})
    world.run(*(record(f"r{n}", stream="marketing") for n in range(4)))
    assert sorted(ids(world)) == ["r0", "r1", "r3"]
    assert world.rows["r2"].status is RequestStatus.FAILED


def test_two_workers_never_both_send_a_request() -> None:
    world = World()
    world.rows["r1"] = entry(RequestStatus.DEFERRED)
    read = world.read

    async def read_too_late(request_ids: Sequence[str]) -> dict[str, LedgerEntry]:
        rows = dict(await read(request_ids))
        world.rows["r1"] = entry(RequestStatus.SENDING, claim=2, claimed_at=START)  # another worker was quicker
        return rows

    world.read = read_too_late  # type: ignore[method-assign]
    world.run(again(record()))
    assert ids(world) == []
    assert len(world.copies) == 1


CASES = {
    "sent": World,
    "rejected": lambda: World(answers={"r1": [SesAnswer(Verdict.REJECTED, "rejected")] * 9}),
    "quota": lambda: World(answers={"r1": [SesAnswer(Verdict.QUOTA, "used up")]}),
    "throttled": lambda: World(answers={"r1": [SesAnswer(Verdict.THROTTLED, "too fast")]}),
    "no answer": lambda: World(answers={"r1": [SesAnswer(Verdict.UNCERTAIN, "timeout")]}),
    "suppressed": lambda: World(suppressed={"ann@example.com": "complaint (*)"}),
}
FINAL = {RequestStatus.SENT, RequestStatus.SUPPRESSED, RequestStatus.FAILED, RequestStatus.UNKNOWN}


@pytest.mark.parametrize("stream", ["transactional", "marketing"])
@pytest.mark.parametrize("case", CASES)
def test_a_worker_that_dies_at_any_await_loses_nothing_and_sends_nothing_twice(case: str, stream: str) -> None:
    for dies_at in range(1, 60):
        world = CASES[case]()
        world.rules, world.dies_at = SendingRules(evidence_seconds=60), dies_at
        first = [record("r1", stream=stream), record("r2", to=["ben@example.com"], stream=stream)]
        survived = True
        try:
            outcome = world.run(*first)
            waiting = [each for each in first if each.id in outcome.left_in_queue]
        except Killed:
            survived = False
            waiting = [again(each) for each in first]  # what a dead worker held comes again, all of it
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
        sent = Counter(ids(world))
        assert all(count == 1 for count in sent.values()), (case, dies_at, sent)
        dead = {json.loads(letter.record.body)["request_id"] for letter in world.dead_letters}
        for request_id in ("r1", "r2"):
            status = world.rows[request_id].status
            assert status in FINAL, (case, dies_at, request_id, status)
            assert (status is RequestStatus.SENT) == (request_id in sent), (case, dies_at)
            assert (request_id in dead) == (status in {RequestStatus.FAILED, RequestStatus.UNKNOWN}), (case, dies_at)
        if survived:
            return
    raise AssertionError("the worker never came to its end")


def test_a_ledger_that_fails_at_the_claim_sends_nothing() -> None:
    world = World()

    async def fails(changes: Sequence[LedgerChange]) -> Sequence[bool]:
        raise TableError("no answer")

    world.write = fails  # type: ignore[method-assign]
    world.run(record())
    assert (ids(world), len(world.copies)) == ([], 1)


def test_a_claim_that_is_lost_twice_waits() -> None:
    world = World()
    world.rows["r1"] = entry(RequestStatus.DEFERRED)

    async def never(changes: Sequence[LedgerChange]) -> Sequence[bool]:
        await world.sleep(0.001)
        return [False for _ in changes]

    world.write = never  # type: ignore[method-assign]
    world.run(record())
    assert (ids(world), [copy.delay_seconds for copy in world.copies]) == ([], [120])


def test_mail_whose_slot_has_passed_takes_another() -> None:
    world = World(rate=20)
    world.rows["done"] = replace(entry(RequestStatus.SENT), request_id="done")
    write = world.write

    async def slowly(changes: Sequence[LedgerChange]) -> Sequence[bool]:
        await world.sleep(0.5)
        return await write(changes)

    world.write = slowly  # type: ignore[method-assign]
    world.run(record("done"), record("r1"))
    assert ids(world) == ["r1"]
    assert (world.rows["r1"].status, world.rows["r1"].claim) == (RequestStatus.SENT, 1)
    assert sum(window.sent for window in world.windows.values()) >= 3


def test_a_fault_of_our_own_ends_the_batch_and_nothing_goes_on_behind_it() -> None:
    world = World(rate=2)

    async def breaks(jobs: Sequence[Job]) -> Sequence[SesAnswer]:
        raise RuntimeError("a bug")

    world.send = breaks  # type: ignore[method-assign]
    with pytest.raises(RuntimeError, match="a bug"):
        world.run(*(record(f"r{number}") for number in range(6)))
    assert ids(world) == []


def test_a_count_that_is_not_taken_is_no_reason_to_send_again() -> None:
    world = World()

    async def fails(recipients: int) -> None:
        raise TableError("no answer")

    world.count = fails  # type: ignore[method-assign]
    outcome = world.run(record())
    assert (ids(world), outcome.left_in_queue, outcome.notices[0].outcome) == (["r1"], set(), "table write failed")


def test_old_mail_that_no_store_takes_is_a_dead_letter() -> None:
    world = World(broken={"suppressions"})
    world.run(replace(record(), fault_seconds=72 * 3600 - 10))
    assert world.dead_letters[0].reason == "deferred for 72 hours: suppressions is broken"


def test_large_messages_go_one_at_a_time_and_others_do_not_wait_for_them() -> None:
    class Slow(World):
        heavy = heaviest = 0

        async def send(self, jobs: Sequence[Job]) -> Sequence[SesAnswer]:
            large = any(job.request.has_s3_attachments for job in jobs)
            self.heavy += large
            self.heaviest = max(self.heaviest, self.heavy)
            await asyncio.sleep(1.0 if large else 0.08)
            self.heavy -= large
            return await super().send(jobs)

    world = Slow()
    file = {"filename": "a.pdf", "bucket": "files", "key": "attachments/a"}
    outcome = world.run(
        *(record(f"large-{number}", attachments=[file]) for number in range(5)),
        *(record(f"small-{number}") for number in range(5)),
    )
    assert (outcome.outcomes["sent"], world.heaviest) == (10, 1)
    assert set(ids(world)[:5]) == {f"small-{number}" for number in range(5)}


def test_large_messages_that_time_does_not_suffice_for_are_put_back_unclaimed() -> None:
    file = {"filename": "a.pdf", "bucket": "files", "key": "attachments/a"}
    world = World(rate=0.1)
    world.run(*(record(f"large-{number}", attachments=[file]) for number in range(5)))
    assert 0 < len(ids(world)) < 5
    waiting = [row for row in world.rows.values() if row.status is RequestStatus.DEFERRED]
    assert len(waiting) + len(ids(world)) == 5
    assert {row.claim for row in waiting} == {0}


def test_everyone_is_suppressed_but_others_in_the_batch_are_not() -> None:
    world = World(suppressed={"nobody@example.com": "bounce (*)"})
    world.run(record())
    world.run(record("r2", to=["nobody@example.com"]), record("r3"))
    assert sorted(ids(world)) == ["r1", "r3"]
