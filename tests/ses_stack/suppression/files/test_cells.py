"""Cells that a spreadsheet would run."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ses_stack.suppression.files.cells import defused, restored


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "'=1", "''=1"])
def test_what_a_spreadsheet_would_run_gets_an_apostrophe(cell: str) -> None:
    assert defused(cell) == f"'{cell}"
    assert restored(defused(cell)) == cell


@pytest.mark.parametrize("cell", ["", "ann@x.org", "'t.hooft@x.org", "*", "5.1.1", " =1"])
def test_other_cells_stay_as_they_are(cell: str) -> None:
    assert defused(cell) == restored(cell) == cell


@given(st.text(alphabet="'=+-@\t\r\nab ", max_size=6))
def test_what_is_defused_can_be_restored(cell: str) -> None:
    shown = defused(cell)
    assert restored(shown) == cell
    assert not shown.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
