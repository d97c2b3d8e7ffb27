"""Characters that look like others or like nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ses_stack.mail.characters import compatible, has_punctuation, trimmed, without_invisible

ANY_TEXT = st.text(st.characters(exclude_categories=()))
BESIDE_LETTERS = "\u200c\u200d"


@pytest.mark.parametrize(
    "character",
    ["\u00ad", "\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u200e", "\u202e", "\ufe0f", "\U000e0040"],
)
def test_invisible_characters_are_removed_anywhere(character: str) -> None:
    for text in (f"{character}ann", f"an{character}n", f"ann{character}", f"{character}{character}ann"):
        assert without_invisible(text) == compatible(text) == trimmed(f" {character}ann{character} ") == "ann"


@pytest.mark.parametrize("joiner", BESIDE_LETTERS)
def test_a_joiner_between_letters_outside_ascii_is_kept(joiner: str) -> None:
    assert without_invisible(f"\u0634{joiner}\u0634") == f"\u0634{joiner}\u0634"
    assert without_invisible(f"\u0634{joiner}") == "\u0634"


@pytest.mark.parametrize(
    ("text", "plain"), [("ａｎｎ", "ann"), ("boss＠bank", "boss@bank"), ("boss﹫bank", "boss@bank"), ("e\u0301", "é")]
)
def test_compatible_forms_are_one(text: str, plain: str) -> None:
    assert compatible(text) == plain


@pytest.mark.parametrize("text", ["\u201cann\u201d", "«ann»", "my\u2011shop", "ann、", "\u3008ann", "o\u2019neil"])
def test_punctuation_outside_ascii_stands_around_words(text: str) -> None:
    assert has_punctuation(text)


@pytest.mark.parametrize("text", ['ann "x" (y) - z', "col·laboració", "a\u30fbb", "\u05d0\u05f3", "münchen", "💌"])
def test_words_have_other_characters(text: str) -> None:
    assert not has_punctuation(text)


@given(ANY_TEXT)
def test_doing_it_again_changes_nothing(text: str) -> None:
    assert without_invisible(without_invisible(text)) == without_invisible(text)
    assert compatible(compatible(text)) == compatible(text)
    assert trimmed(trimmed(text)) == trimmed(text)


@given(st.text(st.characters(max_codepoint=127)))
def test_ascii_is_left_alone(text: str) -> None:
    assert without_invisible(text) == compatible(text) == text
