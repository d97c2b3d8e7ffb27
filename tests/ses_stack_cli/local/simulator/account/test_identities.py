"""Identities, and the configuration set of mail that names none."""

from __future__ import annotations

import pytest

from ses_stack_cli.local.simulator.account.identities import Identities


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("Shop <news@example.com>", "domain-set"),
        ("news@EXAMPLE.com", "domain-set"),
        ("BOSS@example.com", "address-set"),
        ("Boss <boss@Example.com>", "address-set"),
        ("news@shop.example.com", "domain-set"),
        ("news@plain.example.com", None),
        ("news@other.example", None),
        ("news@notexample.com", None),
    ],
)
def test_the_most_specific_identity_gives_the_set(source: str, expected: str | None) -> None:
    identities = Identities()
    identities.create("example.com", "domain-set")
    identities.create("boss@example.com", "address-set")
    identities.create("plain.example.com", None)
    assert identities.default_set(source) == expected


def test_a_domain_has_three_dkim_tokens_of_its_own() -> None:
    identities = Identities()
    first, second = identities.create("a.example", None), identities.create("b.example", None)
    assert len({*first.dkim_tokens, *second.dkim_tokens}) == 6
    assert identities.create("ann@a.example", None).dkim_tokens == []
