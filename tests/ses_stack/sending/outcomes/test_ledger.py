"""The ledger's rows, and what a worker does with a request that has one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ses_stack.sending.outcomes import ledger
from ses_stack.sending.outcomes.ledger import Decision, LedgerEntry, RequestStatus, Step
from tests.support.sender_fakes import START, ledger_entry


def decided(entry: LedgerEntry, *, now: float = START, redriven: bool = False, may_send_twice: bool = True) -> Decision:
    return ledger.next_step(entry, now=now, evidence_seconds=120, redriven=redriven, may_send_twice=may_send_twice)


@pytest.mark.parametrize(
    ("status", "step", "redriven_step"),
    [
        (RequestStatus.DEFERRED, Step.CLAIM, Step.CLAIM),
        (RequestStatus.SENT, Step.DROP, Step.DROP),
        (RequestStatus.SUPPRESSED, Step.DROP, Step.DROP),
        (RequestStatus.EXPIRED, Step.DROP, Step.DROP),
        (RequestStatus.FAILED, Step.DROP, Step.CLAIM),
        (RequestStatus.UNKNOWN, Step.DROP, Step.CLAIM),
    ],
)
def test_a_row_without_a_claim_decides_by_its_status(status: RequestStatus, step: Step, redriven_step: Step) -> None:
    assert decided(ledger_entry(status)).step is step
    assert decided(ledger_entry(status), redriven=True).step is redriven_step


def test_a_claimed_row_waits_for_its_send_event() -> None:
    sending = ledger_entry(RequestStatus.SENDING, claimed_at=START)
    assert decided(sending, now=START + 119) == Decision(Step.WAIT, START + 120)
    assert decided(sending, now=START + 120).step is Step.CLAIM
    assert decided(sending, now=START + 120, may_send_twice=False).step is Step.GIVE_UP
    assert decided(sending, now=START + 120, may_send_twice=False, redriven=True).step is Step.CLAIM


def test_calls_without_a_known_outcome_come_to_an_end() -> None:
    row = ledger.claimed(ledger_entry(RequestStatus.DEFERRED, claim=0), START - 500)
    calls = 1
    while decided(row).step is Step.CLAIM:
        row = ledger.claimed(row, START - 500)
        calls += 1
    assert (calls, row.in_doubt) == (ledger.MOST_CALLS_IN_DOUBT, 2)
    redriven = ledger.claimed(ledger.ended(row, RequestStatus.UNKNOWN, START, "no answer"), START - 500)
    assert decided(redriven, redriven=True).step is Step.GIVE_UP


def test_deferrals_allow_no_further_calls_in_doubt() -> None:
    """A request that waited for the quota before its first claim is not sent twice more than others."""
    row = ledger_entry(RequestStatus.DEFERRED, claim=0)
    for _ in range(20):
        row = ledger.deferred(row, START, until=START, reason="the day's quota is nearly used up")
    for _ in range(ledger.MOST_CALLS_IN_DOUBT):
        assert decided(row).step is Step.CLAIM
        row = ledger.claimed(row, START - 500)
    assert decided(row).step is Step.GIVE_UP


def test_an_outcome_that_is_known_leaves_earlier_doubts() -> None:
    row = ledger.claimed(ledger.claimed(ledger_entry(RequestStatus.DEFERRED, claim=0), START - 500), START - 300)
    row = ledger.claimed(ledger.deferred(row, START - 200, until=START, reason="too fast"), START - 150)
    assert (row.claim, row.in_doubt) == (3, 1)
    assert decided(row).step is Step.CLAIM
    assert decided(ledger.claimed(row, START - 150)).step is Step.GIVE_UP


def test_a_request_from_claim_to_end() -> None:
    claimed = ledger.claimed(ledger_entry(RequestStatus.DEFERRED, claim=0), START)
    assert (claimed.status, claimed.claim, claimed.claimed_at) == (RequestStatus.SENDING, 1, START)
    deferred = ledger.deferred(claimed, START + 1, until=START + 60, reason="too fast")
    assert (deferred.status, deferred.until, deferred.deferral, deferred.deferrals) == (
        RequestStatus.DEFERRED,
        START + 60,
        "too fast",
        1,
    )
    sent = ledger.sent(replace(deferred, reason="no answer"), START + 61, "ses-1")
    assert (sent.status, sent.sent_at, sent.message_id, sent.reason) == (RequestStatus.SENT, START + 61, "ses-1", None)
    failed = ledger.ended(claimed, RequestStatus.FAILED, START + 2, "MessageRejected")
    assert (failed.status, failed.changed_at, failed.reason) == (RequestStatus.FAILED, START + 2, "MessageRejected")
