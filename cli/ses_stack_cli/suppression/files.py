"""`ses-stack suppression import` and `export`: lists as files."""

from __future__ import annotations

import csv
import io
import json
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, BinaryIO, TextIO

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from ses_stack.errors import ListFileError
from ses_stack.mail.times import utc_milliseconds
from ses_stack.suppression.files import Bad, Defaults, Loaded, entries, load
from ses_stack.suppression.policy import EVERYTHING, Reason, Suppression, checked_scope
from ses_stack_cli.options import moment, stack_options
from ses_stack_cli.output import print_json, print_json_line, print_note
from ses_stack_cli.stack_options import StackOptions
from ses_stack_cli.suppression.target import By, Scope, deadline, line_document, suppressed, whoever

_SHOWN_BAD = 20
_COLUMNS = ("address", "scope", "reason", "subtype", "event_time", "source", "message_id", "expires_at")
_STANDARD = Path("-")


class Format(StrEnum):
    """How a list is written."""

    CSV = "csv"
    JSONL = "jsonl"


@stack_options
def import_list(
    file: Annotated[Path, typer.Argument(help="CSV or JSON Lines; - is standard input.", show_default=False)],
    *,
    scope: Scope = EVERYTHING,
    reason: Annotated[
        Reason, typer.Option("--reason", help="For lines that name none.", show_default=True)
    ] = Reason.MANUAL,
    since: Annotated[
        str | None,
        typer.Option("--since", help="Time of lines that name none. Without it: the file's own.", show_default=False),
    ] = None,
    errors: Annotated[
        Path | None, typer.Option("--errors", help="Write every bad line's number and reason here.", show_default=False)
    ] = None,
    by: By = None,
    as_json: bool,
    stack: StackOptions,
) -> None:
    """Load a list of addresses. Bad lines are named, with the reason; the others are loaded.

    CSV has a header with a column address (or email), and perhaps scope, reason, event_time, subtype, message_id,
    expires_at and note; a file without a header has addresses in its first column. JSON Lines has the same names.
    Loading a file again changes nothing, so a load that was stopped can be run again; and a removal that is newer than
    a line's time holds. SES's own list is not touched: `ses-stack suppression sync` compares, and mends it.
    Exit code 1 if a line was bad.

    Examples:
      ses-stack suppression import old-provider.csv --reason bounce
      ses-stack suppression import optouts.jsonl --scope marketing --reason unsubscribe --errors bad.csv
    """
    checked_scope(scope)
    if reason is Reason.SOFT_BOUNCE:
        raise typer.BadParameter("a soft bounce's suppression ends: its lines name it, with expires_at")
    place = suppressed(stack)
    now = time.time()
    with ExitStack() as opened:
        source, size, written = _opened(opened, file)
        time_of_lines = moment(since, datetime.now(UTC)) if since else written
        defaults = Defaults(scope=scope, reason=reason, time=utc_milliseconds(time_of_lines), by=whoever(by), now=now)
        bad = opened.enter_context(_bad_lines(errors))
        bar = opened.enter_context(_bar(size))
        loaded = load(
            place.work(),
            place.table,
            entries(source, defaults),
            on_bad=bad,
            on_progress=lambda so_far: bar(source, so_far),
            deadline=deadline,
        )
    _summarize(loaded, bad, errors, as_json)
    if loaded.bad:
        raise typer.Exit(1)


