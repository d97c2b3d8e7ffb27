"""What the commands of `ses-stack local` print, and how they report errors."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from ses_stack_cli.local import state
from ses_stack_cli.local.errors import LocalCloudError, StepError
from ses_stack_cli.output import counted, print_json_line, print_raw, printable

# For progress and errors: standard output holds results only.
stderr = Console(stderr=True, highlight=False)
stdout = Console(highlight=False)


class Steps:
    """Prints each step as it begins, with the seconds since the command began."""

    def __init__(self) -> None:
        self._begun = time.monotonic()

    def begin(self, step: str) -> None:
        """Prints one step."""
        now = time.monotonic()
        stderr.print(Text.assemble((f"{now - self._begun:5.1f} s", "dim"), f"  {step} ..."), soft_wrap=True)


@contextmanager
def reported_errors() -> Iterator[None]:
    """Ends the command with a sentence and exit code 1 instead of a traceback. A failed step shows its output."""
    try:
        yield
    except StepError as error:
        stderr.print(Text(error.output), soft_wrap=True)
        shown = "Above is what it printed" if error.output else "It printed nothing"
        print_error(f"{error}.", f" {shown}; logs: {state.directory()}")
        raise typer.Exit(1) from None
    except LocalCloudError as error:
        print_error(str(error))
        raise typer.Exit(1) from None


def print_error(sentence: str, rest: str = "") -> None:
    """A sentence in red on standard error. Square brackets in it are text, not markup."""
    stderr.print(Text.assemble(printable(sentence, "bold red"), printable(rest)), soft_wrap=True)


def print_result(word: str, text: str) -> None:
    """A word in bold, and what belongs to it, unchanged."""
    stdout.print(Text(f"{word}:", "bold"), end=" ")
    print_raw(text)


def print_status(status: dict[str, Any], as_json: bool) -> None:
    """Prints what `stack.status` gives."""
    if as_json:
        stdout.print_json(data=status)
        return
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_row("AWS emulator", Text(status["endpoint"]))
    table.add_row("SES simulator", Text(status["simulator"]))
    table.add_row("stack", Text(status["stack"]))
    for name, depth in status["queues"].items():
        table.add_row(name, counted(depth, "message"))
    stdout.print(table)


def print_lines(lines: Iterable[str]) -> None:
    """Prints lines as they are; a terminal gets nothing that it would obey."""
    for line in lines:
        print_raw(line)


def print_line_documents(lines: Iterable[str]) -> None:
    """Prints each line as a JSON document."""
    for line in lines:
        print_json_line({"line": line})


def progress_bar() -> Progress:
    """A progress bar, which is invisible outside a terminal."""
    columns = (TextColumn("        {task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=stderr, disable=not stderr.is_terminal)
