"""Kinds of values in a send request."""

from __future__ import annotations

import pytest

from ses_stack.errors import RequestError
from ses_stack.requests.validation import validated
from tests.support.requests import PLAIN


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, "is null"),
        (True, "is a boolean"),
        (1, "is a number"),
        (1.5, "is a number"),
        ([], "is a list"),
        ({}, "is an object"),
        (b"", "is of a kind that JSON does not have"),
    ],
)
def test_wrong_kinds_are_named(value: object, told: str) -> None:
    with pytest.raises(RequestError, match=f"^subject {told}"):
        validated(PLAIN | {"subject": value})
