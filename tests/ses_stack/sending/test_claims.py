"""Claims of requests in the ledger, with other workers and failing tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from ses_stack.errors import PartialWriteError, TableError
from ses_stack.mail.lanes import Lane
from ses_stack.sending.answers import SesAnswer, Verdict
from ses_stack.sending.outcomes.ledger import LedgerChange, LedgerEntry, RequestStatus
from tests.support.sender_fakes import START, World, ledger_entry, record, redelivered, sent_ids


def test_mail_that_was_sent_before_is_dropped() -> None:
    world = World()
    world.run(record())
    assert world.run(record()).outcomes == Counter({"already done": 1})  # the claim meets the row
    assert world.run(redelivered(record())).outcomes == Counter({"already done": 1})  # the row is read first
    assert sent_ids(world) == ["r1"]


def test_two_workers_never_both_send_a_request() -> None:
    world = World()
    world.rows["r1"] = ledger_entry(RequestStatus.DEFERRED)
    read = world.read

    async def read_too_late(request_ids: Sequence[str]) -> dict[str, LedgerEntry]:
        rows = dict(await read(request_ids))
        world.rows["r1"] = ledger_entry(RequestStatus.SENDING, claim=2, claimed_at=START)  # another worker was quicker
        return rows

    world.read = read_too_late  # type: ignore[method-assign]
    world.run(redelivered(record()))
    assert sent_ids(world) == []
    assert len(world.copies) == 1


def test_a_ledger_that_fails_at_the_claim_sends_nothing() -> None:
    world = World()

    async def fails(changes: Sequence[LedgerChange]) -> Sequence[bool]:
        raise TableError("no answer")

    world.write = fails  # type: ignore[method-assign]
    world.run(record())
    assert (sent_ids(world), len(world.copies)) == ([], 1)


def test_a_claim_that_is_lost_twice_is_requeued() -> None:
    world = World()
    world.rows["r1"] = ledger_entry(RequestStatus.DEFERRED)

    async def never(changes: Sequence[LedgerChange]) -> Sequence[bool]:
        await world.sleep(0.001)
        return [False for _ in changes]

    world.write = never  # type: ignore[method-assign]
    world.run(record())
    assert (sent_ids(world), [copy.delay_seconds for copy in world.copies]) == ([], [120])


def test_a_claimed_job_is_deferred_in_the_ledger_when_a_table_fails() -> None:
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


def test_claims_that_the_table_took_before_it_failed_are_sent() -> None:
    """Given up, they would come back as claims of a worker that stopped, and a newsletter would never be sent."""
    world = World(lane=Lane.BULK)
    write = world.write

    async def fails_halfway(changes: Sequence[LedgerChange]) -> Sequence[bool]:
        world.write = write  # type: ignore[method-assign]
        first, *rest = changes
        await write([first])
        raise PartialWriteError("the send table does not take rows in time", [True, *(None for _ in rest)])

    world.write = fails_halfway  # type: ignore[method-assign]
    outcome = world.run(record("r1", stream="marketing"), record("r2", stream="marketing"))
    assert (sent_ids(world), [copy.record.id for copy in world.copies]) == (["r1"], ["m-r2"])
    assert outcome.outcomes == Counter({"sent": 1, "table unavailable": 1})
    world.run(replace(world.copies[0].record, deferrals=1))
    assert sent_ids(world) == ["r1", "r2"]
