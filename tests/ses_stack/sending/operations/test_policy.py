"""The stack's output SendingPolicy."""

from __future__ import annotations

from ses_stack.sending.operations.policy import SendingPolicy


def test_the_output_of_the_stack_is_read() -> None:
    outputs = {"SendingPolicy": '{"safety": 0.98, "threshold": 0.8, "deferral_hours": 24}'}

    assert SendingPolicy.read(outputs) == SendingPolicy(safety=0.98, threshold=0.8, deferral_hours=24)


def test_a_stack_without_the_output_has_defaults() -> None:
    assert SendingPolicy.read({}) == SendingPolicy(safety=1.0, threshold=0.9, deferral_hours=72)
    assert SendingPolicy.read({"SendingPolicy": '{"safety": 0.5, "later": 1}'}) == SendingPolicy(safety=0.5)
