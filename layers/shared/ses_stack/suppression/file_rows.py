"""The rows of a file with a suppression list: CSV or JSON Lines, read line by line, so a file may have any size."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO

from ses_stack.errors import ListFileError

LONGEST_LINE_BYTES = 64 * 1024
# The names that this project's export, SES's API and exports of other providers give to a column.
_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "address": ("address", "email", "emailaddress", "email_address", "e-mail", "as_spelled", "recipient"),
    "scope": ("scope",),
    "reason": ("reason",),
    "subtype": ("subtype",),
    "event_time": ("event_time", "lastupdatetime", "last_update_time", "time", "since", "date"),
    "message_id": ("message_id",),
    "expires_at": ("expires_at",),
    "note": ("note",),
}
_DELIMITERS = (",", ";", "\t")
# After so many unreadable lines at its beginning, a file is not a list.
_UNREADABLE_LINES = 10
_FORMATS = "a list is CSV or JSON Lines"


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that cannot be loaded, and why. `problem` never repeats the line's content."""

    line: int
    problem: str


@dataclass(frozen=True, slots=True)
class FileRow:
    """A line's number, and its fields by our name of the column, without surrounding spaces."""

    line: int
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Layout:
    """How a file is written. `columns`: the field in each column; None: JSON. `header`: line 1 names the columns."""

    columns: Mapping[int, str] | None
    delimiter: str = ","
    header: bool = False


def rows(file: BinaryIO) -> Iterator[FileRow | BadLine]:
    """The rows of a file. The first readable line decides whether it is CSV or JSON Lines.

    Raises `ListFileError` if that line can be neither, or if the first lines are all unreadable.
    """
    lines = _lines(file)
    unreadable: list[BadLine] = []
    for line in lines:
        if isinstance(line, BadLine):
            unreadable.append(line)
            if len(unreadable) == _UNREADABLE_LINES:
                raise _no_list(unreadable[0])
            continue
        yield from unreadable
        layout = _layout(*line)
        if not layout.header:
            yield _row(*line, layout)
        yield from (each if isinstance(each, BadLine) else _row(*each, layout) for each in lines)
        return
    if unreadable:
        raise _no_list(unreadable[0])


def _no_list(bad: BadLine) -> ListFileError:
    return ListFileError(f"line {bad.line}: {bad.problem}: {_FORMATS}")


def _lines(file: BinaryIO) -> Iterator[tuple[int, str] | BadLine]:
    """The lines that are not blank, with their numbers. A line that is too long is never in memory as a whole."""
    number = 0
    while raw := file.readline(LONGEST_LINE_BYTES + 1):
        number += 1
        if len(raw) > LONGEST_LINE_BYTES:
            _skip_line(file, raw)
            yield BadLine(number, f"longer than {LONGEST_LINE_BYTES // 1024} KB")
            continue
        try:
            text = raw.decode("utf-8-sig" if number == 1 else "utf-8").strip("\r\n")
        except UnicodeDecodeError:
            yield BadLine(number, "not text in UTF-8")
            continue
        if "\0" in text:
            yield BadLine(number, "not text: it contains a null byte")
        elif text.strip():
            yield number, text


def _skip_line(file: BinaryIO, beginning: bytes) -> None:
    while beginning and not beginning.endswith(b"\n"):
        beginning = file.readline(LONGEST_LINE_BYTES + 1)


def _layout(number: int, text: str) -> _Layout:
    """The layout of a file with this first line. Raises `ListFileError`."""
    if text.lstrip().startswith("{"):
        return _Layout(columns=None)
    for delimiter in _DELIMITERS:
        names = [cell.strip().lower() for cell in _cells(text, delimiter)]
        if any(name in _COLUMNS["address"] for name in names):
            return _Layout(_columns(names), delimiter, header=True)
    delimiter = next((delimiter for delimiter in _DELIMITERS if delimiter in text), ",")
    if "@" in _cells(text, delimiter)[0]:
        return _Layout({0: "address"}, delimiter)
    raise ListFileError(f"line {number}: neither an address nor a header with a column `address`: {_FORMATS}")


def _columns(names: list[str]) -> dict[int, str]:
    columns: dict[int, str] = {}
    for field, spellings in _COLUMNS.items():
        spelled = next((spelling for spelling in spellings if spelling in names), None)
        if spelled:
            columns[names.index(spelled)] = field
    return columns


def _cells(text: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([text], delimiter=delimiter, strict=True), [""])
    except csv.Error:
        return [text]


def _row(number: int, text: str, layout: _Layout) -> FileRow | BadLine:
    try:
        fields = _json_fields(text) if layout.columns is None else _csv_fields(text, layout.columns, layout.delimiter)
    except ValueError as problem:
        return BadLine(number, str(problem))
    return FileRow(number, {name: value.strip() for name, value in fields.items()})


def _csv_fields(text: str, columns: Mapping[int, str], delimiter: str) -> dict[str, str]:
    try:
        cells = next(csv.reader([text], delimiter=delimiter, strict=True), [])
    except csv.Error:
        raise ValueError("not CSV: a quote is out of place") from None
    return {field: cells[column] for column, field in columns.items() if column < len(cells)}


def _json_fields(text: str) -> dict[str, str]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("not JSON") from None
    if not isinstance(document, dict):
        raise ValueError("not a JSON object")
    lower = {str(name).lower(): value for name, value in document.items()}
    fields: dict[str, str] = {}
    for field, spellings in _COLUMNS.items():
        value = next((lower[name] for name in spellings if lower.get(name) is not None), "")
        if not isinstance(value, str | int | float):
            raise ValueError(f"{field} is neither a text nor a number")
        fields[field] = str(value)
    return fields
