"""The ledger's rows on moto: each change follows from the state that a worker has seen."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import boto3
import pytest

from ses_stack.aws.threads import Threads
from ses_stack.errors import TableError
from ses_stack.sending.adapters.ledger import LedgerRows
from ses_stack.sending.adapters.reader import SendTableReader
from ses_stack.sending.adapters.table import SendTable
from ses_stack.sending.outcomes import ledger
from ses_stack.sending.outcomes.ledger import LedgerChange, LedgerEntry, RequestStatus
from tests.support.moto_calls import MotoCalls, error

NOW = 1_790_000_000.0


@pytest.fixture
def rows(own_table: Callable[[], SendTable], threads: Threads) -> LedgerRows:
    return LedgerRows(own_table, retention_days=90, threads=threads)


def entry(request_id: str = "r1", **fields: object) -> LedgerEntry:
    plain = LedgerEntry(
        request_id=request_id,
        status=RequestStatus.DEFERRED,
        stream="marketing",
        lane="bulk",
        recipients=2,
        queued_at=NOW - 5,
        changed_at=NOW,
    )
    return replace(plain, **fields)  # type: ignore[arg-type]


def test_a_row_says_everything_and_is_read_back(rows: LedgerRows) -> None:
    full = entry(
        status=RequestStatus.SENT,
        claim=2,
        claimed_at=NOW + 1.25,
        sent_at=NOW + 2.5,
        message_id="ses-1",
        reason="why",
        until=NOW + 60,
        deferral="paused",
        deferrals=3,
        suppressed={"ann@example.com": "bounce (*)"},
        evidence_at=NOW + 3,
    )
    assert asyncio.run(rows.write([LedgerChange(full, None)])) == [True]
    assert asyncio.run(rows.read(["r1", "r2"])) == {"r1": full}
    assert SendTableReader(boto3.client("dynamodb"), name="SendTable").of_request("r1") == full
    item = boto3.client("dynamodb").get_item(TableName="SendTable", Key={"pk": {"S": "REQ#r1"}})["Item"]
    assert item["expires_at"] == {"N": str(1_790_000_000 + 90 * 86_400)}


def test_a_request_is_claimed_once_and_settled_by_its_own_claim(rows: LedgerRows) -> None:
    def write(change: LedgerChange) -> bool:
        return asyncio.run(rows.write([change]))[0]

    claimed = ledger.claimed(entry(), NOW)
    assert write(LedgerChange(claimed, None))
    assert not write(LedgerChange(claimed, None))
    second = ledger.claimed(claimed, NOW + 200)
    assert write(LedgerChange(second, claimed))
    assert not write(LedgerChange(ledger.sent(claimed, NOW, "late"), claimed))
    assert write(LedgerChange(ledger.sent(second, NOW, "ses-2"), second))
    assert asyncio.run(rows.read(["r1"]))["r1"].message_id == "ses-2"


def test_what_was_sent_after_all_does_not_say_why_it_failed(rows: LedgerRows) -> None:
    failed = ledger.ended(entry(), RequestStatus.FAILED, NOW, "NotFoundException")
    claimed = ledger.claimed(failed, NOW + 1)
    changes = [
        LedgerChange(failed, None),
        LedgerChange(claimed, failed),
        LedgerChange(ledger.sent(claimed, NOW + 2, "ses-1"), claimed),
    ]
    for change in changes:
        assert asyncio.run(rows.write([change])) == [True]
    row = asyncio.run(rows.read(["r1"]))["r1"]
    assert (row.status, row.reason, row.message_id) == (RequestStatus.SENT, None, "ses-1")


def test_who_is_not_left_out_any_more_is_not_in_the_row(rows: LedgerRows) -> None:
    before = entry(suppressed={"ann@example.com": "bounce (*)"})
    after = replace(ledger.claimed(before, NOW), suppressed={})
    for change in (LedgerChange(before, None), LedgerChange(after, before)):
        assert asyncio.run(rows.write([change])) == [True]
    assert asyncio.run(rows.read(["r1"]))["r1"].suppressed == {}


def test_many_changes_go_in_few_calls_each_with_its_own_answer(rows: LedgerRows, calls: MotoCalls) -> None:
    asyncio.run(rows.write([LedgerChange(entry("r7"), None)]))
    calls.made.clear()
    made = asyncio.run(rows.write([LedgerChange(entry(f"r{number}"), None) for number in range(30)]))
    assert [number for number, each in enumerate(made) if not each] == [7]
    assert calls.made == ["BatchExecuteStatement"] * 2


@pytest.mark.parametrize("fault", [None, error("ThrottlingException"), error("InternalServerError", 500)])
def test_what_fails_in_passing_is_tried_again(rows: LedgerRows, calls: MotoCalls, fault: object) -> None:
    calls.faults = [("BatchExecuteStatement", fault), ("BatchGetItem", fault)]  # type: ignore[list-item]
    assert asyncio.run(rows.write([LedgerChange(entry(), None)])) == [True]
    assert asyncio.run(rows.read(["r1"])) == {"r1": entry()}


def test_a_row_that_was_written_without_an_answer_counts_as_written(rows: LedgerRows, calls: MotoCalls) -> None:
    asyncio.run(rows.write([LedgerChange(entry(), None)]))
    calls.faults = [("BatchExecuteStatement", None)]  # written above, as if by the call that got no answer
    assert asyncio.run(rows.write([LedgerChange(entry(), None)])) == [True]


def test_a_row_of_another_worker_is_not_the_one_that_was_written_without_an_answer(
    rows: LedgerRows, calls: MotoCalls
) -> None:
    asyncio.run(rows.write([LedgerChange(entry(recipients=3), None)]))
    calls.faults = [("BatchExecuteStatement", None)]
    assert asyncio.run(rows.write([LedgerChange(entry(), None)])) == [False]


def test_an_update_without_an_answer_counts_as_written_too(rows: LedgerRows, calls: MotoCalls) -> None:
    claimed = ledger.claimed(entry(), NOW)
    sent = ledger.sent(claimed, NOW + 1, "ses-1")
    asyncio.run(rows.write([LedgerChange(claimed, None)]))
    asyncio.run(rows.write([LedgerChange(sent, claimed)]))
    calls.faults = [("BatchExecuteStatement", None)]
    assert asyncio.run(rows.write([LedgerChange(sent, claimed)])) == [True]


def test_a_table_that_refuses_is_an_error(rows: LedgerRows, calls: MotoCalls) -> None:
    calls.faults = [("BatchExecuteStatement", error("AccessDeniedException"))]
    with pytest.raises(TableError, match="AccessDenied"):
        asyncio.run(rows.write([LedgerChange(entry(), None)]))


@pytest.mark.parametrize("first_status", [None, RequestStatus.DEFERRED])
def test_a_claim_repeated_over_a_broken_connection_is_the_workers_own(
    rows: LedgerRows, calls: MotoCalls, first_status: RequestStatus | None
) -> None:
    queued = entry() if first_status else None
    if queued:
        asyncio.run(rows.write([LedgerChange(queued, None)]))
    calls.broken = ["BatchExecuteStatement"]

    assert asyncio.run(rows.write([LedgerChange(ledger.claimed(entry(), NOW + 1), queued)])) == [True]
    assert calls.broken == []


def test_a_claim_of_another_worker_stays_theirs_over_a_broken_connection(rows: LedgerRows, calls: MotoCalls) -> None:
    asyncio.run(rows.write([LedgerChange(ledger.claimed(entry(), NOW), None)]))
    calls.broken = ["BatchExecuteStatement"]

    assert asyncio.run(rows.write([LedgerChange(ledger.claimed(entry(), NOW + 1), None)])) == [False]


def test_a_deferral_without_an_end_removes_the_end_of_the_one_before(rows: LedgerRows) -> None:
    timed = entry(until=NOW + 60, deferral="the day's quota")
    held = ledger.deferred(timed, NOW + 61, until=None, reason="an operator has paused the stream")
    assert asyncio.run(rows.write([LedgerChange(timed, None)])) == [True]
    assert asyncio.run(rows.write([LedgerChange(held, timed)])) == [True]
    assert asyncio.run(rows.read(["r1"]))["r1"] == held


def indexed() -> list[str]:
    found = boto3.client("dynamodb").scan(TableName="SendTable", IndexName="by_recipient")["Items"]
    assert all(set(item) == {"pk", "unsent_recipient", "queued_at"} for item in found)
    return [item["pk"]["S"] for item in found]


def test_a_request_that_is_sent_at_once_never_reaches_the_index(rows: LedgerRows) -> None:
    queued = entry(recipient="ann@example.org")
    claimed = ledger.claimed(queued, NOW)
    sent = ledger.sent(claimed, NOW, "ses-1")
    for change in (LedgerChange(claimed, None), LedgerChange(sent, claimed)):
        assert asyncio.run(rows.write([change])) == [True]
        assert indexed() == []


def test_a_deferred_request_is_in_the_index_until_it_is_sent(rows: LedgerRows) -> None:
    queued = entry(recipient="ann@example.org")
    deferred = ledger.deferred(queued, NOW, until=NOW + 9, reason="SES throttles")
    claimed = ledger.claimed(deferred, NOW + 9)
    for change in (LedgerChange(deferred, None), LedgerChange(claimed, deferred)):
        assert asyncio.run(rows.write([change])) == [True]
        assert indexed() == ["REQ#r1"]
    assert asyncio.run(rows.write([LedgerChange(ledger.sent(claimed, NOW + 10, "ses-1"), claimed)])) == [True]
    assert indexed() == []


@pytest.mark.parametrize("status", [RequestStatus.FAILED, RequestStatus.UNKNOWN, RequestStatus.EXPIRED])
def test_a_request_that_is_over_without_having_been_sent_stays_in_the_index(
    rows: LedgerRows, status: RequestStatus
) -> None:
    claimed = ledger.claimed(entry(recipient="ann@example.org"), NOW)
    over = ledger.ended(claimed, status, NOW, "why")
    for change in (LedgerChange(claimed, None), LedgerChange(over, claimed)):
        assert asyncio.run(rows.write([change])) == [True]
    assert indexed() == ["REQ#r1"]
    again = ledger.claimed(over, NOW + 60)  # an operator redrives it
    assert asyncio.run(rows.write([LedgerChange(again, over)])) == [True]
    assert asyncio.run(rows.write([LedgerChange(ledger.sent(again, NOW + 61, "ses-1"), again)])) == [True]
    assert indexed() == []
