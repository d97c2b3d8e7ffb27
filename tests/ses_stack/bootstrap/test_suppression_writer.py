"""The suppression writer with its real collaborators."""

from __future__ import annotations

import pytest

from ses_stack.bootstrap.suppression_writer import build
from ses_stack.errors import ConfigurationError
from tests.support.lambda_world import FakeSes, rows, sample


def test_a_complaint_reaches_the_suppression_list(ses: FakeSes) -> None:
    batch = build()(sample("complaint"), 30_000)

    assert batch.response() == {"batchItemFailures": []}
    assert {row["recipient"]["S"] for row in rows("SuppressionTable")} == {"rita.novak@example.org"}


def test_a_missing_variable_is_named(ses: FakeSes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SUPPRESSION_QUEUE_URL")

    with pytest.raises(ConfigurationError, match="SUPPRESSION_QUEUE_URL"):
        build()
