"""Addresses with display names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ses_stack.mail.mailboxes import mailbox


@pytest.mark.parametrize(
    ("text", "name", "address", "header"),
    [
        ("a@x.org", "", "a@x.org", "a@x.org"),
        (" <a@x.org> ", "", "a@x.org", "a@x.org"),
        ("Ann <a@x.org>", "Ann", "a@x.org", "Ann <a@x.org>"),
        ("Dr. Ann  B <a@x.org>", "Dr. Ann B", "a@x.org", '"Dr. Ann B" <a@x.org>'),
        (r'"Ann \"B\" \\" <a@x.org>', 'Ann "B" \\', "a@x.org", r'"Ann \"B\" \\" <a@x.org>'),
        ("Änn <a@x.org>", "Änn", "a@x.org", "=?utf-8?q?=C3=84nn?= <a@x.org>"),
        ("Ann <Ann@BÜCHER.example>", "Ann", "Ann@xn--bcher-kva.example", "Ann <Ann@xn--bcher-kva.example>"),
    ],
)
def test_mailboxes(text: str, name: str, address: str, header: str) -> None:
    found = mailbox(text)

    assert (found.name, found.address, found.header) == (name, address, header)
    assert mailbox(str(found)) == found


def test_a_long_name_becomes_several_encoded_words_on_one_line() -> None:
    header = mailbox(f"{'ü' * 200} <a@x.org>").header

    assert "\n" not in header
    assert header.isascii()
    assert all(len(word) <= 75 for word in header.split(" "))


@given(st.text())
def test_any_text_is_a_mailbox_or_not(text: str) -> None:
    try:
        found = mailbox(text)
    except ValueError:
        return
    assert mailbox(str(found)) == found
    assert "\n" not in found.header
    assert found.header.isascii()
