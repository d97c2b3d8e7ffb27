"""`ses-stack suppression export`: the list as a file."""

from __future__ import annotations

import csv
import json
import sys
import time
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TextIO

import typer

from ses_stack.errors import ListFileError
from ses_stack.suppression.files.cells import defused
from ses_stack.suppression.files.columns import EXPORT_COLUMNS
from ses_stack.suppression.policy import Suppression
from ses_stack.suppression.scopes import checked_scope
from ses_stack_cli.options import file_path, stack_options
from ses_stack_cli.output import counted, is_terminal, print_json, print_json_line, print_note, printable
from ses_stack_cli.replacing import replacing
from ses_stack_cli.stack_options import StackOptions
from ses_stack_cli.stopping import terminating_signals_raise
from ses_stack_cli.suppression.documents import line_document
from ses_stack_cli.suppression.options import ReasonFilter, ScopeFilter
from ses_stack_cli.suppression.target import suppression_of

_JSONL_SUFFIXES = {".jsonl", ".ndjson"}
_STANDARD_OUTPUT = Path("-")


class Format(StrEnum):
    """How a list is written."""

    CSV = "csv"
    JSONL = "jsonl"


@stack_options
def export_list(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", parser=file_path, help="Where to; - is standard output.", show_default=False),
    ],
    *,
    scope: ScopeFilter = None,
    reason: ReasonFilter = None,
    form: Annotated[
        Format | None,
        typer.Option("--format", help="Without it: by the file's name, .jsonl or .csv.", show_default=False),
    ] = None,
    as_json: bool,
    stack: StackOptions,
) -> None:
    """Write the list to a file that `import` accepts.

    The file is complete or not there: an export that is stopped changes nothing. In CSV, an apostrophe stands before
    cells that a spreadsheet would run, and `import` takes it away.
    With --json, the command prints a summary; if the file is -, it prints the list as JSON Lines.

    Examples:
      ses-stack suppression export suppressed.csv
      ses-stack suppression export - --format jsonl \\
        --scope marketing
    """
    if scope is not None:
        checked_scope(scope)
    chosen = form or _format_of(file, as_json=as_json)
    now = time.time()
    lines = suppression_of(stack).reader.lines(scope=scope, reason=reason)
    active_lines = (line for line in lines if line.active(now))
    if file == _STANDARD_OUTPUT:
        write_lines(active_lines, sys.stdout, chosen)
        return
    try:
        with terminating_signals_raise(), replacing(file) as output:
            count = write_lines(active_lines, output, chosen)
    except OSError as error:
        raise ListFileError(f"{file} cannot be written: {error.strerror}") from None
    if as_json:
        print_json({"file": str(file), "format": chosen, "exported": count})
    else:
        print_note(f"{counted(count, 'line')} written to {file}")


def _format_of(file: Path, *, as_json: bool) -> Format:
    is_jsonl = file.suffix in _JSONL_SUFFIXES or (as_json and file == _STANDARD_OUTPUT)
    return Format.JSONL if is_jsonl else Format.CSV


def write_lines(lines: Iterable[Suppression], output: TextIO, form: Format) -> int:
    """Writes lines; returns how many. A terminal gets nothing that it would obey."""
    count = 0
    writer = csv.writer(output)
    shown = is_terminal(output)
    if form is Format.CSV:
        writer.writerow(EXPORT_COLUMNS)
    for line in lines:
        document = line_document(line)
        fields = {name: document[name] for name in EXPORT_COLUMNS}
        if form is Format.CSV:
            cells = [defused(value or "") for value in fields.values()]
            writer.writerow([printable(cell).plain for cell in cells] if shown else cells)
        elif output is sys.stdout:
            print_json_line(fields)
        else:
            output.write(json.dumps(fields) + "\n")
        count += 1
    return count
