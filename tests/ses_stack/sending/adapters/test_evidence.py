"""Evidence settles the ledger's rows on moto."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import boto3
import pytest

from ses_stack.aws.threads import Threads
from ses_stack.errors import TableError
from ses_stack.sending.adapters.evidence import EvidenceRows
from ses_stack.sending.adapters.ledger import LedgerRows
from ses_stack.sending.adapters.table import SendTable
from ses_stack.sending.outcomes import ledger
from ses_stack.sending.outcomes.evidence import Evidence
from ses_stack.sending.outcomes.ledger import LedgerChange, LedgerEntry, RequestStatus
from tests.support.moto_calls import MotoCalls, error

NOW = 1_790_000_000.0
AT = "2026-11-24T06:10:00.000Z"
SENT = Evidence(
    request_id="r1",
    stream="marketing",
    message_id="ses-1",
    status=RequestStatus.SENT,
    settles=(RequestStatus.SENDING, RequestStatus.DEFERRED),
    at=AT,
)
REJECTED = replace(
    SENT, status=RequestStatus.FAILED, settles=(RequestStatus.SENT,), reason="SES took it, and rejected it"
)
QUEUED = LedgerEntry(
    request_id="r1",
    status=RequestStatus.DEFERRED,
    stream="marketing",
    lane="bulk",
    recipients=2,
    queued_at=NOW - 5,
    changed_at=NOW,
)
CLAIMED = ledger.claimed(QUEUED, NOW)


class Rows(LedgerRows):
    """The ledger, written and read by the test."""

    def store(self, entry: LedgerEntry, over: LedgerEntry | None = None) -> None:
        assert asyncio.run(self.write([LedgerChange(entry, over)])) == [True]

    @property
    def r1(self) -> LedgerEntry:
        return asyncio.run(self.read(["r1"]))["r1"]


@pytest.fixture
def rows(own_table: Callable[[], SendTable], threads: Threads) -> Rows:
    return Rows(own_table, retention_days=90, threads=threads)


def settle(evidence: EvidenceRows, each: Evidence) -> bool:
    (outcome,) = evidence.settle([each])
    if isinstance(outcome, TableError):
        raise outcome
    return outcome


@pytest.fixture
def evidence(table: SendTable) -> EvidenceRows:
    return EvidenceRows(table)


def test_evidence_settles_a_row_and_a_second_message_is_noted(evidence: EvidenceRows, rows: Rows) -> None:
    rows.store(CLAIMED)

    assert settle(evidence, SENT)
    assert not settle(evidence, SENT)
    row = rows.r1
    assert (row.status, row.message_id, row.evidence_at) == (RequestStatus.SENT, "ses-1", 1_795_500_600.0)
    assert (row.sent_at, row.changed_at) == (row.evidence_at, row.evidence_at)
    assert not settle(evidence, replace(SENT, message_id="ses-2"))
    item = boto3.client("dynamodb").get_item(TableName="SendTable", Key={"pk": {"S": "REQ#r1"}})["Item"]
    assert item["other_message_ids"] == {"SS": ["ses-2"]}
    assert rows.r1.message_id == "ses-1"


def test_evidence_of_a_request_without_a_row_proves_nothing(evidence: EvidenceRows, calls: MotoCalls) -> None:
    assert not settle(evidence, replace(REJECTED, request_id="no-row"))
    assert not settle(evidence, replace(SENT, request_id="no-row"))
    assert calls.made == ["UpdateItem"] * 2


@pytest.mark.parametrize(
    ("stream", "row"),
    [("transactional", CLAIMED), ("marketing", ledger.deferred(QUEUED, NOW, until=NOW, reason=""))],
)
def test_mail_of_others_with_the_same_tag_proves_nothing(
    evidence: EvidenceRows, rows: Rows, stream: str, row: LedgerEntry
) -> None:
    """Of another stream, or of a request that no worker has claimed yet."""
    rows.store(row)

    assert not settle(evidence, replace(SENT, stream=stream))
    assert (rows.r1.status, rows.r1.message_id) == (row.status, None)


def test_a_late_rejection_of_another_message_does_not_unsend(evidence: EvidenceRows, rows: Rows) -> None:
    rows.store(CLAIMED)
    rows.store(ledger.sent(CLAIMED, NOW, "ses-1"), CLAIMED)

    assert not settle(evidence, replace(REJECTED, message_id="ses-2"))
    assert settle(evidence, REJECTED)
    assert (rows.r1.status, rows.r1.reason) == (RequestStatus.FAILED, "SES took it, and rejected it")


def test_a_send_event_removes_the_reason_of_an_earlier_failure(evidence: EvidenceRows, rows: Rows) -> None:
    rows.store(replace(CLAIMED, status=RequestStatus.UNKNOWN, reason="no answer from SES"))

    assert settle(evidence, replace(SENT, settles=(RequestStatus.UNKNOWN,)))
    assert (rows.r1.status, rows.r1.reason) == (RequestStatus.SENT, None)


LATE = replace(SENT, overrules=(RequestStatus.FAILED, RequestStatus.EXPIRED))


@pytest.mark.parametrize("status", LATE.overrules)
def test_a_late_send_event_overrules_an_end_that_only_the_sender_saw(
    evidence: EvidenceRows, rows: Rows, status: RequestStatus
) -> None:
    """SES did not answer the first call, and refused the second, or the request expired; the first one was sent."""
    rows.store(ledger.ended(CLAIMED, status, NOW, "MessageRejected: ?"))

    assert settle(evidence, LATE)
    assert (rows.r1.status, rows.r1.message_id, rows.r1.reason) == (RequestStatus.SENT, "ses-1", None)
    assert not settle(evidence, LATE)


def test_a_late_send_event_does_not_overrule_ses_own_rejection(evidence: EvidenceRows, rows: Rows) -> None:
    """The Reject event came before the Send event of the same message."""
    rows.store(CLAIMED)

    assert settle(evidence, replace(REJECTED, settles=(RequestStatus.SENDING,)))
    assert not settle(evidence, LATE)
    assert (rows.r1.status, rows.r1.reason) == (RequestStatus.FAILED, "SES took it, and rejected it")


def test_a_table_that_refuses_is_an_error(evidence: EvidenceRows, calls: MotoCalls) -> None:
    calls.faults = [("UpdateItem", error("AccessDeniedException"))]

    with pytest.raises(TableError, match="AccessDenied"):
        settle(evidence, SENT)


def test_evidence_over_a_broken_connection_has_settled_the_row(
    evidence: EvidenceRows, rows: Rows, calls: MotoCalls
) -> None:
    rows.store(CLAIMED)
    calls.broken = ["UpdateItem"]
    assert settle(evidence, SENT)
    assert not settle(evidence, SENT)


def test_a_request_that_evidence_shows_as_sent_leaves_the_index(evidence: EvidenceRows, rows: Rows) -> None:
    deferred = ledger.deferred(ledger.claimed(QUEUED, NOW), NOW, until=NOW + 60, reason="SES throttles")
    rows.store(replace(deferred, recipient="ann@example.org"))
    assert boto3.client("dynamodb").scan(TableName="SendTable", IndexName="by_recipient")["Count"] == 1
    assert settle(evidence, SENT)
    assert boto3.client("dynamodb").scan(TableName="SendTable", IndexName="by_recipient")["Count"] == 0


def test_a_row_that_the_sender_has_settled_is_read_and_not_written(
    evidence: EvidenceRows, rows: Rows, calls: MotoCalls
) -> None:
    rows.store(CLAIMED)
    rows.store(ledger.sent(CLAIMED, NOW, "ses-1"), CLAIMED)
    calls.made.clear()

    others = [replace(SENT, message_id="ses-2"), replace(SENT, stream="default"), replace(SENT, request_id="no-row")]
    assert evidence.settled([SENT, *others, REJECTED]) == {SENT}
    assert calls.made == ["BatchGetItem"]


@pytest.mark.parametrize("row", [CLAIMED, replace(CLAIMED, status=RequestStatus.UNKNOWN, message_id="ses-1")])
def test_a_row_that_is_not_at_sent_is_open(evidence: EvidenceRows, rows: Rows, row: LedgerEntry) -> None:
    rows.store(row)
    assert evidence.settled([SENT]) == set()


def test_only_rows_of_send_events_are_read(evidence: EvidenceRows, calls: MotoCalls) -> None:
    assert evidence.settled([REJECTED]) == set()
    assert calls.made == []


def test_rows_are_settled_together_and_an_error_stays_with_its_row(
    evidence: EvidenceRows, rows: Rows, calls: MotoCalls
) -> None:
    for name in ("r1", "r3"):
        rows.store(replace(CLAIMED, request_id=name))
    calls.faults = [
        ("UpdateItem", error("ProvisionedThroughputExceededException")),
        ("UpdateItem", error("ValidationException")),
    ]
    calls.made.clear()

    outcomes = evidence.settle([SENT, replace(SENT, request_id="r2"), replace(SENT, request_id="r3")])

    assert (outcomes[0], str(outcomes[1]), outcomes[2]) == (True, "the send table answers ValidationException", True)
    assert calls.made == ["UpdateItem"] * 4  # the throttled one comes again


def test_a_second_message_that_cannot_be_noted_is_an_error(
    evidence: EvidenceRows, rows: Rows, calls: MotoCalls
) -> None:
    rows.store(CLAIMED)
    rows.store(ledger.sent(CLAIMED, NOW, "ses-1"), CLAIMED)
    seen: list[str] = []

    def fail_the_second(operation: str) -> None:
        seen.append(operation)
        if len(seen) == 2:
            calls.faults = [("UpdateItem", error("AccessDeniedException"))]

    calls.before = fail_the_second
    (outcome,) = evidence.settle([replace(SENT, message_id="ses-2")])
    assert str(outcome) == "the send table answers AccessDeniedException"
