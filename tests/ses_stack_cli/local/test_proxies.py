"""Loopback is called without proxies, and the user's own exceptions stay."""

from __future__ import annotations

import pytest

from ses_stack_cli.local.proxies import loopback_exceptions


@pytest.mark.parametrize(
    ("environment", "hosts"),
    [
        ({"HTTP_PROXY": "p"}, "127.0.0.1,localhost"),
        ({"https_proxy": "p", "no_proxy": " a.example , localhost"}, "a.example,localhost,127.0.0.1"),
        ({"ALL_PROXY": "p", "NO_PROXY": "a", "no_proxy": "b,a"}, "a,b,127.0.0.1,localhost"),
    ],
)
def test_loopback_joins_the_exceptions(environment: dict[str, str], hosts: str) -> None:
    assert loopback_exceptions(environment) == {"NO_PROXY": hosts, "no_proxy": hosts}


@pytest.mark.parametrize("environment", [{}, {"NO_PROXY": "a.example"}, {"PATH": "/bin"}])
def test_without_a_proxy_there_is_nothing_to_change(environment: dict[str, str]) -> None:
    assert loopback_exceptions(environment) == {}
