"""Reading logs."""

from __future__ import annotations

from pathlib import Path

import pytest

from ses_stack_cli.local import logs, state
from ses_stack_cli.local.errors import LocalCloudError
from ses_stack_cli.local.logs import LogSource


def test_a_servers_log_is_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(state.DIRECTORY_VARIABLE, str(tmp_path))
    read = logs.reader(LogSource.SIMULATOR)
    assert read() == []
    (tmp_path / "simulator.log").write_text("one\ntwo\n")
    assert read() == ["one", "two"]


def test_the_functions_logs_need_a_local_cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(state.DIRECTORY_VARIABLE, str(tmp_path))
    with pytest.raises(LocalCloudError):
        logs.reader(LogSource.FUNCTIONS)


def test_following_gives_what_is_added(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "_FOLLOW_SECONDS", 0)
    readings = iter([["a", "b"], ["a", "b"], ["a", "b", "c", "d"]])
    added = logs.follow(lambda: next(readings), 1)
    assert [next(added) for _ in range(3)] == [["b"], [], ["c", "d"]]


def test_a_log_that_begins_anew_is_followed_from_its_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that starts again empties its log."""
    monkeypatch.setattr(logs, "_FOLLOW_SECONDS", 0)
    readings = iter([["a", "b", "c"], ["x"], ["x", "y"]])
    added = logs.follow(lambda: next(readings), 3)
    assert [next(added) for _ in range(3)] == [[], ["x"], ["y"]]
