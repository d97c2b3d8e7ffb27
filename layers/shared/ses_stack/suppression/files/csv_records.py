"""The records of a CSV file. A quoted cell may hold line breaks, so a record may have several lines.

A quote that is never closed must not turn the rest of the file into one cell, and the lines of a broken cell must not
become records of their own: a remark may name another person's address. So a record with a broken quote is reported,
reading goes on at its second line, and a line is only believed again if it has as many cells as the file has columns.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass

from ses_stack.suppression.files.text_lines import LONGEST_LINE, NULL_BYTE, TOO_LONG, Line, Lines

_OPEN_QUOTE = "not CSV: a quote is not closed"
_MISPLACED_QUOTE = "not CSV: a quote is out of place"


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that cannot be loaded, and why. `problem` never repeats the line's content."""

    line: int
    problem: str


@dataclass(frozen=True, slots=True)
class BlankLine:
    """A line without content, such as the bare commas that a spreadsheet writes."""

    line: int


@dataclass(frozen=True, slots=True)
class Record:
    """The cells of a record, and the number of its first line. `more`: its other lines."""

    line: int
    cells: list[str]
    more: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a CSV file is written. `exact`: by this project; then spaces and null bytes are content."""

    delimiter: str = ","
    exact: bool = False


def record_at(first: Line, lines: Lines, dialect: Dialect) -> Record | BadLine:
    """The record that begins with a line. After a bad line, reading goes on with the line after it."""
    if problem := _problem(first, dialect):
        return BadLine(first.number, problem)
    if '"' not in first.text:
        return Record(first.number, _unquoted_cells(first.text, dialect))
    more: list[Line] = []
    reader = csv.reader(
        _record_lines(first, lines, more),
        delimiter=dialect.delimiter,
        skipinitialspace=not dialect.exact,
        strict=True,
    )
    try:
        cells = next(reader, [])
    except (csv.Error, OverflowError) as error:
        lines.put_back(more)
        is_open = more or "end of data" in str(error)
        return BadLine(first.number, _OPEN_QUOTE if is_open else _MISPLACED_QUOTE)
    if problem := next(filter(None, (_problem(line, dialect) for line in more)), None):
        return BadLine(first.number, problem)
    return Record(first.number, cells, tuple(more))


def records(
    lines: Lines, dialect: Dialect, *, width: int, most: int | None = None
) -> Iterator[Record | BadLine | BlankLine]:
    """The records of the rest of a file with `width` columns. Records with fewer cells are complete; `most`: and with
    up to so many. What is no record is a `BadLine`.
    """
    broken: int | None = None
    while (line := lines.next()) is not None:
        if not line.problem and not line.text.strip():
            yield BlankLine(line.number)
            continue
        found = record_at(line, lines, dialect)
        odd_quotes = line.text.count('"') % 2 == 1
        if isinstance(found, BadLine):
            if odd_quotes and width > 1:
                broken = found.line
            yield found
        elif broken and len(found.cells) != width:
            lines.put_back(found.more)
            yield BadLine(found.line, f"may belong to line {broken}, which has a broken quote")
            broken = None if odd_quotes else broken
        else:
            broken = None
            yield _checked(found, max(width, most or 0))


def _checked(record: Record, width: int) -> Record | BadLine | BlankLine:
    if not any(cell.strip() for cell in record.cells):
        return BlankLine(record.line)
    if any(cell.strip() for cell in record.cells[width:]):
        return BadLine(record.line, f"has {len(record.cells)} cells, and the file has {width} columns")
    return record


def _record_lines(first: Line, lines: Lines, more: list[Line]) -> Iterator[str]:
    """The texts of a record's lines, as long as the record asks for them. Raises `OverflowError` when it is too long.

    `more` gets the lines after the first.
    """
    yield first.text
    size = len(first.text)
    while (line := lines.next()) is not None:
        more.append(line)
        size += len(line.text)
        if size > LONGEST_LINE or line.problem == TOO_LONG:
            raise OverflowError
        yield line.text


def _unquoted_cells(text: str, dialect: Dialect) -> list[str]:
    return text.rstrip("\r\n").split(dialect.delimiter)


def _problem(line: Line, dialect: Dialect) -> str | None:
    return None if dialect.exact and line.problem == NULL_BYTE else line.problem
