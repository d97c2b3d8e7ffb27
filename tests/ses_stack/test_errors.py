"""The tree of errors."""

from __future__ import annotations

import inspect
import re

from ses_stack import errors
from ses_stack.errors import FieldError, NotJsonError, SesStackError


def test_the_tree_in_the_docstring_is_the_tree() -> None:
    drawn: dict[str, str] = {}
    path: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        if match := re.match(r" {4}([│ ]*)(?:[├└]── )?(\w+Error)\b", line):
            depth = len(match[1]) // 4 + (match[2] != "SesStackError")
            path[depth:] = [match[2]]
            drawn[match[2]] = path[depth - 1] if depth else "Exception"

    defined = inspect.getmembers(errors, lambda each: inspect.isclass(each) and each.__module__ == errors.__name__)
    assert drawn == {name: cls.__base__.__name__ for name, cls in defined}


def test_every_error_can_be_caught_as_one() -> None:
    for _, error in inspect.getmembers(errors, inspect.isclass):
        assert issubclass(error, SesStackError)


def test_a_cause_is_the_same_for_records_with_the_same_fault() -> None:
    assert FieldError("mail.messageId", "is missing").cause == "FieldError: mail.messageId is missing"
    assert NotJsonError("the body is not JSON").cause == "NotJsonError: the body is not JSON"


def test_a_field_error_keeps_its_parts() -> None:
    error = FieldError("to", "must be a list")

    assert (error.field, error.problem, str(error)) == ("to", "must be a list", "to must be a list")
