"""What the guard says to operators."""

from __future__ import annotations

import pytest

from ses_stack.guard.decisions import CriticalRate, StreamEvidence
from ses_stack.guard.policy import Cause
from ses_stack.guard.samples import EventSample
from ses_stack.guard.wording import pause_notification, percent, reason_of, warning_notification
from ses_stack.sending.limits.stream_pauses import StreamPause
from ses_stack.statistics.counters import Counter
from ses_stack.statistics.rates import EventRate
from ses_stack.statistics.windows import StreamCounts
from tests.support.guard_evidence import NOW, counts, evidence

CRITICAL = CriticalRate("marketing", Cause.HARD_BOUNCES, EventRate(60, 1_000), 0.04)
FOUND = evidence(sends=1_000, bounces=60)


def test_a_reason_has_the_numbers_alone_where_nothing_else_is_known() -> None:
    unknown = StreamEvidence(day=counts())
    assert reason_of(CRITICAL, unknown, None) == (
        "60 hard bounces of 1,000 messages: 6%, and 4.69% at least; critical is 4%"
    )


def test_a_reason_names_the_provider_the_campaign_and_the_kind() -> None:
    reason = reason_of(CRITICAL, FOUND, EventSample(60, "spring\nsale", 40, "Permanent/General 5.1.1", 55))
    assert reason.endswith(
        "; most at gmail: 60; most of campaign springsale: 40 of the newest 60; "
        "most often Permanent/General 5.1.1: 55 of the newest 60"
    )


def test_after_a_resumption_the_provider_is_that_of_the_new_events() -> None:
    fresh = StreamCounts(stream="marketing", since=NOW, until=NOW, by_provider={"yahoo": {Counter.HARD_BOUNCE: 60}})
    assert "most at yahoo: 60" in reason_of(CRITICAL, StreamEvidence(day=FOUND.day, fresh=fresh), None)


@pytest.mark.parametrize(
    ("fraction", "text"),
    [(0.04, "4%"), (0.0008, "0.08%"), (0.000812, "0.0812%"), (1, "100%"), (0.9999, "100%"), (0, "0%")],
)
def test_a_rate_has_three_digits(fraction: float, text: str) -> None:
    assert percent(fraction) == text


def test_a_message_says_what_when_why_and_what_to_do() -> None:
    pause = StreamPause(stream="marketing", since=NOW.timestamp(), by="guard", reason="too many")
    told = pause_notification(pause, stack="mail")
    assert told.subject == "mail: the guard has paused marketing mail"
    for part in ("2026-11-25 12:00 UTC", "Why: too many.", "ses-stack streams", "ses-stack resume marketing"):
        assert part in told.text

    warned = warning_notification(CRITICAL, "too many", stack="mail")
    assert warned.subject == "mail: marketing mail has too many hard bounces"
    for part in ("goes on", "Why: too many.", "ses-stack pause marketing"):
        assert part in warned.text


def test_a_subject_fits_into_snss() -> None:
    pause = StreamPause(stream="marketing", since=0, by="guard")
    assert len(pause_notification(pause, stack="s" * 128).subject) == 100
