"""The suppression list, as the sender reads it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

import pytest

from ses_stack.aws.threads import Threads
from ses_stack.errors import TableError
from ses_stack.sending.adapters.suppression_check import SuppressionCheck
from ses_stack.suppression.facts import Reason, Source
from ses_stack.suppression.policy import Suppression


class Lists:
    """The current list of each recipient: the scopes in which it is suppressed, each with the reason."""

    def __init__(self, lists: dict[str, dict[str, Reason]], *, fails: bool = False) -> None:
        self._lists = lists
        self._fails = fails

    def current(self, recipients: Iterable[str], *, until: float) -> dict[str, Any]:
        if self._fails:
            raise TableError("no answer")
        assert until > 0
        return {
            recipient: SimpleNamespace(suppressions=_suppressions(recipient, self._lists[recipient]))
            for recipient in recipients
            if recipient in self._lists
        }


def _suppressions(recipient: str, reasons: dict[str, Reason]) -> dict[str, Suppression]:
    return {
        scope: Suppression(
            recipient=recipient,
            scope=scope,
            reason=reason,
            event_time="2026-11-24T06:10:00.000Z",
            source=Source.MANUAL,
            as_spelled=recipient,
        )
        for scope, reason in reasons.items()
    }


def checked(lists: Lists, *addresses: str, topic: str | None = None) -> dict[str, str]:
    check = SuppressionCheck(lambda: lists, threads=Threads(1))
    return dict(asyncio.run(check.check(addresses, stream="marketing", topic=topic)))


def test_suppressed_addresses_have_their_reason_and_scope() -> None:
    lists = Lists({"ann@example.com": {"*": Reason.BOUNCE}, "ben@example.com": {"topic:may": Reason.UNSUBSCRIBE}})
    addresses = ("Ann@example.com", "ben@example.com", "cid@example.com")
    assert checked(lists, *addresses) == {"ann@example.com": "bounce (*)"}
    assert checked(lists, *addresses, topic="may") == {
        "ann@example.com": "bounce (*)",
        "ben@example.com": "unsubscribe (topic:may)",
    }


def test_a_table_that_fails_is_no_empty_list() -> None:
    with pytest.raises(TableError, match="no answer"):
        checked(Lists({}, fails=True), "ann@example.com")
