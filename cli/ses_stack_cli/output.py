"""Printing: tables and colours for a terminal, plain text for a pipe, JSON for machines."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, TextIO

import typer
from rich.text import Text

from ses_stack.history.timeline import MessageStatus
from ses_stack.mail.event_types import EventType

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

_STYLES: dict[str, str] = {
    MessageStatus.COMPLAINED: "bold red",
    MessageStatus.BOUNCED: "red",
    MessageStatus.REJECTED: "red",
    MessageStatus.FAILED: "red",
    MessageStatus.DELIVERED: "green",
    MessageStatus.DELAYED: "yellow",
    MessageStatus.SENT: "cyan",
    EventType.COMPLAINT: "bold red",
    EventType.BOUNCE: "red",
    EventType.REJECT: "red",
    EventType.RENDERING_FAILURE: "red",
    EventType.DELIVERY: "green",
    EventType.DELIVERY_DELAY: "yellow",
    EventType.SUBSCRIPTION: "magenta",
    EventType.SEND: "cyan",
}


# Columns that hold sentences. A narrow terminal folds them.
_SENTENCE_COLUMNS = {"CAUSE", "DETAIL", "TYPES", "REASON", "NOTE", "HOW", "SUBJECT", "WHAT FOLLOWS", "WHAT SYNC DOES"}
_MINIMUM_SENTENCE_WIDTH = 16
_UNLIMITED_WIDTH = 10_000
# https://rich.readthedocs.io/en/stable/console.html#terminal-detection
_ASKING_FOR_COLOURS = {"FORCE_COLOR", "TTY_COMPATIBLE"}


def print_json(document: object) -> None:
    """A document for machines, on standard output."""
    print_raw(json.dumps(document, indent=2))


def print_json_line(document: object) -> None:
    """One of several documents, each on a line of its own."""
    print_raw(json.dumps(document))


def print_raw(text: str) -> None:
    """Text from outside as it is, in a pipe or a file. In a terminal, what the terminal would obey is escaped as in
    JSON: control characters, and those that change the direction of writing. A JSON document stays the same document.
    """
    shown = "".join(map(_escaped, text)) if is_terminal(sys.stdout) else text
    typer.echo(shown.encode("utf-8", "replace"))  # of a text, echo would leave out escape sequences


def is_terminal(output: TextIO) -> bool:
    """Whether an operator looks at an output, rather than a program."""
    return output.isatty()


def print_text(text: Text | str = "") -> None:
    """A line on standard output, never wrapped."""
    _console(soft_wrap=True).print(text)


def print_table(columns: Sequence[str], rows: Iterable[Sequence[Text | str]]) -> None:
    """A table in a terminal; aligned columns, complete and without colours, in a pipe.

    A narrow terminal folds sentences. Every other cell stays whole, because the operator copies ids and addresses.
    Where such a table does not fit, each row becomes a block of lines, one for each cell that is not empty.
    """
    cells = [[cell if isinstance(cell, Text) else printable(cell) for cell in row] for row in rows]
    if not _shows_colours(sys.stdout):
        return _print_aligned([list(columns), *([cell.plain for cell in row] for row in cells)])
    console, table = _console(), _table(columns, cells)
    needed = console.measure(table, options=console.options.update(max_width=_UNLIMITED_WIDTH)).minimum
    return console.print(table) if needed <= console.width else _print_blocks(columns, cells)


def print_note(sentence: str) -> None:
    """A sentence for the operator, on standard error: data on standard output stays free of notes."""
    _console(stderr=True, soft_wrap=True).print(printable(sentence))


def spinner(task: str) -> AbstractContextManager[object]:
    """Shows, in a terminal, that a task takes time."""
    return _console(stderr=True).status(task) if _shows_colours(sys.stderr) else nullcontext()


def printable(text: str | None, style: str = "") -> Text:
    """Text from outside, without control characters: a subject must not send commands to the terminal."""
    return Text("".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text or ""), style)


def counted(number: int, noun: str) -> str:
    """`1 address`, `2 addresses`, `12,000 lines`."""
    plural = f"{noun}es" if noun.endswith("s") else f"{noun}s"
    return f"{number:,} {noun if number == 1 else plural}"


def coloured(word: str) -> Text:
    """A status or an event type, in its colour."""
    return Text(word, _STYLES.get(word, ""))


def _shows_colours(output: TextIO) -> bool:
    """Whether rich takes an output for a terminal. rich is asked only where it may say yes."""
    if not output.isatty() and not _ASKING_FOR_COLOURS & os.environ.keys():
        return False
    return _console(file=output).is_terminal


def _console(**settings: Any) -> Console:
    from rich.console import Console  # noqa: PLC0415 -- 20 ms that output into a pipe need not wait for

    return Console(highlight=False, **settings)


def _escaped(char: str) -> str:
    return char if char.isprintable() or char in "\n\t" else json.dumps(char)[1:-1].replace("\x7f", "\\u007f")


def _table(columns: Sequence[str], rows: Sequence[Sequence[Text]]) -> Table:
    from rich.box import SIMPLE_HEAD  # noqa: PLC0415 -- 10 ms, as above
    from rich.cells import cell_len  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for number, name in enumerate(columns):
        if name in _SENTENCE_COLUMNS:
            table.add_column(name, overflow="fold", min_width=_MINIMUM_SENTENCE_WIDTH)
        else:
            widest = max(cell_len(name), *(cell_len(row[number].plain) for row in rows))
            table.add_column(name, no_wrap=True, min_width=widest)
    for row in rows:
        table.add_row(*row)
    return table


def _print_blocks(columns: Sequence[str], rows: Sequence[Sequence[Text]]) -> None:
    """Each row as lines of a name and a value. The terminal breaks what is longer than a line, so that it is copied."""
    width = max(map(len, columns))
    for row in rows:
        for name, cell in zip(columns, row, strict=True):
            if cell.plain:
                print_text(Text.assemble((f"{name:<{width}}", "bold"), "  ", cell))
        print_text()


def _print_aligned(rows: Sequence[Sequence[str]]) -> None:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        typer.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
