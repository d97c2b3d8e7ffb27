"""The projector as Lambda calls it."""

from __future__ import annotations

import io

import pytest

from tests.support.lambda_world import CONTEXT, FakeSes, logged, new_function, put_claimed, stream_event


def test_a_batch_is_settled_and_summed_up_in_the_log(
    ses: FakeSes, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_claimed("r1")
    app = new_function("projector", log, monkeypatch)

    assert app.handler(stream_event("r1"), CONTEXT) == {"batchItemFailures": []}

    (line,) = logged(log, "batch")
    assert line["settled"] == 1


def test_a_row_that_cannot_be_written_comes_again(
    ses: FakeSes, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEND_TABLE", "no-such-table")
    app = new_function("projector", log, monkeypatch)

    assert app.handler(stream_event("r1", "r2"), CONTEXT) == {"batchItemFailures": [{"itemIdentifier": "0"}]}

    (failure,) = logged(log, "record failed")
    assert failure["reason"] == "the send table answers ResourceNotFoundException"
