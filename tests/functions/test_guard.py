"""The guard as Lambda calls it."""

from __future__ import annotations

import io
import json

import pytest

from tests.ses_stack.bootstrap.test_guard import count
from tests.support.lambda_world import CONTEXT, FakeSes, logged, new_function


def test_metrics_are_lines_of_the_log_and_actions_are_told(
    ses: FakeSes, log: io.StringIO, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    app = new_function("guard", log, monkeypatch)
    count("marketing", send=5_000, complaint=20)

    assert app.handler({}, CONTEXT) is None

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line.get("Stream") for line in lines] == [None, "transactional", "marketing", "default"]
    assert all("_aws" in line for line in lines)
    assert lines[2]["StreamPaused"] == 1
    first, second = logged(log, "action")
    assert first["action"].startswith("paused marketing mail: 20 complaints of 5,000 messages")
    assert second["action"] == "turned off the configuration set ses-stack-marketing"


def test_what_is_not_known_is_in_the_log(
    ses: FakeSes, log: io.StringIO, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("STATISTICS_TABLE", "no-such-table")
    app = new_function("guard", log, monkeypatch)
    app.handler({}, CONTEXT)
    (unknown,) = logged(log, "unknown")
    assert (unknown["what"], "ResourceNotFoundException" in unknown["reason"]) == ("the counters", True)
    assert '"GuardRuns": 1' in capsys.readouterr().out
