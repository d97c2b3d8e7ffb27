"""Keeps the local cloud's calls away from proxies: they could not reach this machine's loopback."""

from __future__ import annotations

from collections.abc import Mapping

_LOOPBACK = ("127.0.0.1", "localhost")
# Programs differ in which spelling they read, and some read both.
_NAMES = ("NO_PROXY", "no_proxy")
_PROXY_SUFFIX = "_proxy"


def loopback_exceptions(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables that add loopback to the hosts which are called without the environment's proxies.

    Empty if the environment names no proxy.
    """
    if not any(name.lower().endswith(_PROXY_SUFFIX) and name not in _NAMES for name in environment):
        return {}
    listed = [host.strip() for name in _NAMES for host in environment.get(name, "").split(",")]
    hosts = ",".join(dict.fromkeys([*filter(None, listed), *_LOOPBACK]))
    return dict.fromkeys(_NAMES, hosts)
