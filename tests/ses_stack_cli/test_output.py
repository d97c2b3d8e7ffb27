"""What a person sees in a narrow terminal."""

from __future__ import annotations

import pytest

from ses_stack_cli.output import print_table

MESSAGE_ID = "0100019ab1c2d3e4-0f6e5a9c-1b2c-4d3e-9f80-112233445566-000000"


@pytest.fixture
def _narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    monkeypatch.setenv("COLUMNS", "60")


@pytest.mark.usefixtures("_narrow")
def test_what_somebody_may_copy_is_never_cut(capsys: pytest.CaptureFixture[str]) -> None:
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
