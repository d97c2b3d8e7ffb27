"""Plain values: what a program passes, in Python's own types."""

from __future__ import annotations

import traceback
from collections import UserDict
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ses_stack.errors import RequestError
from ses_stack.requests.plain import NOT_JSON, elements, entries, is_a, plain, program_values
from tests.support import hostile

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
)


@given(JSON)
def test_values_of_json_stay_as_they_are(value: object) -> None:
    assert plain(value, "field") == value


def test_subclasses_become_their_base() -> None:
    # Not parametrized: pytest makes names from parameters, and these raise.
    for value, wanted in (
        ((1, ("a",)), [1, ["a"]]),
        (UserDict({"a": (1,)}), {"a": [1]}),
        (hostile.Word.WORD, "marketing"),
        (hostile.RaisingString("a"), "a"),
        (hostile.RaisingInt(1), 1),
        (hostile.RaisingFloat(1.5), 1.5),
        (hostile.RaisingList([1]), [1]),
        (hostile.RaisingDict(a=1), {"a": 1}),
        (hostile.EndlessList([1]), [1]),
        ({1}, NOT_JSON),
        (b"a", NOT_JSON),
        ([hostile.RaisingObject()], [NOT_JSON]),
    ):
        found = plain(value, "field")
        assert found == wanted
        assert only_plain(found)


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (hostile.RaisingMapping, "cannot be read: reading it raised HostileError"),
        (hostile.EndlessMapping, "is nested more than 64 deep"),
        (lambda: [[]] * 262_145, "holds more than 262144 values"),
    ],
)
def test_what_cannot_be_read_is_an_error_without_the_value(value: Callable[[], object], problem: str) -> None:
    with pytest.raises(RequestError) as caught:
        plain(value(), "field")

    assert (caught.value.field, caught.value.problem) == ("field", problem)
    assert "secret" not in "".join(traceback.format_exception(caught.value))


def only_plain(value: Any) -> bool:
    if value is NOT_JSON:
        return True
    if type(value) is dict:
        return all(map(only_plain, value)) and all(map(only_plain, value.values()))
    if type(value) is list:
        return all(map(only_plain, value))
    return type(value) in (str, int, float, bool, type(None))


def test_any_value_is_plain_or_an_error() -> None:
    refused = 0
    for number, value in enumerate(hostile.hostile_values()):
        try:
            assert only_plain(plain(value, "field")), number
        except RequestError:
            refused += 1
    assert refused == 12


def test_parts_are_read_without_a_subclass_s_methods() -> None:
    assert list(entries(hostile.RaisingDict(a=1))) == [("a", 1)]
    assert list(entries(UserDict({"a": 1}))) == [("a", 1)]
    assert list(elements(hostile.EndlessList([1]))) == [1]
    assert list(elements((1, 2))) == [1, 2]
    assert is_a(hostile.RaisingString("a"), int, str)
    assert not is_a(hostile.RaisingObject(), str)


def test_a_request_error_passes_and_an_interruption_too() -> None:
    with pytest.raises(RequestError, match="inner"), program_values("outer"):
        raise RequestError("inner", "x")
    with pytest.raises(KeyboardInterrupt), program_values("outer"):
        raise KeyboardInterrupt
