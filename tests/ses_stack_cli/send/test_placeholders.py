"""Placeholders in subject and texts."""

from __future__ import annotations

import pytest

from ses_stack_cli.send import placeholders
from ses_stack_cli.send.placeholders import PlaceholderError


def test_columns_fill_their_placeholders() -> None:
    texts = {"subject": "Hi {name}", "text": "{{name}} and {{ name }}", "html": "<b>{name}</b>"}

    assert placeholders.filled(texts, {"name": "A & B"}) == {
        "subject": "Hi A & B",
        "text": "A & B and A & B",
        "html": "<b>A &amp; B</b>",
    }


def test_only_the_texts_of_the_mail_are_filled() -> None:
    assert placeholders.filled({"from": "{a}", "text": None, "subject": "{a}"}, {"a": "1"}) == {"subject": "1"}


@pytest.mark.parametrize("field", ["subject", "text", "html"])
def test_a_placeholder_without_a_column_is_an_error(field: str) -> None:
    with pytest.raises(PlaceholderError, match=f"--{field} names {{nmae}}, and the columns are email, name"):
        placeholders.check({field: "Hi {nmae}"}, ["email", "name"])


def test_only_names_in_braces_are_placeholders() -> None:
    texts = {"subject": "{a} {not a name} {} { a }", "html": None}
    placeholders.check(texts, {"a"})

    assert placeholders.filled(texts, {"a": "1"}) == {"subject": "1 {not a name} {} { a }"}
