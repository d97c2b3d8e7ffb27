"""Advice: where a dead letter is, and events that should have come."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ses_stack.history.adapters.events import parse
from ses_stack.history.timeline import Timeline, timeline_of
from ses_stack.sending.outcomes.ledger import LedgerEntry, RequestStatus
from ses_stack.sending.outcomes.story import Story
from ses_stack_cli.look.advice import advice
from tests.support import payloads

NOW = 1_790_000_000.0
ENTRY = LedgerEntry(
    request_id="r1",
    status=RequestStatus.SENT,
    stream="marketing",
    lane="bulk",
    recipients=1,
    queued_at=NOW - 200,
    changed_at=NOW - 180,
    sent_at=NOW - 180,
    message_id="m",
)


def sentences(entry: LedgerEntry | None, timeline: Timeline | None = None) -> list[str]:
    return advice(Story(entry, timeline), NOW)


@pytest.mark.parametrize(
    ("seconds", "age"), [(121, "2 minutes"), (3_600, "1 hour"), (7_300, "2 hours"), (86_400, "1 day"), (1e6, "11 days")]
)
def test_sent_without_an_event_is_said_after_two_minutes(seconds: float, age: str) -> None:
    (sentence,) = sentences(replace(ENTRY, sent_at=NOW - seconds))
    assert sentence.startswith(f"SES accepted the message {age} ago, and no event of it is stored")
    assert "`ses-stack dlq list`" in sentence


def test_an_event_or_two_minutes_of_patience_need_no_advice() -> None:
    assert sentences(replace(ENTRY, sent_at=NOW - 119)) == []
    known = timeline_of(parse(payloads.body(payloads.send()), stack=payloads.STACK).events)
    assert sentences(ENTRY, known) == []
    assert sentences(None, known) == []


def test_a_dead_letter_has_its_queue_and_its_remedy() -> None:
    (failed,) = sentences(replace(ENTRY, status=RequestStatus.FAILED, lane="priority", sent_at=None, message_id=None))
    assert "the dead-letter queue priority: `ses-stack dlq peek priority`" in failed
    assert failed.endswith("`ses-stack dlq redrive priority` sends it again")
    (unknown,) = sentences(replace(ENTRY, status=RequestStatus.UNKNOWN, sent_at=None))
    assert unknown.endswith("`ses-stack dlq redrive bulk` sends it again, although SES may have sent it already")


def test_a_message_that_ses_rejected_is_no_dead_letter() -> None:
    assert sentences(replace(ENTRY, status=RequestStatus.FAILED, evidence_at=NOW)) == []


@pytest.mark.parametrize("status", [RequestStatus.SUPPRESSED, RequestStatus.EXPIRED, RequestStatus.DEFERRED])
def test_what_is_over_or_waits_is_no_dead_letter(status: RequestStatus) -> None:
    assert sentences(replace(ENTRY, status=status)) == []
