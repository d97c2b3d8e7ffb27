"""Printing: tables for a terminal, plain text for a pipe, JSON for machines."""

from __future__ import annotations

import json
import re
import sys

import pytest

from ses_stack_cli.output import (
    coloured,
    counted,
    print_json,
    print_json_line,
    print_note,
    print_raw,
    print_table,
    printable,
    spinner,
)

MESSAGE_ID = "0100019ab1c2d3e4-0f6e5a9c-1b2c-4d3e-9f80-112233445566-000000"


def plain(shown: str) -> str:
    """What a terminal shows, without its colours."""
    return re.sub(r"\x1b\[[\d;]*m", "", shown)


@pytest.fixture
def _narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    monkeypatch.setenv("COLUMNS", "60")


@pytest.mark.parametrize("width", [60, 80])
@pytest.mark.usefixtures("_narrow")
def test_a_row_that_does_not_fit_becomes_a_block_with_whole_cells(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    time = "2026-11-24T06:10:00.000Z"
    print_table(
        ("TIME", "SUBTYPE", "DETAIL", "MESSAGE"), [[time, "", "550 5.1.1 [unknown]", MESSAGE_ID], [time, "x", "", "m"]]
    )
    assert plain(capsys.readouterr().out).splitlines() == [
        f"TIME     {time}",
        "DETAIL   550 5.1.1 [unknown]",
        f"MESSAGE  {MESSAGE_ID}",
        "",
        f"TIME     {time}",
        "SUBTYPE  x",
        "MESSAGE  m",
        "",
    ]


@pytest.mark.usefixtures("_narrow")
def test_a_number_and_its_noun_agree() -> None:
    assert [counted(number, "line") for number in (0, 1, 12_000)] == ["0 lines", "1 line", "12,000 lines"]
    assert [counted(number, "address") for number in (1, 2)] == ["1 address", "2 addresses"]


def test_a_heading_is_never_cut(capsys: pytest.CaptureFixture[str]) -> None:
    columns = ("QUEUE", "EXAMINED", "WOULD BE REDRIVEN", "SKIPPED", "FAILED")
    print_table(columns, [["suppression", "0", "0", "0", "0"]])
    shown = plain(capsys.readouterr().out)
    assert all(column in shown for column in columns)


@pytest.mark.usefixtures("_narrow")
def test_a_table_that_fits_folds_its_sentences(capsys: pytest.CaptureFixture[str]) -> None:
    why = "the sender could not find the template that this request names"
    print_table(("QUEUE", "CAUSE", "LETTERS"), [["priority", why, "7"]])
    lines = plain(capsys.readouterr().out).splitlines()
    assert max(map(len, lines)) <= 60
    assert not any(why in line for line in lines)


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


HOSTILE = '{"subject": "\x9b31m\u202egnp.exe\x7f\u2066", "text": "Zoë 你好 😀"}'


def test_a_pipe_gets_text_from_outside_as_it_is(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    for text in (HOSTILE, "\x1b[31mred\x1b[0m"):
        print_raw(text)
        assert capsysbinary.readouterr().out == text.encode() + b"\n"


def test_a_terminal_gets_nothing_that_it_would_obey(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    print_raw(HOSTILE)
    shown = capsys.readouterr().out.removesuffix("\n")
    assert shown.isprintable()
    assert "Zoë 你好 😀" in shown
    assert json.loads(shown) == json.loads(HOSTILE), "the same document"
    print_raw("\x1b]0;title\x07\r\n\tsecond line\x00")
    assert capsys.readouterr().out == "\\u001b]0;title\\u0007\\r\n\tsecond line\\u0000\n"
    print_json({"name": "\x7f\x1b"})
    assert "\x7f" not in capsys.readouterr().out
