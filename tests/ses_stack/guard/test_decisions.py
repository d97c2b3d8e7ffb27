"""The guard's decisions: a stream is critical beyond doubt, or it is not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ses_stack.guard.decisions import (
    MINIMUM_SENDS,
    CriticalRate,
    StreamEvidence,
    StreamHealth,
    critical_rate,
    fresh_since,
    health,
    may_warn,
)
from ses_stack.guard.policy import Cause, GuardPolicy
from ses_stack.statistics.rates import EventRate
from ses_stack.statistics.windows import last_day
from tests.support.guard_evidence import NOW, counts, evidence

POLICY = GuardPolicy()
COUNT = st.integers(min_value=0, max_value=3_000)


@st.composite
def any_evidence(draw: st.DrawFn) -> StreamEvidence:
    """Any counters of a stream, plausible or not."""
    fresh = st.builds(counts, sends=COUNT, complaints=COUNT, bounces=COUNT)
    return evidence(
        sends=draw(COUNT),
        complaints=draw(COUNT),
        bounces=draw(COUNT),
        days_before=draw(st.lists(COUNT, max_size=3)),
        fresh=draw(st.none() | fresh),
    )


@pytest.mark.parametrize(
    ("found", "cause"),
    [
        (evidence(sends=12, complaints=1), None),
        (evidence(sends=12, complaints=12), None),
        (evidence(sends=1_000, complaints=2), None),
        (evidence(sends=1_000, complaints=3), Cause.COMPLAINTS),
        (evidence(sends=5_000, complaints=5), None),
        (evidence(sends=5_000, complaints=20), Cause.COMPLAINTS),
        (evidence(sends=1_000_000, complaints=800), None),
        (evidence(sends=1_000_000, complaints=900), Cause.COMPLAINTS),
        (evidence(sends=60, bounces=9), None),
        (evidence(sends=60, bounces=10), Cause.HARD_BOUNCES),
        (evidence(sends=1_000, bounces=45), None),
        (evidence(sends=1_000, bounces=60), Cause.HARD_BOUNCES),
        (evidence(sends=1_000, bounces=60, complaints=20), Cause.COMPLAINTS),
    ],
)
def test_a_rate_is_critical_beyond_doubt_or_not_at_all(found: StreamEvidence, cause: Cause | None) -> None:
    critical = critical_rate(found, POLICY)
    assert (critical.cause if critical else None) == cause


def test_a_critical_rate_says_what_it_was_measured_by() -> None:
    assert critical_rate(evidence(sends=5_000, complaints=20), POLICY) == CriticalRate(
        "marketing", Cause.COMPLAINTS, EventRate(20, 5_000), 0.0008
    )


def test_late_complaints_belong_to_the_campaign_of_the_days_before() -> None:
    """Fifty complaints about a million messages arrive when hardly any mail is sent any more."""
    assert critical_rate(evidence(sends=2_000, complaints=50), POLICY)
    assert critical_rate(evidence(sends=2_000, complaints=50, days_before=(1_000_000, 0, 0)), POLICY) is None
    assert critical_rate(evidence(sends=0, complaints=50, days_before=(0, 0, 5_000)), POLICY)


def test_bounces_come_within_a_day_and_are_compared_with_yesterdays_mail_at_most() -> None:
    assert critical_rate(evidence(sends=1_000, bounces=100, days_before=(0, 1_000_000)), POLICY)
    assert critical_rate(evidence(sends=1_000, bounces=100, days_before=(1_000_000,)), POLICY) is None


def test_events_without_any_mail_are_no_verdict() -> None:
    assert critical_rate(evidence(sends=0, complaints=1_000, bounces=1_000), POLICY) is None


def test_only_new_evidence_pauses_a_stream_that_an_operator_resumed() -> None:
    old = evidence(sends=5_000, complaints=20, fresh=counts(sends=3_000))
    late = evidence(sends=5_000, complaints=22, fresh=counts(complaints=2))
    new = evidence(sends=5_000, complaints=40, fresh=counts(sends=3_000, complaints=20))

    assert [bool(critical_rate(each, POLICY)) for each in (old, late, new)] == [False, False, True]


def test_parameters_decide_what_is_critical() -> None:
    found = evidence(sends=5_000, complaints=20)
    assert critical_rate(found, GuardPolicy(complaint_rate=0.01)) is None
    assert critical_rate(evidence(sends=5_000, complaints=3), GuardPolicy(complaint_rate=0.0001))


@given(any_evidence())
def test_no_verdict_without_enough_events_and_mail(found: StreamEvidence) -> None:
    if critical := critical_rate(found, POLICY):
        assert critical.rate.count >= critical.cause.minimum_count
        assert critical.rate.volume >= MINIMUM_SENDS
        assert critical.rate.lower > critical.threshold
        assert critical.rate.value > critical.threshold


@given(any_evidence(), st.integers(min_value=0, max_value=10_000))
def test_more_mail_before_never_makes_a_stream_critical(found: StreamEvidence, before: int) -> None:
    more = StreamEvidence(day=found.day, days_before=(before, *found.days_before), fresh=found.fresh)
    same = StreamEvidence(day=found.day, days_before=(0, *found.days_before), fresh=found.fresh)
    if (critical := critical_rate(more, POLICY)) and same.volume(critical.cause) >= MINIMUM_SENDS:
        assert critical_rate(same, POLICY)


@given(any_evidence())
def test_a_resumed_stream_without_new_events_is_never_critical(found: StreamEvidence) -> None:
    resumed = StreamEvidence(day=found.day, days_before=found.days_before, fresh=counts(sends=found.day.sends))
    assert critical_rate(resumed, POLICY) is None


@given(any_evidence())
def test_a_threshold_of_all_mail_is_never_exceeded(found: StreamEvidence) -> None:
    assert critical_rate(found, GuardPolicy(bounce_rate=1.0, complaint_rate=1.0)) is None


@pytest.mark.parametrize(
    ("complaints", "expected"),
    [(0, StreamHealth.HEALTHY), (1, StreamHealth.UNSURE), (3, StreamHealth.CRITICAL)],
)
def test_a_rate_is_healthy_unsure_or_critical(complaints: int, expected: StreamHealth) -> None:
    assert health(EventRate(complaints, 1_000), Cause.COMPLAINTS, POLICY) is expected


def test_events_are_new_from_the_next_five_minutes_on() -> None:
    window = last_day(NOW)
    assert fresh_since(None, None, window=window) is None
    assert fresh_since(NOW - timedelta(minutes=7), None, window=window) == NOW - timedelta(minutes=5)
    assert fresh_since(NOW - timedelta(hours=3), NOW, window=window) == NOW + timedelta(minutes=5)


def test_a_resumption_before_the_counted_day_hides_nothing() -> None:
    window = last_day(NOW)
    assert fresh_since(window.since - timedelta(seconds=1), window=window) is None
    assert fresh_since(window.since, window=window) is not None


def test_warnings_keep_an_hour_apart() -> None:
    assert may_warn(None, NOW)
    assert not may_warn(NOW - timedelta(minutes=59), NOW)
    assert may_warn(NOW - timedelta(hours=1), NOW)
