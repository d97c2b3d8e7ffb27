"""Domains in one spelling."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ses_stack.mail.domains import ascii_domain, is_ambiguous


@pytest.mark.parametrize(
    ("domain", "in_ascii"),
    [
        ("example.com", "example.com"),
        ("Example.COM", "Example.COM"),
        ("example.com.", "example.com"),
        ("münchen.example", "xn--mnchen-3ya.example"),
        ("MÜNCHEN.Example", "xn--mnchen-3ya.example"),
        ("mu\u0308nchen.example.", "xn--mnchen-3ya.example"),
        ("example。com", "example.com"),
        ("example｡com", "example.com"),
        ("ｅｘａｍｐｌｅ．ｃｏｍ", "example.com"),
        ("exam\u00adple.com\u200b", "example.com"),
        ("ΑΣ.example", "xn--mxa0b.example"),
        ("x.ΑΣ", "x.xn--mxa0b"),
        ("L·L.example", "xn--ll-0ea.example"),
    ],
)
def test_a_domain_has_one_spelling_in_ascii(domain: str, in_ascii: str) -> None:
    assert ascii_domain(domain) == in_ascii
    assert not is_ambiguous(in_ascii)


@pytest.mark.parametrize("domain", ["straße.example", "ΦΑΣς.example", "\u0634\u200c\u0634.example", "a\u1e9e.example"])
def test_a_domain_that_the_rules_read_differently_is_not_guessed(domain: str) -> None:
    assert is_ambiguous(domain)
    assert is_ambiguous(ascii_domain(domain))


@pytest.mark.parametrize(
    "domain",
    [
        "ü" * 70 + ".example",
        "ü..example",
        "\u05d0a.example",
        "xn--ü.example",
        "x.org\u201d",
        "my\u2010x.org",
        "«x.org»",
    ],
)
def test_a_domain_that_cannot_be_encoded_can_still_be_compared(domain: str) -> None:
    assert ascii_domain(domain) == ascii_domain(domain.upper()) == domain
    assert not is_ambiguous(domain)


@given(st.text(st.characters(exclude_categories=())))
def test_any_text_gives_a_text_that_stays_the_same(text: str) -> None:
    once = ascii_domain(text)
    assert once.isascii() or ascii_domain(once) == once
