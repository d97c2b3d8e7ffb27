"""From which mail an address can be suppressed."""

from __future__ import annotations

import pytest

from ses_stack.errors import ScopeError
from ses_stack.suppression.scopes import checked_scope, checked_stream


@pytest.mark.parametrize("scope", ["*", "transactional", "marketing", "default", "topic:news", "topic:Ünter news"])
def test_scopes(scope: str) -> None:
    assert checked_scope(scope) == scope


@pytest.mark.parametrize("scope", ["", "marketting", "topic:", "topic", "topic:\n", "topic:" + "x" * 201, "y" * 9999])
def test_no_scopes(scope: str) -> None:
    with pytest.raises(ScopeError, match=r"there is no scope .* topic:NAME$") as error:
        checked_scope(scope)
    assert len(str(error.value)) < 160


def test_no_stream() -> None:
    assert checked_stream("marketing") == "marketing"
    with pytest.raises(ScopeError, match="there is no stream 'topic:x'"):
        checked_stream("topic:x")
