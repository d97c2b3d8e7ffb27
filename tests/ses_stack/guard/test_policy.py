"""The guard's policy, as the stack's outputs tell it."""

from __future__ import annotations

import pytest

from ses_stack.guard.policy import Cause, GuardPolicy


def test_the_outputs_name_the_thresholds_in_percent() -> None:
    text = '{"bounce_percent": 5, "complaint_percent": 0.1, "pauses_transactional": true}'
    policy = GuardPolicy.read({"GuardPolicy": text})

    assert policy.threshold(Cause.HARD_BOUNCES) == pytest.approx(0.05)
    assert policy.threshold(Cause.COMPLAINTS) == pytest.approx(0.001)
    assert policy.pauses_transactional


def test_a_stack_without_the_output_has_the_defaults() -> None:
    assert GuardPolicy.read({}) == GuardPolicy(bounce_rate=0.04, complaint_rate=0.0008, pauses_transactional=False)


def test_transactional_mail_is_only_warned_about_unless_asked_for() -> None:
    assert [stream for stream in ("transactional", "marketing", "default") if GuardPolicy().may_pause(stream)] == [
        "marketing",
        "default",
    ]
    assert GuardPolicy(pauses_transactional=True).may_pause("transactional")
