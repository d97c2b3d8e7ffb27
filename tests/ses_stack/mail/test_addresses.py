"""E-mail addresses and their mailbox providers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ses_stack.mail.addresses import bare, normalized, provider_of


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("Ann.Lee@Example.org", "Ann.Lee@Example.org"),
        (" ann@example.org\t", "ann@example.org"),
        ("<ann@example.org>", "ann@example.org"),
        ("Ann Lee <Ann@example.org>", "Ann@example.org"),
        ('"Lee, Ann" <ann@example.org>', "ann@example.org"),
        ('"A <b@c.org>" <ann@example.org>', "ann@example.org"),
        ("=?utf-8?q?B=C3=B6?= <bo@example.org>", "bo@example.org"),
        ("not an address <", "not an address <"),
        ("", ""),
    ],
)
def test_display_names_are_removed(written: str, address: str) -> None:
    assert bare(written) == address
    assert normalized(written) == address.lower()


@pytest.mark.parametrize(
    ("address", "provider"),
    [
        ("a@gmail.com", "gmail"),
        ("a@GoogleMail.com", "gmail"),
        ("a@outlook.com", "outlook"),
        ("a@hotmail.fr", "outlook"),
        ("a@live.co.uk", "outlook"),
        ("a@yahoo.co.jp", "yahoo"),
        ("a@aol.com", "yahoo"),
        ("a@icloud.com", "icloud"),
        ("a@me.com", "icloud"),
        ("a@gmx.de", "gmx"),
        ("a@simulator.amazonses.com", "simulator"),
        ("a@example.org", "other"),
        ("a@example.com", "other"),
        ("a@yahoo.example.org", "other"),
        ("a@notgmail.com", "other"),
        ('"odd@local"@gmail.com', "gmail"),
        ("no-domain", "other"),
        ("", "other"),
    ],
)
def test_providers(address: str, provider: str) -> None:
    assert provider_of(address) == provider


@given(st.text())
def test_any_text_has_a_provider_and_a_normalized_form(text: str) -> None:
    assert provider_of(text)
    assert normalized(text) == bare(text).lower()
