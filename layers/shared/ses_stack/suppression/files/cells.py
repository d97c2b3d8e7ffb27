"""Cells of a CSV file that a spreadsheet may open.

A spreadsheet runs a cell that begins with `=`, `+`, `-` or `@`, also after a tab or a line break. `defused` puts an
apostrophe before such a cell, and `restored` takes it away. https://owasp.org/www-community/attacks/CSV_Injection
"""

from __future__ import annotations

import re

# The full-width forms count too: some spreadsheets take them for the plain ones.
_RUN = re.compile("'*[=+@\t\r\n＝＋－＠-]")


def defused(cell: str) -> str:
    """The cell in a form that no spreadsheet runs."""
    return f"'{cell}" if _RUN.match(cell) else cell


def restored(cell: str) -> str:
    """The cell that `defused` made this one of."""
    return cell[1:] if cell.startswith("'") and _RUN.match(cell) else cell
