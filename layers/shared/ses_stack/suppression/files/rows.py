"""The rows of a file with a suppression list: CSV, JSON Lines or a JSON document, read piece by piece.

Nothing of a file is dropped silently: each row is loaded, or a bad line with its number, or counted as blank.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, BinaryIO

from ses_stack.errors import ListFileError
from ses_stack.suppression.facts import Reason
from ses_stack.suppression.files.cells import restored
from ses_stack.suppression.files.columns import (
    EXPORT_COLUMNS,
    FIELDS,
    ColumnChoice,
    ColumnLayout,
    column_layout,
    names_an_address,
    position_of,
)
from ses_stack.suppression.files.csv_records import BadLine, BlankLine, Dialect, Record, record_at, records
from ses_stack.suppression.files.json_rows import JsonRow, begins_document, json_documents, json_lines
from ses_stack.suppression.files.reasons import known_reason
from ses_stack.suppression.files.text_lines import Line, Lines, named_delimiter

_DELIMITERS = (",", ";", "\t")
_COMMAND_LINE_OUTPUT = re.compile(
    r"(?:SUPPRESSEDDESTINATIONSUMMARIES|NEXTTOKEN)\t|-{4,}\s*$|\|\s*ListSuppressedDestinations|"
    r"SuppressedDestinationSummaries:|NextToken:"
)
# After so many unreadable lines at its beginning, a file is not a list.
_UNREADABLE_LINES = 10
# Names of fields in JSON that are not loaded: so many are noted.
_NOTED_NAMES = 50
_FORMATS = "a list is CSV or JSON"


@dataclass(frozen=True, slots=True)
class FileRow:
    """A line's number, and its fields by our name of the column.

    `reason`: what a row without a reason means in this file. `exact`: this project wrote the file; otherwise the
    fields are without surrounding spaces.
    """

    line: int
    fields: Mapping[str, str]
    reason: Reason | None = None
    exact: bool = False


class ListFile:
    """A list in a file. After `rows`, `unused` has the names of the columns that were not loaded."""

    def __init__(self, file: BinaryIO, choice: ColumnChoice | None = None) -> None:
        self.unused: dict[str, None] = {}
        self._choice = choice or ColumnChoice()
        self._lines = Lines(file)

    def rows(self) -> Iterator[FileRow | BadLine | BlankLine]:
        """The rows of the file. The first readable line decides how it is read.

        Raises `ListFileError` if that line shows that the file is no list, or if the first lines are all unreadable.
        """
        unreadable: list[BadLine] = []
        while (line := self._lines.next()) is not None:
            if not line.text.strip():
                yield BlankLine(line.number)
            elif begins_document(line.text) or not line.problem:
                yield from unreadable
                yield from self._rows_from(line)
                return
            else:
                unreadable.append(BadLine(line.number, line.problem))
                if len(unreadable) == _UNREADABLE_LINES:
                    break
        if unreadable:
            raise ListFileError(f"line {unreadable[0].line}: {unreadable[0].problem}: {_FORMATS}")

    def _rows_from(self, first: Line) -> Iterator[FileRow | BadLine | BlankLine]:
        if _COMMAND_LINE_OUTPUT.match(first.text):
            raise ListFileError(
                f"line {first.number}: this is the AWS CLI's output for people: list the addresses with --output json"
            )
        self._lines.put_back([first])
        if begins_document(first.text):
            yield from self._json_rows(json_documents(self._lines, first.number))
        elif first.text.lstrip().startswith("{"):
            yield from self._json_rows(json_lines(self._lines))
        else:
            yield from self._csv_rows(self._separator())

    def _separator(self) -> str | None:
        """The delimiter that the file's first line names, if it does. Takes that line."""
        first = self._lines.next()
        assert first is not None
        if delimiter := named_delimiter(first.text):
            return delimiter
        self._lines.put_back([first])
        return None

    def _csv_rows(self, separator: str | None) -> Iterator[FileRow | BadLine | BlankLine]:
        first = self._lines.next()
        while first is not None and not first.text.strip(" \t\r\n,;"):
            yield BlankLine(first.number)
            first = self._lines.next()
        if first is None:
            return
        record, dialect, header = self._first_record(first, (separator,) if separator else _DELIMITERS)
        layout = column_layout(record.cells, self._choice) if header else self._layout_without_header(record)
        self.unused |= dict.fromkeys(layout.unused)
        dialect = Dialect(dialect.delimiter, layout.exact)
        if not header:
            yield _csv_row(record, layout)
        for each in records(self._lines, dialect, width=len(record.cells), most=None if header else 2):
            yield _csv_row(each, layout) if isinstance(each, Record) else each

    def _first_record(self, first: Line, delimiters: Sequence[str]) -> tuple[Record, Dialect, bool]:
        """The first record, the dialect in which it can be read, and whether it is a header."""
        for delimiter in delimiters:
            record = record_at(first, self._lines, Dialect(delimiter))
            if isinstance(record, Record):
                if self._is_header(record.cells):
                    return record, Dialect(delimiter), True
                self._lines.put_back(record.more)
        delimiter = next((each for each in delimiters if each in first.text), delimiters[0])
        record = record_at(first, self._lines, Dialect(delimiter))
        if isinstance(record, Record) and "@" in record.cells[self._address_position(record.cells)]:
            return record, Dialect(delimiter), False
        raise ListFileError(
            f"line {first.number}: neither an address nor a header with a column `address`: {_FORMATS}; "
            "--column address=NAME says which column has the addresses"
        )

    def _is_header(self, cells: Sequence[str]) -> bool:
        chosen = self._choice.columns.get("address")
        if chosen is None:
            return names_an_address(cells)
        position = position_of(chosen, cells)
        return position is not None and "@" not in cells[position] and any(cell.strip() for cell in cells)

    def _address_position(self, cells: Sequence[str]) -> int:
        chosen = self._choice.columns.get("address")
        return (position_of(chosen, cells) if chosen else 0) or 0

    def _layout_without_header(self, record: Record) -> ColumnLayout:
        """An address, and perhaps a reason: SES's form for bulk imports, `ann@example.com,COMPLAINT`."""
        numbers = [str(number) for number in range(1, len(record.cells) + 1)]
        if self._choice.columns or self._choice.ignored:
            columns = {"address": "1", **self._choice.columns}
            layout = column_layout(numbers, ColumnChoice(columns, self._choice.ignored))
            unnamed = [position for position in range(len(numbers)) if numbers[position] in layout.unused]
        else:
            layout = ColumnLayout({0: "address", 1: "reason"})
            unnamed = list(range(2, len(numbers)))
            if len(record.cells) > 1 and record.cells[1].strip() and not known_reason(record.cells[1]):
                unnamed.append(1)
        if any(record.cells[position].strip() for position in unnamed):
            raise ListFileError(
                f"line {record.line}: a file without a header has an address and perhaps a reason in each line: "
                "put a header above it, name the columns (--column note=2), or leave them out (--ignore-column 2)"
            )
        return layout

    def _json_rows(self, rows: Iterator[JsonRow | BadLine | BlankLine]) -> Iterator[FileRow | BadLine | BlankLine]:
        layouts: dict[tuple[str, ...], ColumnLayout] = {}
        for row in rows:
            yield self._json_row(row, layouts) if isinstance(row, JsonRow) else row

    def _json_row(self, row: JsonRow, layouts: dict[tuple[str, ...], ColumnLayout]) -> FileRow | BadLine:
        """`layouts`: those of objects before, by the names of their members."""
        members = {name: value for name, value in row.members.items() if value is not None}
        names = tuple(members)
        try:
            layout = layouts.get(names) or self._json_layout(names)
        except ListFileError as problem:
            return BadLine(row.line, str(problem))
        if len(layouts) < _NOTED_NAMES:
            layouts[names] = layout
        return _json_row(row, list(members.values()), layout)

    def _json_layout(self, names: Sequence[str]) -> ColumnLayout:
        """An object may lack members that others have, so a chosen name need not be there."""
        plain = ColumnChoice(
            {field: name for field, name in self._choice.columns.items() if position_of(name, names) is not None},
            frozenset(name for name in self._choice.ignored if position_of(name, names) is not None),
        )
        layout = column_layout(names, plain)
        if len(self.unused) < _NOTED_NAMES:
            self.unused |= dict.fromkeys(name for name in layout.unused if name != "recipient")
        return layout


def _csv_row(record: Record, layout: ColumnLayout) -> FileRow:
    fields = {
        field: restored(record.cells[column]) for column, field in layout.fields.items() if column < len(record.cells)
    }
    return _row(record.line, fields, layout)


def _json_row(row: JsonRow, values: Sequence[Any], layout: ColumnLayout) -> FileRow | BadLine:
    fields = dict.fromkeys(FIELDS, "")
    for column, field in layout.fields.items():
        value = values[column]
        if field == "reason" and isinstance(value, dict):  # Brevo: {"code": "hardBounce", "message": "..."}
            value, fields["note"] = value.get("code", ""), str(value.get("message") or "")
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            return BadLine(row.line, f"{field} is neither a text nor a number")
        fields[field] = str(value)
    return _row(row.line, fields, replace(layout, exact=tuple(row.members) == EXPORT_COLUMNS))


def _row(line: int, fields: Mapping[str, str], layout: ColumnLayout) -> FileRow:
    if not layout.exact:
        fields = {name: value.strip() for name, value in fields.items()}
    return FileRow(line, fields, layout.reason, layout.exact)
