"""The sender as Lambda calls it, with the file in `events/`."""

from __future__ import annotations

import io

import pytest

from tests.support.lambda_world import CONTEXT, FakeSes, lane_event, logged, new_function, sample


def test_a_request_is_sent_and_a_malformed_one_is_noticed(
    ses: FakeSes, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = new_function("sender", log, monkeypatch)

    assert app.handler(lane_event(sample("send_request"), {"v": 1}), CONTEXT) == {"batchItemFailures": []}

    assert len(ses.messages) == 1
    (line,) = logged(log, "batch")
    assert line["outcomes"] == {"malformed": 1, "sent": 1}
    (notice,) = logged(log, "malformed")
    assert notice["reason"].startswith("RequestError: ")
