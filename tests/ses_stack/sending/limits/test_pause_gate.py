"""Mail of a paused stream takes no claim, no slot and no call of SES."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from ses_stack.mail.lanes import Lane
from ses_stack.sending.jobs import LaneRecord
from ses_stack.sending.limits.stream_pauses import StreamPause
from ses_stack.sending.outcomes.ledger import RequestStatus
from tests.support.sender_fakes import START, World, record, sent_ids

BY_ANN = StreamPause(stream="marketing", since=START - 60, by="ann")


def marketing(number: int) -> LaneRecord:
    return record(f"r{number}", stream="marketing")


def test_a_paused_batch_costs_no_slot_no_lookup_and_no_call() -> None:
    world = World(lane=Lane.BULK, pauses={"marketing": BY_ANN})
    outcome = world.run(*map(marketing, range(10)))
    assert (world.calls, world.slot_requests, world.lookups) == (0, 0, 0)
    assert outcome.outcomes == Counter(deferred=10)
    row = world.rows["r1"]
    assert (row.status, row.claim, row.until) == (RequestStatus.DEFERRED, 0, None)
    assert row.deferral == "an operator has paused the stream"
    assert all(45 <= copy.delay_seconds <= 60 for copy in world.copies)


def test_other_streams_go_on() -> None:
    world = World(lane=Lane.BULK, pauses={"marketing": BY_ANN})
    world.run(*map(marketing, range(5)), record("other", stream="default"))
    assert sent_ids(world) == ["other"]


def test_a_further_round_writes_no_row() -> None:
    world = World(lane=Lane.BULK, pauses={"marketing": BY_ANN})
    world.run(marketing(1))
    before = dict(world.rows)
    writes = []

    async def write(changes):  # type: ignore[no-untyped-def]
        writes.append(changes)

    world.write = write  # type: ignore[method-assign]
    for deferrals in range(1, 20):
        world.run(replace(marketing(1), deferrals=deferrals))
    assert (writes, world.rows) == ([], before)
    assert len(world.copies) == 20


def test_much_mail_waits_longer() -> None:
    world = World(lane=Lane.BULK, pauses={"marketing": BY_ANN}, waiting_messages=100_000)
    world.run(*map(marketing, range(10)))
    delays = [copy.delay_seconds for copy in world.copies]
    assert min(delays) >= 675
    assert max(delays) <= 900
    assert len(set(delays)) > 5


def test_held_mail_becomes_a_dead_letter_in_the_end() -> None:
    world = World(lane=Lane.BULK, pauses={"marketing": BY_ANN})
    world.run(replace(marketing(1), fault_seconds=72 * 3600 - 10))
    assert world.dead_letters[0].reason == "deferred for 72 hours: an operator has paused the stream"
    assert (world.copies, world.rows["r1"].status) == ([], RequestStatus.FAILED)


def test_the_time_that_it_was_held_counts() -> None:
    world = World(lane=Lane.BULK, pauses={"marketing": BY_ANN})
    world.run(marketing(1))
    (copy,) = world.copies
    assert copy.fault_seconds == copy.delay_seconds


def test_mail_that_expires_is_not_held() -> None:
    world = World(lane=Lane.BULK, pauses={"marketing": BY_ANN})
    world.run(record("r1", stream="marketing", expires_at="2020-01-01T00:00:00Z"))
    assert (world.rows["r1"].status, world.copies) == (RequestStatus.EXPIRED, [])


def test_a_resumed_stream_goes_out_once() -> None:
    world = World(lane=Lane.BULK, pauses={"marketing": BY_ANN})
    world.run(*map(marketing, range(10)))
    world.pauses.clear()
    held = [replace(copy.record, deferrals=1) for copy in world.copies]
    world.run(*held)
    world.run(*held)  # SQS delivers them twice
    assert sorted(sent_ids(world)) == sorted(f"r{number}" for number in range(10))


def test_a_stopped_account_holds_all_mail_the_same_way() -> None:
    world = World(stopped="sending is paused for the account")
    world.run(record("r1"), record("r2"))
    assert (world.calls, world.slot_requests, world.lookups) == (0, 0, 0)
    assert {row.deferral for row in world.rows.values()} == {"sending is paused for the account"}