@stack_options
def export_list(
    file: Annotated[Path, typer.Argument(help="Where to; - is standard output.", show_default=False)],
    *,
    scope: Annotated[str | None, typer.Option("--scope", help="Only this scope.", show_default=False)] = None,
    reason: Annotated[Reason | None, typer.Option("--reason", help="Only this reason.", show_default=False)] = None,
    form: Annotated[
        Format | None,
        typer.Option("--format", help="Without it: by the file's name, .jsonl or .csv.", show_default=False),
    ] = None,
    as_json: bool,
    stack: StackOptions,
) -> None:
    """Write the list to a file that `import` takes. --json prints a summary, or has - print JSON Lines.

    Examples:
      ses-stack suppression export suppressed.csv
      ses-stack suppression export - --format jsonl --scope marketing
    """
    if scope:
        checked_scope(scope)
    chosen = form or (
        Format.JSONL if file.suffix in {".jsonl", ".ndjson"} or (as_json and file == _STANDARD) else Format.CSV
    )
    now = time.time()
    lines = suppressed(stack).list.lines(scope=scope, reason=reason)
    held = (line for line in lines if line.active(now))
    if file == _STANDARD:
        _write(held, sys.stdout, chosen)
        return
    try:
        with file.open("w", encoding="utf-8", newline="") as output:
            count = _write(held, output, chosen)
    except OSError as error:
        raise ListFileError(f"{file} cannot be written: {error.strerror}") from None
    if as_json:
        print_json({"file": str(file), "format": chosen, "exported": count})
    else:
        print_note(f"{count} lines are in {file}")


class _BadLines:
    """Counts bad lines; keeps the first few to show, and writes all to a file, if there is one."""

    def __init__(self, output: TextIO | None) -> None:
        self.first: list[Bad] = []
        self._writer = csv.writer(output) if output else None
        if self._writer:
            self._writer.writerow(("line", "problem"))

    def __call__(self, bad: Bad) -> None:
        if len(self.first) < _SHOWN_BAD:
            self.first.append(bad)
        if self._writer:
            self._writer.writerow((bad.line, bad.problem))


@contextmanager
def _bad_lines(path: Path | None) -> Iterator[_BadLines]:
    if path is None:
        yield _BadLines(None)
        return
    try:
        output = path.open("w", encoding="utf-8", newline="")
    except OSError as error:
        raise ListFileError(f"{path} cannot be written: {error.strerror}") from None
    with output:
        yield _BadLines(output)


def _opened(stack: ExitStack, file: Path) -> tuple[BinaryIO, int | None, datetime]:
    """The file, its size, and when it was written; standard input is written now."""
    if file == _STANDARD:
        return sys.stdin.buffer, None, datetime.now(UTC)
    try:
        source = stack.enter_context(file.open("rb"))
    except OSError as error:
        raise ListFileError(f"{file} cannot be read: {error.strerror}") from None
    told = file.stat()
    return source, told.st_size, datetime.fromtimestamp(told.st_mtime, UTC)


@contextmanager
def _bar(size: int | None) -> Iterator[Any]:
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

        def advance(source: BinaryIO, loaded: Loaded) -> None:
            try:
                progress.update(task, completed=source.tell() if size else None, lines=loaded.lines)
            except io.UnsupportedOperation:
                progress.update(task, lines=loaded.lines)

        yield advance


def _summarize(loaded: Loaded, bad: _BadLines, errors: Path | None, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "lines": loaded.lines,
                "added": loaded.added,
                "already": loaded.already,
                "expired": loaded.expired,
                "bad": loaded.bad,
                "errors": [{"line": each.line, "problem": each.problem} for each in bad.first],
            }
        )
        return
    for each in bad.first:
        print_note(f"line {each.line}: {each.problem}")
    if loaded.bad > len(bad.first):
        more = loaded.bad - len(bad.first)
        print_note(
            f"and {more} more bad lines: {f'all are in {errors}' if errors else '--errors FILE has them all written'}"
        )
    print_note(
        f"{loaded.lines} lines: {loaded.added} added, {loaded.already} there already, "
        f"{loaded.expired} expired, {loaded.bad} bad"
    )


def _write(lines: Iterator[Suppression], output: TextIO, form: Format) -> int:
    count = 0
    writer = csv.writer(output)
    if form is Format.CSV:
        writer.writerow(_COLUMNS)
    for line in lines:
        document = line_document(line)
        told = {name: document[name] for name in _COLUMNS}
        if form is Format.CSV:
            writer.writerow(["" if value is None else value for value in told.values()])
        elif output is sys.stdout:
            print_json_line(told)
        else:
            output.write(_json_line(told))
        count += 1
    return count


def _json_line(document: dict[str, Any]) -> str:
    return json.dumps(document) + "\n"
