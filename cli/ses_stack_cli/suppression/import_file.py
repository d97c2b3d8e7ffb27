"""`ses-stack suppression import`: a list from a file."""

from __future__ import annotations

import csv
import io
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, BinaryIO, TextIO

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from ses_stack.errors import ListFileError, TableError
from ses_stack.mail.times import utc_milliseconds
from ses_stack.suppression.facts import Reason
from ses_stack.suppression.files.csv_records import BadLine
from ses_stack.suppression.files.loading import ImportCounts, load
from ses_stack.suppression.files.row_facts import ImportDefaults, entries
from ses_stack.suppression.files.rows import ListFile
from ses_stack.suppression.scopes import EVERYTHING, checked_scope
from ses_stack_cli.options import file_path, moment, stack_options
from ses_stack_cli.output import counted, print_json, print_note
from ses_stack_cli.stack_options import StackOptions
from ses_stack_cli.suppression.options import By, Columns, IgnoredColumns, Scope, column_choice
from ses_stack_cli.suppression.target import deadline, operator_name, suppression_of

_SHOWN_BAD_LINES = 20
_STANDARD_INPUT = Path("-")


@stack_options
def import_list(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", parser=file_path, help="CSV or JSON Lines; - is standard input.", show_default=False
        ),
    ],
    *,
    scope: Scope = EVERYTHING,
    reason: Annotated[
        Reason | None,
        typer.Option(
            "--reason",
            help="For lines without a reason. Without it: what the file's columns mean, or manual.",
            show_default=False,
        ),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            "--since",
            help="For lines without a time. Without it: the file's own time.",
            show_default=False,
        ),
    ] = None,
    column: Columns = None,
    ignore_column: IgnoredColumns = None,
    errors: Annotated[
        Path | None,
        typer.Option(
            "--errors", parser=file_path, help="Write every bad line's number and reason here.", show_default=False
        ),
    ] = None,
    by: By = None,
    as_json: bool,
    stack: StackOptions,
) -> None:
    """Load a list of addresses. Bad lines are reported with the reason; the other lines are loaded.

    A CSV file has a header with the column address (or email), and perhaps scope, reason, event_time, subtype,
    message_id, expires_at and note. A file without a header has an address and perhaps a reason in each line. JSON uses
    the same names. Exports of SES, SendGrid, Mailchimp, Mailgun and Postmark are loaded as they are. Loading a file
    again changes nothing, so a stopped import can be run again. A removal that is newer than a line's time stays in
    force. SES's own list is not changed: see `ses-stack suppression sync`. Exit code 1 if a line was bad.

    Examples:
      ses-stack suppression import old-provider.csv \\
        --reason bounce
      ses-stack suppression import optouts.jsonl \\
        --scope marketing --reason unsubscribe \\
        --errors bad.csv
      ses-stack suppression import customers.csv \\
        --column address='Work mail' --ignore-column reason
    """
    checked_scope(scope)
    if reason is Reason.SOFT_BOUNCE:
        raise typer.BadParameter("a soft_bounce needs expires_at: each line must give both itself")
    choice = column_choice(column, ignore_column)
    if errors and errors.exists() and file.exists() and errors.samefile(file):
        raise typer.BadParameter("that is the file with the list", param_hint="--errors")
    suppression = suppression_of(stack)
    now = time.time()
    with ExitStack() as opened:
        source, size, written = _opened(opened, file)
        time_of_lines = utc_milliseconds(moment(since, datetime.now(UTC)) if since is not None else written)
        defaults = ImportDefaults(scope=scope, reason=reason, time=time_of_lines, by=operator_name(by), now=now)
        bad = opened.enter_context(_bad_lines(errors))
        listed = ListFile(source, choice)
        advance = opened.enter_context(_progress_bar(size))
        with _remark_when_stopped():
            counts = load(
                suppression.lists.context(),
                suppression.table,
                entries(listed, defaults),
                on_bad=bad,
                on_progress=lambda so_far: advance(source, so_far),
                deadline=deadline,
            )
    _print_summary(counts, bad, errors, list(listed.unused), as_json)
    if counts.bad:
        raise typer.Exit(1)


class _BadLines:
    """Keeps the first bad lines to show them, and writes all of them to a file, if there is one."""

    def __init__(self, output: TextIO | None) -> None:
        self.first: list[BadLine] = []
        self._writer = csv.writer(output) if output else None

    def __call__(self, bad: BadLine) -> None:
        if len(self.first) < _SHOWN_BAD_LINES:
            self.first.append(bad)
        if self._writer:
            self._writer.writerow((bad.line, bad.problem))


@contextmanager
def _bad_lines(path: Path | None) -> Iterator[_BadLines]:
    if path is None:
        yield _BadLines(None)
        return
    try:
        path.write_bytes(b"line,problem\r\n")  # on a full disk, nothing is loaded
        output = path.open("a", encoding="utf-8", newline="")
    except OSError as error:
        raise ListFileError(f"{path} cannot be written: {error.strerror}") from None
    with output:
        yield _BadLines(output)


def _opened(stack: ExitStack, file: Path) -> tuple[BinaryIO, int | None, datetime]:
    """The file, its size, and when it was changed; for standard input: now."""
    if file == _STANDARD_INPUT:
        return sys.stdin.buffer, None, datetime.now(UTC)
    try:
        source = stack.enter_context(file.open("rb"))
    except OSError as error:
        raise ListFileError(f"{file} cannot be read: {error.strerror}") from None
    status = file.stat()
    return source, status.st_size, datetime.fromtimestamp(status.st_mtime, UTC)


@contextmanager
def _remark_when_stopped() -> Iterator[None]:
    """Says what to do after Ctrl-C, or after a failure of the table."""
    try:
        yield
    except (TableError, KeyboardInterrupt):
        print_note("stopped: the same command loads the rest, and changes nothing that is loaded already")
        raise


@contextmanager
def _progress_bar(size: int | None) -> Iterator[Any]:
    """A progress bar on standard error, in a terminal."""
    console = Console(stderr=True)
    progress = Progress(
        TextColumn("Loading"),
        BarColumn(),
        TextColumn("{task.fields[lines]:,} lines"),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
    )
    with progress:
        task: TaskID = progress.add_task("", total=size, lines=0)

        def advance(source: BinaryIO, counts: ImportCounts) -> None:
            try:
                progress.update(task, completed=source.tell() if size else None, lines=counts.lines)
            except io.UnsupportedOperation:
                progress.update(task, lines=counts.lines)

        yield advance


def _print_summary(counts: ImportCounts, bad: _BadLines, errors: Path | None, unused: list[str], as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "lines": counts.lines,
                "added": counts.added,
                "already": counts.already,
                "expired": counts.expired,
                "bad": counts.bad,
                "blank": counts.blank,
                "unused_columns": unused,
                "errors": [{"line": each.line, "problem": each.problem} for each in bad.first],
            }
        )
        return
    for each in bad.first:
        print_note(f"line {each.line}: {each.problem}")
    if counts.bad > len(bad.first):
        where = f"all are in {errors}" if errors else "--errors FILE writes all of them"
        print_note(f"and {counted(counts.bad - len(bad.first), 'more bad line')}: {where}")
    if unused:
        print_note(f"columns that were not loaded: {', '.join(unused)}")
    blank = f", {counts.blank} blank" if counts.blank else ""
    print_note(
        f"{counted(counts.lines, 'line')}: {counts.added} added, {counts.already} there already, "
        f"{counts.expired} expired, {counts.bad} bad{blank}"
    )
