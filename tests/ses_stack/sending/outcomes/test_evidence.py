"""What each type of event proves about a send request."""

from __future__ import annotations

import pytest

from ses_stack.mail.event_types import EventType
from ses_stack.sending.outcomes.evidence import PROOFS, Evidence, evidence_in
from ses_stack.sending.outcomes.ledger import RequestStatus

NOT_SETTLED = (RequestStatus.SENDING, RequestStatus.DEFERRED, RequestStatus.UNKNOWN)
AT = "2026-11-24T06:10:00.000Z"


def row(kind: str, **texts: str) -> dict[str, dict[str, str]]:
    """A row of the history, in DynamoDB's wire form."""
    image = {
        "type": kind,
        "message_id": "m1",
        "event_key": f"{AT}#{kind}#0",
        "stream": "marketing",
        "request_id": "r1",
    }
    return {name: {"S": text} for name, text in (image | texts).items()}


def test_a_send_event_proves_that_mail_was_sent() -> None:
    assert evidence_in(row("send")) == Evidence(
        request_id="r1",
        stream="marketing",
        message_id="m1",
        status=RequestStatus.SENT,
        settles=NOT_SETTLED,
        at=AT,
        reason=None,
        overrules=(RequestStatus.FAILED, RequestStatus.EXPIRED, RequestStatus.SUPPRESSED),
    )


@pytest.mark.parametrize(
    ("kind", "detail", "reason"),
    [
        ("reject", "Bad content", "SES took it, and rejected it: Bad content"),
        ("reject", "", "SES took it, and rejected it"),
        ("rendering_failure", "", "SES could not render the template"),
    ],
)
def test_mail_that_ses_took_and_did_not_send_has_failed(kind: str, detail: str, reason: str) -> None:
    evidence = evidence_in(row(kind, detail=detail))

    assert evidence
    assert (evidence.status, evidence.reason) == (RequestStatus.FAILED, reason)
    assert evidence.settles == (*NOT_SETTLED, RequestStatus.SENT)
    assert evidence.overrules == ()


def test_a_detail_of_a_send_event_is_no_reason() -> None:
    evidence = evidence_in(row("send", detail="x"))

    assert evidence
    assert evidence.reason is None


@pytest.mark.parametrize("kind", [kind for kind in EventType if kind not in PROOFS])
def test_other_events_prove_nothing(kind: EventType) -> None:
    assert evidence_in(row(kind.value)) is None


def test_mail_without_a_request_id_proves_nothing() -> None:
    assert evidence_in(row("send", request_id="")) is None
    assert evidence_in({}) is None
