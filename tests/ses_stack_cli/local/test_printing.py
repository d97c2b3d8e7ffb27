"""What the commands print, and how errors end them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer

from ses_stack_cli.local import printing, state
from ses_stack_cli.local.errors import LocalCloudError, StepError

STATUS = {
    "endpoint": "https://127.0.0.1:1",
    "simulator": "http://127.0.0.1:2",
    "stack": "ses-stack",
    "queues": {"BulkQueue": 7},
}


def test_an_error_is_a_sentence_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as raised, printing.reported_errors():
        raise LocalCloudError("no local cloud is running")
    assert raised.value.exit_code == 1
    assert capsys.readouterr() == ("", "no local cloud is running\n")


def test_a_failed_step_shows_its_output_and_where_the_logs_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(state.DIRECTORY_VARIABLE, str(tmp_path))
    with pytest.raises(typer.Exit), printing.reported_errors():
        raise StepError("Deploying", "[red]ROLLBACK[/red]")
    err = capsys.readouterr().err
    assert err.startswith("[red]ROLLBACK[/red]\nDeploying failed.")
    assert str(tmp_path) in err.replace("\n", "")


def test_square_brackets_are_text_wherever_they_stand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "a [/bold] folder"
    monkeypatch.setenv(state.DIRECTORY_VARIABLE, str(folder))
    with pytest.raises(typer.Exit), printing.reported_errors():
        raise StepError("Deploying [/red]", "")
    assert capsys.readouterr().err == f"\nDeploying [/red] failed. It printed nothing; logs: {folder}\n"
    with pytest.raises(typer.Exit), printing.reported_errors():
        raise LocalCloudError("no function [/bold] in the stack")
    printing.Steps().begin("[/dim]")
    printing.print_status(STATUS | {"stack": "[/bold]"}, as_json=False)
    out, err = capsys.readouterr()
    assert "no function [/bold] in the stack\n" in err
    assert "[/dim] ...\n" in err
    assert "[/bold]" in out


def test_the_status_as_a_table_and_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    printing.print_status(STATUS, as_json=False)
    assert capsys.readouterr().out.split() == [
        *("AWS", "emulator", "https://127.0.0.1:1", "SES", "simulator", "http://127.0.0.1:2"),
        *("stack", "ses-stack", "BulkQueue", "7", "messages"),
    ]
    printing.print_status(STATUS, as_json=True)
    assert json.loads(capsys.readouterr().out) == STATUS


def test_lines_are_printed_unchanged(capsys: pytest.CaptureFixture[str]) -> None:
    line = "[bold]x[/bold] " + "y" * 300
    printing.print_lines([line])
    assert capsys.readouterr().out == f"{line}\n"


def test_a_step_is_printed_as_it_begins(capsys: pytest.CaptureFixture[str]) -> None:
    printing.Steps().begin("Building")
    assert capsys.readouterr().err.endswith(" s  Building ...\n")


def test_a_progress_bar_is_invisible_in_a_pipe() -> None:
    assert printing.progress_bar().disable


def test_a_terminal_gets_no_control_characters_of_a_log(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = ["[b]\tx\x1b[2J"]
    printing.print_lines(lines)
    printing.print_line_documents(lines)
    assert capsys.readouterr().out == '[b]\tx\x1b[2J\n{"line": "[b]\\tx\\u001b[2J"}\n'
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    printing.print_lines(lines)
    printing.print_result("answered", "\x1b[2J")
    shown = capsys.readouterr().out
    assert "[b]\tx\\u001b[2J\n" in shown
    assert "\x1b[2J" not in shown
