"""A send request's row in the ledger, as text and as JSON."""

from __future__ import annotations

import pytest

from ses_stack.sending.outcomes.ledger import LedgerEntry, RequestStatus
from ses_stack_cli.look.requests import ledger_reader, print_request, request_document
from ses_stack_cli.target import Target
from tests.support import payloads

NOW = 1_800_000_000.0
ENTRY = LedgerEntry(
    request_id="order-1001",
    status=RequestStatus.SENT,
    stream="marketing",
    lane="bulk",
    recipients=2,
    queued_at=NOW,
    changed_at=NOW + 9,
    claim=2,
    claimed_at=NOW + 8,
    sent_at=NOW + 9,
    message_id=payloads.MESSAGE_ID,
    until=NOW + 7,
    deferral="the day's quota is nearly used up",
    deferrals=3,
    suppressed={"bob@x.org": "hard bounce"},
    evidence_at=NOW + 10,
)


def test_the_steps_of_a_request(capsys: pytest.CaptureFixture[str]) -> None:
    print_request(ENTRY)
    steps = [line.split("Z  ")[1] for line in capsys.readouterr().out.splitlines() if line.startswith("2027")]

    assert [" ".join(step.split()) for step in steps] == [
        "queued on the bulk lane",
        "claimed for call 2 to SES",
        "deferred 3 times, the last until 2027-01-15T08:00:07.000Z: the day's quota is nearly used up",
        "left out bob@x.org: hard bounce",
        f"sent {payloads.MESSAGE_ID}",
        "proved by SES's own event",
    ]


def test_the_end_of_a_request_and_why(capsys: pytest.CaptureFixture[str]) -> None:
    print_request(
        LedgerEntry(
            request_id="r",
            status=RequestStatus.FAILED,
            stream="marketing",
            lane="bulk",
            recipients=1,
            queued_at=NOW,
            changed_at=NOW + 1,
            reason="MessageRejected: Email address is not verified.",
        )
    )

    assert "failed  MessageRejected: Email address is not verified." in capsys.readouterr().out


def test_a_row_as_json() -> None:
    assert request_document(ENTRY) == {
        "request_id": "order-1001",
        "status": "sent",
        "stream": "marketing",
        "lane": "bulk",
        "recipients": 2,
        "queued_at": "2027-01-15T08:00:00.000Z",
        "changed_at": "2027-01-15T08:00:09.000Z",
        "claims": 2,
        "claimed_at": "2027-01-15T08:00:08.000Z",
        "deferrals": 3,
        "deferral": "the day's quota is nearly used up",
        "deferred_until": "2027-01-15T08:00:07.000Z",
        "sent_at": "2027-01-15T08:00:09.000Z",
        "message_id": payloads.MESSAGE_ID,
        "reason": None,
        "suppressed": {"bob@x.org": "hard bounce"},
        "evidence_at": "2027-01-15T08:00:10.000Z",
    }


def test_a_stack_without_a_sender_has_no_ledger() -> None:
    assert ledger_reader(Target(stack="s", outputs={}, client=lambda _: None)) is None
