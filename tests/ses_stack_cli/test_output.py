"""Printing: tables for a terminal, plain text for a pipe, JSON for machines."""

from __future__ import annotations

import pytest

from ses_stack_cli.output import (
    coloured,
    print_json,
    print_json_line,
    print_note,
    print_table,
    printable,
    spinner,
)

MESSAGE_ID = "0100019ab1c2d3e4-0f6e5a9c-1b2c-4d3e-9f80-112233445566-000000"


@pytest.fixture
def _narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    monkeypatch.setenv("COLUMNS", "60")


@pytest.mark.usefixtures("_narrow")
def test_a_cell_that_the_operator_may_copy_is_never_cut(capsys: pytest.CaptureFixture[str]) -> None:
    why = "the sender could not find the template that this request names"
    print_table(("TIME", "CAUSE", "MESSAGE"), [["2026-11-24T06:10:00.000Z", why, MESSAGE_ID]])
    shown = capsys.readouterr().out
    assert MESSAGE_ID in shown
    assert "2026-11-24T06:10:00.000Z" in shown
    assert "…" not in shown
    assert why not in shown, "a sentence is folded"


@pytest.mark.usefixtures("_narrow")
def test_a_table_that_fits_is_no_wider_than_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(("LANE", "READY"), [["priority", "7"]])
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 60


def test_a_pipe_gets_aligned_columns_without_colours(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(("TYPE", "MESSAGE"), [[coloured("bounce"), "m"], ["send", MESSAGE_ID]])
    assert capsys.readouterr().out == f"TYPE    MESSAGE\nbounce  m\nsend    {MESSAGE_ID}\n"


def test_a_note_goes_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    print_note("nothing happened")
    assert capsys.readouterr() == ("", "nothing happened\n")


def test_a_note_is_one_line_however_long_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    print_note("word " * 100)
    assert capsys.readouterr().err.count("\n") == 1


def test_control_characters_are_replaced() -> None:
    assert printable("\x1b[31mred\r\n").plain == "\ufffd[31mred\ufffd\ufffd"
    assert printable(None).plain == ""


def test_a_status_has_its_colour_and_another_word_has_none() -> None:
    assert (coloured("bounced").style, coloured("marketing").style) == ("red", "")


def test_documents_for_machines(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"a": 1})
    print_json_line({"b": 2})
    assert capsys.readouterr().out == '{\n  "a": 1\n}\n{"b": 2}\n'


def test_a_pipe_gets_no_spinner(capsys: pytest.CaptureFixture[str]) -> None:
    with spinner("reading the feed"):
        pass
    assert capsys.readouterr() == ("", "")
