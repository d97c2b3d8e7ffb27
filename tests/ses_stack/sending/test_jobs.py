"""Records and jobs of a lane."""

from __future__ import annotations

from ses_stack.mail.mailboxes import Mailbox
from ses_stack.requests.request import SendRequest
from ses_stack.sending.jobs import Job, LaneRecord
from ses_stack.sending.outcomes.ledger import RequestStatus
from tests.support.sender_fakes import ledger_entry


def test_a_records_body_appears_in_no_log() -> None:
    assert "secret" not in repr(LaneRecord(id="m1", body="secret", queued_at=0))


def test_a_job_counts_the_recipients_that_may_be_mailed() -> None:
    request = SendRequest(
        request_id="r1", stream="default", from_=Mailbox("a@example.com"), to=(Mailbox("b@example.com"),)
    )
    job = Job(
        record=LaneRecord(id="m1", body="", queued_at=0),
        request=request,
        entry=ledger_entry(RequestStatus.DEFERRED),
        recipients=frozenset({"b@example.com", "c@example.com"}),
    )
    assert job.recipient_count == 2
    job.recipients -= {"c@example.com"}
    assert job.recipient_count == 1
