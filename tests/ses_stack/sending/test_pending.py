"""Jobs without a slot, large messages, and slots."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ses_stack.sending.adapters.lane_queue import request_of
from ses_stack.sending.answers import SesAnswer
from ses_stack.sending.jobs import Job
from ses_stack.sending.limits.rate import Rate
from ses_stack.sending.outcomes.ledger import LedgerChange, RequestStatus
from ses_stack.sending.pending import PendingJobs, ReservedSlots
from tests.support.sender_fakes import START, World, ledger_entry, record, sent_ids


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
    assert set(sent_ids(world)[:5]) == {f"small-{number}" for number in range(5)}


def test_large_messages_without_time_are_requeued_unclaimed() -> None:
    file = {"filename": "a.pdf", "bucket": "files", "key": "attachments/a"}
    world = World(rate=0.5)
    world.run(*(record(f"large-{number}", attachments=[file]) for number in range(5)))
    assert 0 < len(sent_ids(world)) < 5
    waiting = [row for row in world.rows.values() if row.status is RequestStatus.DEFERRED]
    assert len(waiting) + len(sent_ids(world)) == 5
    assert {row.claim for row in waiting} == {0}


def test_a_job_whose_slot_has_passed_takes_another() -> None:
    world = World(rate=20)
    world.rows["done"] = replace(ledger_entry(RequestStatus.SENT), request_id="done")
    write = world.write

    async def slowly(changes: Sequence[LedgerChange]) -> Sequence[bool]:
        await world.sleep(0.5)
        return await write(changes)

    world.write = slowly  # type: ignore[method-assign]
    world.run(record("done"), record("r1"))
    assert sent_ids(world) == ["r1"]
    assert (world.rows["r1"].status, world.rows["r1"].claim) == (RequestStatus.SENT, 1)
    assert sum(window.sent for window in world.windows.values()) >= 3


def test_a_message_with_more_recipients_than_the_rate_allows_at_once_is_sent() -> None:
    world = World(rate=14)
    many = record("many", to=[f"r{n}@example.com" for n in range(50)])
    world.run(many, record("one"))
    assert sorted(sent_ids(world)) == ["many", "one"]
    tiny = World(rate=1)
    tiny.run(many)
    assert sent_ids(tiny) == ["many"]


class Moments:
    """A pacer that has a slot every second from START on."""

    tolerance_seconds = 0.01

    def __init__(self, slots: int) -> None:
        self.moments = [START + slot for slot in range(slots)]

    def is_in_time(self, due_at: float) -> bool:
        return True

    async def take(self, count: int, rate: Rate, *, until: float) -> list[float]:
        taken, self.moments = self.moments[:count], self.moments[count:]
        return taken


class Now:
    time = START

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        raise AssertionError("no slot is waited for here")


def job(request_id: str, recipients: int = 1, **fields: Any) -> Job:
    addresses = [f"r{number}@example.com" for number in range(recipients)]
    sent = record(request_id, to=addresses, **fields)
    return Job(
        record=sent,
        request=request_of(sent.body),
        entry=ledger_entry(RequestStatus.DEFERRED),
        recipients=frozenset(addresses),
    )


def test_slots_go_to_jobs_in_order_and_released_ones_are_used_first() -> None:
    slots = ReservedSlots(Moments(4), Now(), until=START + 9, longest_seconds=8)  # type: ignore[arg-type]
    first, second, third = job("a"), job("b", 2), job("c")
    ready = deque([first, second])
    assert asyncio.run(slots.reserve(ready, Rate.of(10)))
    assert slots.assign(ready, Rate.of(10)) == [first, second]
    assert (first.due_at, second.due_at) == (START, START + 2)
    slots.release([first])
    ready.append(third)
    assert slots.assign(ready, Rate.of(10)) == [third]
    assert third.due_at == START
    assert not ready


def test_slots_that_are_given_up_are_used_no_more() -> None:
    clock = Now()
    slots = ReservedSlots(Moments(9), clock, until=START + 9, longest_seconds=8)  # type: ignore[arg-type]
    first, second, third = job("a"), job("b"), job("c")
    ready = deque([first, second])
    assert asyncio.run(slots.reserve([*ready, third], Rate.of(10)))
    slots.assign(ready, Rate.of(10))
    assert slots.are_usable([first])
    clock.time += 0.5
    slots.void()
    assert not slots.are_usable([first])
    assert not slots.are_usable([second])
    slots.release([first])
    clock.time += 0.5
    assert slots.assign(deque([third]), Rate.of(10)) == []
    ready = deque([third, first])
    assert asyncio.run(slots.reserve(ready, Rate.of(10)))
    assert slots.assign(ready, Rate.of(10)) == [third, first]
    assert (third.due_at, slots.are_usable([third, first])) == (START + 3, True)


def test_a_job_waits_for_all_of_its_slots() -> None:
    slots = ReservedSlots(Moments(1), Now(), until=START + 9, longest_seconds=8)  # type: ignore[arg-type]
    ready = deque([job("a", 2)])
    assert asyncio.run(slots.reserve(ready, Rate.of(10)))
    assert slots.assign(ready, Rate.of(10)) == []
    assert not asyncio.run(slots.reserve(ready, Rate.of(10)))
    assert len(ready) == 1


def test_all_pending_jobs_can_be_taken_at_once() -> None:
    file = {"filename": "a.pdf", "bucket": "files", "key": "attachments/a"}
    body = record("large", attachments=[file]).body
    small = job("small")
    large = [replace(job(name), request=request_of(body)) for name in ("one", "two")]
    pending = PendingJobs([*large, small])
    assert list(pending.ready) == [small]
    pending.start_next_large()
    pending.start_next_large()
    assert list(pending.ready) == [small, large[0]]
    pending.finish([large[0]])  # it is ready again: the other one does not start
    pending.start_next_large()
    assert pending.take_all() == [small, large[0], large[1]]
    assert not pending


def test_jobs_are_taken_out_wherever_they_wait() -> None:
    file = {"filename": "a.pdf", "bucket": "files", "key": "attachments/a"}
    jobs = [job(f"large-{number}", attachments=[file]) for number in range(3)] + [job("small")]
    pending = PendingJobs(jobs)
    pending.start_next_large()
    taken = pending.take(lambda each: each.request.request_id in {"large-0", "large-2"})
    assert [each.request.request_id for each in taken] == ["large-0", "large-2"]
    pending.start_next_large()  # the one that was under way is gone
    assert [each.request.request_id for each in pending.ready] == ["small", "large-1"]


@given(
    st.lists(st.integers(1, 30), min_size=1, max_size=8),
    st.integers(1, 20),
    st.lists(st.integers(0, 7), max_size=20),
)
def test_slots_are_given_back_as_they_were_taken(recipients: list[int], rate: int, released: list[int]) -> None:
    """A message with more recipients than the rate allows at once takes fewer slots than it has recipients."""
    slots = ReservedSlots(Moments(300), Now(), until=START + 999, longest_seconds=1)  # type: ignore[arg-type]
    jobs = [job(f"r{number}", count) for number, count in enumerate(recipients)]
    ready = deque(jobs)
    assert asyncio.run(slots.reserve(ready, Rate.of(rate)))
    taken = slots.assign(ready, Rate.of(rate))
    assert (taken, not ready) == (jobs, True)
    before = Counter(moment for each in jobs for moment in each.slots)
    assert set(before.values()) == {1}
    for number in released:  # one after the other, in any order, and one of them twice
        slots.release(jobs[number : number + 1])
    for number in sorted(set(released)):
        ready.extend(jobs[number : number + 1])
    again = list(ready)
    assert slots.assign(ready, Rate.of(rate)) == again
    assert Counter(moment for each in jobs for moment in each.slots) == before
    assert all(list(each.slots) == sorted(each.slots) and each.due_at == each.slots[-1] for each in jobs)
