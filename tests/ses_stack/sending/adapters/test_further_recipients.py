"""The rows that list an unsent request under its second and later recipients."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import boto3
import pytest

from ses_stack.aws.threads import Threads
from ses_stack.errors import PartialWriteError, TableError
from ses_stack.sending.adapters.further_recipients import further_rows, listed_request_key
from ses_stack.sending.adapters.ledger import LedgerRows
from ses_stack.sending.adapters.reader import SendTableReader
from ses_stack.sending.adapters.table import SendTable
from ses_stack.sending.outcomes import ledger
from ses_stack.sending.outcomes.ledger import LedgerChange, LedgerEntry, RequestStatus
from tests.support.moto_calls import MotoCalls, error

NOW = 1_790_000_000.0
QUEUED = LedgerEntry(
    request_id="r-1_a",
    status=RequestStatus.DEFERRED,
    stream="marketing",
    lane="bulk",
    recipients=3,
    recipient="ann@example.org",
    further_recipients=("bob@example.org", "carol@example.org"),
    queued_at=NOW - 5,
    changed_at=NOW,
)
CLAIMED = ledger.claimed(QUEUED, NOW)
HELD = ledger.deferred(QUEUED, NOW, until=None, reason="paused")


@pytest.fixture
def rows(own_table: Callable[[], SendTable], threads: Threads) -> LedgerRows:
    return LedgerRows(own_table, retention_days=90, threads=threads)


def listed(address: str) -> list[str]:
    """The requests that `ses-stack recipient` shows."""
    reader = SendTableReader(boto3.client("dynamodb"), name="SendTable")
    return [entry.request_id for entry in reader.unsent_to(address, limit=10)]


def write(rows: LedgerRows, entry: LedgerEntry, expected: LedgerEntry | None) -> None:
    assert asyncio.run(rows.write([LedgerChange(entry, expected)])) == [True]


def test_each_further_recipient_has_a_row_that_leads_to_the_request() -> None:
    first, second = further_rows(LedgerChange(HELD, None), retention_days=90)
    assert first == {
        "pk": {"S": "TO#2#r-1_a"},
        "unsent_recipient": {"S": "bob@example.org"},
        "queued_at": {"S": "2026-09-21T14:13:15.000Z"},
        "expires_at": {"N": str(1_790_000_000 + 120 * 86_400)},
    }
    assert second["pk"] == {"S": "TO#3#r-1_a"}
    assert listed_request_key("TO#3#r-1_a") == listed_request_key("REQ#r-1_a") == "REQ#r-1_a"


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (CLAIMED, None),
        (ledger.sent(CLAIMED, NOW, "ses-1"), CLAIMED),
        (ledger.claimed(HELD, NOW), HELD),
        (ledger.ended(HELD, RequestStatus.EXPIRED, NOW, "late"), HELD),
        (replace(HELD, further_recipients=()), None),
    ],
)
def test_no_row_is_written_for_sent_mail_nor_for_what_is_listed_already(
    entry: LedgerEntry, expected: LedgerEntry | None
) -> None:
    assert list(further_rows(LedgerChange(entry, expected), retention_days=90)) == []


def test_an_unsent_request_is_found_by_every_recipient_until_it_is_sent(rows: LedgerRows) -> None:
    write(rows, HELD, None)
    for address in ("ann@example.org", "bob@example.org", "carol@example.org"):
        assert listed(address) == ["r-1_a"]
    again = ledger.claimed(HELD, NOW + 1)
    write(rows, again, HELD)
    assert listed("carol@example.org") == ["r-1_a"]
    write(rows, ledger.sent(again, NOW + 2, "ses-1"), again)
    for address in ("ann@example.org", "bob@example.org", "carol@example.org"):
        assert listed(address) == []


def test_mail_that_is_sent_at_once_leaves_one_row(rows: LedgerRows, calls: MotoCalls) -> None:
    write(rows, CLAIMED, None)
    write(rows, ledger.sent(CLAIMED, NOW, "ses-1"), CLAIMED)
    assert calls.made == ["BatchExecuteStatement"] * 2
    assert boto3.client("dynamodb").scan(TableName="SendTable")["Count"] == 1


def test_a_request_that_fails_at_its_first_call_is_listed(rows: LedgerRows) -> None:
    write(rows, CLAIMED, None)
    write(rows, ledger.ended(CLAIMED, RequestStatus.FAILED, NOW, "no template"), CLAIMED)
    assert listed("bob@example.org") == ["r-1_a"]


def test_rows_that_are_there_already_are_no_fault(rows: LedgerRows) -> None:
    write(rows, HELD, None)
    assert asyncio.run(rows.write([LedgerChange(HELD, None)])) == [False]
    assert listed("bob@example.org") == ["r-1_a"]


def test_a_table_that_refuses_the_rows_has_made_no_change(rows: LedgerRows, calls: MotoCalls) -> None:
    calls.faults = [("BatchExecuteStatement", error("AccessDeniedException"))]
    with pytest.raises(TableError) as raised:
        asyncio.run(rows.write([LedgerChange(HELD, None)]))
    assert not isinstance(raised.value, PartialWriteError)
    assert boto3.client("dynamodb").scan(TableName="SendTable")["Count"] == 0
