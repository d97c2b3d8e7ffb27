"""The sender's rules, as the deployed sender sets them."""

from __future__ import annotations

from ses_stack.sending.ports import SendingRules


def test_the_rules_begin_as_the_parameters_of_the_template_do() -> None:
    rules = SendingRules()
    assert (rules.evidence_seconds, rules.deferral_seconds / 3600, rules.quota_threshold) == (120, 72, 0.9)
    assert rules.margin_seconds < 30, "the sender's timeout"
