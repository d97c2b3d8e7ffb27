"""Batch files: rows of CSV, or send requests as JSON Lines, read one at a time."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from ses_stack.errors import ListFileError, SesStackError
from ses_stack.suppression.files.text_lines import DAMAGED, TOO_LONG, Lines, named_delimiter

_RECIPIENT_COLUMNS = ("to", "email", "e-mail", "recipient", "address", "mail")
_LONGEST_CELL_CHARACTERS = 1024 * 1024
# A request in JSON may hold attachments of 40 MB in base64.
_LONGEST_LINE_CHARACTERS = 64 * 1024 * 1024


class BatchFileError(SesStackError):
    """The file cannot be read, or its form is wrong. Names the line where there is one."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row. `line` is the number of its first line. Rows with the same `key` are the same message.

    `problem` is the reason for which a row cannot be used.
    """

    line: int
    key: str
    values: Mapping[str, Any]
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """The file as a whole: a hash of its content, the number of its rows, and the names of its columns.

    `columns` are None for JSON Lines, whose rows are documents.
    """

    digest: str
    rows: int
    columns: tuple[str, ...] | None


class BatchFile:
    """A file of rows. It can be read repeatedly, and is never in memory as a whole."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._is_csv = path.suffix.lower() not in {".jsonl", ".ndjson", ".json"}

    def summary(self) -> Summary:
        """Reads the file to its end: a fault in its form is found before a row is queued. Raises `BatchFileError`."""
        try:
            with self.path.open("rb") as raw:
                digest = sha256()
                while chunk := raw.read(1 << 20):
                    digest.update(chunk)
        except OSError as error:
            raise BatchFileError(f"{self.path} cannot be read: {error.strerror}") from None
        columns = tuple(self._header()) if self._is_csv else None
        return Summary(digest.hexdigest(), sum(1 for _ in self.rows()), columns)

    def recipient_column(self, wanted: str | None) -> str:
        """The column that holds the recipient. Raises `BatchFileError` if there is none."""
        columns = self._header()
        if wanted is not None:
            if wanted not in columns:
                raise BatchFileError(f"{self.path} has no column {wanted!r}: {', '.join(columns)}")
            return wanted
        plain = {column.strip().lower(): column for column in reversed(columns)}
        for name in _RECIPIENT_COLUMNS:
            if name in plain:
                return plain[name]
        raise BatchFileError(
            f"{self.path} has no column for the recipient ({', '.join(_RECIPIENT_COLUMNS)}): name it with --to-column"
        )

    def rows(self) -> Iterator[Row]:
        """The rows from the first, without empty ones. Raises `BatchFileError` at a fault in the file's form."""
        return self._csv_rows() if self._is_csv else self._json_rows()

    def _header(self) -> list[str]:
        with self._lines() as lines:
            delimiter, _ = _delimiter(lines)
            try:
                header = next(csv.reader(self._texts(lines), delimiter=delimiter, strict=True), [])
            except csv.Error as error:
                raise BatchFileError(f"{self.path}, line 1: {error}") from None
        if not any(header):
            raise BatchFileError(f"{self.path} is empty: its first line must name the columns")
        if len({name.strip() for name in header}) < len(header):
            raise BatchFileError(f"{self.path}, line 1: two columns have the same name")
        return header

    def _csv_rows(self) -> Iterator[Row]:
        csv.field_size_limit(_LONGEST_CELL_CHARACTERS)
        header = self._header()
        with self._lines() as lines:
            delimiter, end = _delimiter(lines)
            before = end
            reader = csv.reader(self._texts(lines), delimiter=delimiter, strict=True)
            try:
                next(reader)
                end = before + reader.line_num
                for cells in reader:
                    line, end = end + 1, before + reader.line_num
                    if any(cells):
                        yield _csv_row(line, header, cells)
            except csv.Error as error:
                raise BatchFileError(f"{self.path}, line {end + 1}: {error}") from None

    def _json_rows(self) -> Iterator[Row]:
        with self._lines() as lines:
            while (line := lines.next()) is not None:
                if line.problem == TOO_LONG:
                    yield Row(line.number, "", {}, f"is longer than {_LONGEST_LINE_CHARACTERS} characters")
                elif line.problem == DAMAGED:
                    yield Row(line.number, "", {}, f"is {DAMAGED}")
                elif line.text.strip():
                    yield _json_row(line.number, line.text.strip())

    def _texts(self, lines: Lines) -> Iterator[str]:
        while (line := lines.next()) is not None:
            if line.problem == TOO_LONG:
                raise BatchFileError(
                    f"{self.path}, line {line.number}: it is longer than {_LONGEST_LINE_CHARACTERS} characters"
                )
            if line.problem == DAMAGED:
                raise BatchFileError(f"{self.path}, line {line.number}: {DAMAGED}")
            yield line.text

    @contextmanager
    def _lines(self) -> Iterator[Lines]:
        with self.path.open("rb") as file:
            try:
                yield Lines(file, longest=_LONGEST_LINE_CHARACTERS)
            except ListFileError as error:
                raise BatchFileError(f"{self.path}: {error}") from None


def _delimiter(lines: Lines) -> tuple[str, int]:
    """The delimiter of a CSV file, and how many lines are before the header: one, if Excel named the delimiter."""
    first = lines.next()
    if first is None:
        return ",", 0
    if named := named_delimiter(first.text):
        return named, 1
    lines.put_back([first])
    outside_quotes = re.sub(r'"[^"]*"', "", first.text)
    return max(",;\t", key=outside_quotes.count), 0


def _csv_row(line: int, header: list[str], cells: list[str]) -> Row:
    key = json.dumps(cells)
    if len(cells) != len(header):
        return Row(line, key, {}, f"has {len(cells)} cells, and the first line names {len(header)} columns")
    if any(map(_is_garbled, cells)):
        return Row(line, key, {}, "is not UTF-8 text: save the file as UTF-8")
    return Row(line, key, dict(zip(header, cells, strict=True)))


def _json_row(line: int, content: str) -> Row:
    if _is_garbled(content):
        return Row(line, "", {}, "is not UTF-8 text: save the file as UTF-8")
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return Row(line, "", {}, "is not JSON")
    if not isinstance(document, dict):
        return Row(line, "", {}, "is not a JSON object")
    return Row(line, json.dumps(document, sort_keys=True), document)


def _is_garbled(text: str) -> bool:
    # Bytes that are not UTF-8 are surrogates here.
    return not text.isascii() and any("\udc80" <= char <= "\udcff" for char in text)
