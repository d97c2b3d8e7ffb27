"""The local cloud's errors."""

from __future__ import annotations

from ses_stack.errors import SesStackError
from ses_stack_cli.local.errors import LocalCloudError, StepError


def test_a_failed_step_has_its_output() -> None:
    error = StepError("Deploying (sam deploy)", "ROLLBACK")
    assert (str(error), error.step, error.output) == (
        "Deploying (sam deploy) failed",
        "Deploying (sam deploy)",
        "ROLLBACK",
    )
    assert isinstance(error, LocalCloudError)
    assert isinstance(error, SesStackError)
