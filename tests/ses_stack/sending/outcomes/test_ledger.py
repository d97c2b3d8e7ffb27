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
    sending = ledger_entry(RequestStatus.SENDING, claim=ledger.MOST_CALLS_IN_DOUBT, claimed_at=START - 500)
    assert decided(sending).step is Step.GIVE_UP
    assert decided(replace(sending, deferrals=1)).step is Step.CLAIM


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
