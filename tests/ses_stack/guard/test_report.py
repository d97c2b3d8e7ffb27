"""A run's report: one part that fails does not stop the others."""

from __future__ import annotations

import pytest

from ses_stack.errors import ServiceError, TableError
from ses_stack.guard.report import GuardReport


@pytest.mark.parametrize("error", [ServiceError("SES answers X"), TableError("no answer")])
def test_what_aws_does_not_answer_is_unknown_with_the_reason(error: Exception) -> None:
    report = GuardReport()

    def fails() -> int:
        raise error

    assert (report.attempt("a", fails), report.attempt("b", lambda: 2)) == (None, 2)
    assert report.unknown == {"a": str(error)}


def test_a_fault_of_the_guards_own_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        GuardReport().attempt("a", lambda: 1 // 0)
