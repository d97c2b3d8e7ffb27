"""The projector with its real collaborators."""

from __future__ import annotations

import pytest

from ses_stack.bootstrap.projector import build
from ses_stack.errors import ConfigurationError
from tests.support.lambda_world import FakeSes, put_claimed, rows, stream_event


def test_a_send_event_settles_its_request(ses: FakeSes) -> None:
    put_claimed("r1")

    batch = build()(stream_event("r1", "unknown"))

    assert (batch.settled, batch.failed) == (1, None)
    (row,) = rows("SendTable")
    assert (row["status"], row["message_id"]) == ({"S": "sent"}, {"S": "ses-r1"})


def test_a_missing_variable_is_named(ses: FakeSes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SEND_TABLE")

    with pytest.raises(ConfigurationError, match="SEND_TABLE"):
        build()
