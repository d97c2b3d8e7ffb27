"""The normalizer with its real collaborators."""

from __future__ import annotations

import pytest

from ses_stack.bootstrap.normalizer import build
from ses_stack.errors import ConfigurationError
from tests.support.lambda_world import FakeSes, rows, sample


def test_a_batch_reaches_the_history(ses: FakeSes) -> None:
    batch = build()(sample("multi_recipient_bounce"), 30_000)

    assert batch.response() == {"batchItemFailures": []}
    assert [row["type"] for row in rows("EventTable")] == [{"S": "bounce"}] * 3


def test_a_missing_variable_is_named(ses: FakeSes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EVENT_TABLE")

    with pytest.raises(ConfigurationError, match="EVENT_TABLE"):
        build()
