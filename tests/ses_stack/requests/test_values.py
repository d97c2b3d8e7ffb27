"""Kinds of values in a send request."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ses_stack.errors import RequestError
from ses_stack.requests.validation import validated
from ses_stack.requests.values import (
    check_names,
    pattern_reader,
    read_line,
    read_list,
    read_object,
    read_string,
    shown_name,
    word_reader,
)
from tests.support.requests import PLAIN


@pytest.mark.parametrize(
    ("value", "problem"),
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
def test_wrong_kinds_are_named(value: object, problem: str) -> None:
    with pytest.raises(RequestError, match=f"^subject {problem}"):
        validated(PLAIN | {"subject": value})


@pytest.mark.parametrize(
    ("read", "value", "wanted"),
    [
        (read_object, [], "is a list, and must be an object"),
        (read_object, {1: 2}, "has a name that is not a string"),
        (lambda value, field: read_list(value, field, 1), {}, "is an object, and must be a list"),
        (lambda value, field: read_list(value, field, 1), [1, 2], "has 2 entries; the limit is 1"),
        (read_string, 1, "is a number, and must be a string"),
        (read_string, "a\ud800", "holds half of a surrogate pair, which is not a character"),
        (read_line, "a\nb", "holds a line break or another control character"),
        (read_line, "a\u2028b", "holds a line break or another control character"),
        (word_reader(3), "abcd", "may hold 1 to 3 ASCII letters, digits, underscores and dashes"),
        (word_reader(3), "a\n", "may hold 1 to 3 ASCII letters, digits, underscores and dashes"),
        (pattern_reader("a+", "is not a word of a"), "ab", "is not a word of a"),
    ],
)
def test_other_values_are_refused(read: Callable[[object, str], Any], value: object, wanted: str) -> None:
    with pytest.raises(RequestError) as caught:
        read(value, "field")

    assert (caught.value.field, caught.value.problem) == ("field", wanted)


def test_good_values_come_back() -> None:
    assert read_object({"a": 1}, "f") == {"a": 1}
    assert read_list([1, 2], "f", 2) == [1, 2]
    assert read_string("a\n👋", "f") == "a\n👋"
    assert read_line("Grüße\u200d 👩‍💻", "f") == "Grüße\u200d 👩‍💻"
    assert word_reader(3)("a_-", "f") == "a_-"
    assert pattern_reader("a+", "")("aa", "f") == "aa"


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"subjekt": 1}, "mail.subjekt is not a field: subject?"),
        ({"subjekt": 1, "subject": 2}, "mail.subjekt is not a field"),
        ({"zzz": 1}, "mail.zzz is not a field"),
        ({"ann@x.org": 1}, "mail.(a name that is not a plain word) is not a field"),
    ],
)
def test_unknown_fields_are_refused_with_the_similar_one(fields: dict[str, Any], text: str) -> None:
    with pytest.raises(RequestError) as caught:
        check_names(fields, ["subject", "text"], "mail.")

    assert str(caught.value) == text


def test_known_fields_pass() -> None:
    check_names({"subject": 1}, ["subject", "text"])


def test_only_plain_names_are_shown() -> None:
    assert shown_name("X-Entity_1") == "X-Entity_1"
    assert shown_name("a" * 65) == shown_name("a b") == shown_name("") == "(a name that is not a plain word)"
