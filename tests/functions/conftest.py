"""The surroundings of a function in Lambda."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest

from tests.support.lambda_world import FakeSes, in_lambda


@pytest.fixture
def ses(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeSes]:
    """SES, for a function that finds its environment, tables and queues."""
    with in_lambda(monkeypatch) as ses:
        yield ses


@pytest.fixture
def log() -> io.StringIO:
    """What the function writes to its log."""
    return io.StringIO()
