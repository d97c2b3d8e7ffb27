"""The suppression writer as Lambda calls it, with the files in `events/`."""

from __future__ import annotations

import io

import pytest

from tests.support.lambda_world import CONTEXT, FakeSes, logged, new_function, rows, sample


def test_poison_fails_alone(ses: FakeSes, log: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    poison = sample("poison")["Records"]
    app = new_function("suppression_writer", log, monkeypatch)

    answer = app.handler({"Records": poison + sample("complaint")["Records"]}, CONTEXT)

    assert answer == {"batchItemFailures": [{"itemIdentifier": poison[0]["messageId"]}]}
    assert {row["recipient"]["S"] for row in rows("SuppressionTable")} == {"rita.novak@example.org"}
    (failure,) = logged(log, "record failed")
    assert failure["record"] == poison[0]["messageId"]
    assert len(logged(log, "batch")) == 1
