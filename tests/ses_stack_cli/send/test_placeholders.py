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


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("{First Name}", "Ann"),
        ("{{First Name}}", "Ann"),
        ("{ First Name }", "Ann"),
        ("{ück%}", "5"),
        ("{padded}", "p"),
        ("\\{First Name\\}", "{First Name}"),
        ('\\{"a": 1}', '{"a": 1}'),
        ("a } b \\{ c", "a } b { c"),
        ("\\n", "\\n"),
    ],
)
def test_any_column_can_be_named_and_any_brace_written(text: str, wanted: str) -> None:
    row = {"First Name": "Ann", "ück%": "5", " padded ": "p"}
    for field in ("subject", "text", "html"):
        placeholders.check({field: text}, row)
        assert placeholders.filled({field: text}, row) == {field: wanted}


@pytest.mark.parametrize(
    "text", ["{}", "{ }", "{a b}", "{{a b}}", "{\n}", "p { color: red }", '{"a": 1}', "{First Name}"]
)
def test_any_other_text_in_braces_is_an_error(text: str) -> None:
    for field in ("subject", "text", "html"):
        with pytest.raises(PlaceholderError, match=rf"^--{field} names {{"):
            placeholders.check({field: text}, ["first name"])
        with pytest.raises(PlaceholderError, match="there are no columns"):
            placeholders.check({field: text}, [])


@pytest.mark.parametrize(
    "text", ["Hi {name", "Hi {{name}", "Hi {name}}", "Hi {name, {name}", "{ {name} }", "{{{name}}}", ":-{"]
)
def test_an_opening_brace_without_its_own_closing_brace_is_an_error(text: str) -> None:
    for field in ("subject", "text", "html"):
        with pytest.raises(PlaceholderError) as error:
            placeholders.check({field: text}, ["name"])
        assert str(error.value) == f"--{field} has braces that do not match; \\{{ is an ordinary brace"


def test_styles_and_scripts_of_html_stay_as_they_are() -> None:
    text = "<STYLE>p {color: red}</style >{a}<script>f = {a}</script>{a}<style>\n{}\n</style>"
    placeholders.check({"html": text}, ["a"])

    assert placeholders.filled({"html": text}, {"a": "<1>"}) == {
        "html": "<STYLE>p {color: red}</style >&lt;1&gt;<script>f = {a}</script>&lt;1&gt;<style>\n{}\n</style>"
    }
    with pytest.raises(PlaceholderError):
        placeholders.check({"text": text}, ["a"])


def test_a_value_with_braces_is_no_placeholder() -> None:
    assert placeholders.filled({"text": "{a}{b}"}, {"a": "{b}", "b": "1"}) == {"text": "{b}1"}


def test_an_error_shows_the_beginning_of_a_long_name() -> None:
    with pytest.raises(PlaceholderError, match=r"names \{a{40}\.\.\.\}, and"):
        placeholders.check({"text": f"{{{'a' * 1000}}}"}, ["b"])
