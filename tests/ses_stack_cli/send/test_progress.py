"""The progress bar, without a terminal and with one."""

from __future__ import annotations

import pytest

from ses_stack_cli.send.progress import progress_bar


def test_without_a_terminal_remarks_are_lines(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar(10) as (advance, remark):
        remark("line 3: to[0] has no @")
        advance(5)

    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "line 3: to[0] has no @\n")


def test_in_a_terminal_remarks_stand_above_the_bar(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    with progress_bar(10) as (advance, remark):
        remark("line 3: \x1b[2Jto[0] has no @")
        advance(10)

    captured = capsys.readouterr()
    assert captured.out == ""
    assert "line 3: \N{REPLACEMENT CHARACTER}[2Jto[0] has no @" in captured.err
    assert "10/10" in captured.err
