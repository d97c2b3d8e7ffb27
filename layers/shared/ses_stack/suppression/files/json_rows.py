"""Rows in JSON: JSON Lines, and whole documents such as the answer of `aws sesv2 list-suppressed-destinations`.

A document is read piece by piece, so it may have any size. Its rows are the objects in its list: in SES's
`SuppressedDestinationSummaries`, SendGrid's plain list, Mailgun's `items`, Postmark's `Suppressions`, Brevo's
`contacts`. https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_ListSuppressedDestinations.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ses_stack.suppression.files.csv_records import BadLine, BlankLine
from ses_stack.suppression.files.text_lines import LONGEST_LINE, TOO_LONG, Lines

_LISTS = ("suppresseddestinationsummaries", "suppressions", "items", "contacts")
_SIMPLE_MEMBER = r'"[^"]*"\s*:\s*(?:"[^"]*"|null|true|false|-?\d+)\s*,\s*'
_DOCUMENT = re.compile(
    rf'\s*(?:\[|\{{\s*$|\{{\s*(?:{_SIMPLE_MEMBER})*"(?:{"|".join(_LISTS)})"\s*:\s*\[)', re.IGNORECASE
)
_SPACE = re.compile(r"[ \t\r\n]*")
_MOST_MEMBERS = 200
_MORE = (
    "NextToken says that the list goes on: call list-suppressed-destinations again with --next-token, "
    "and load each answer, or all of them in one file"
)
_DECODER = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class JsonRow:
    """One object, and the number of the line in which it begins."""

    line: int
    members: Mapping[str, Any]


def begins_document(first_line: str) -> bool:
    """Whether a file that begins with this line is a document, rather than JSON Lines."""
    return bool(_DOCUMENT.match(first_line))


def json_lines(lines: Lines) -> Iterator[JsonRow | BadLine | BlankLine]:
    """The objects in a file that has one on each line."""
    while (line := lines.next()) is not None:
        if line.problem:
            yield BadLine(line.number, line.problem)
        elif not line.text.strip():
            yield BlankLine(line.number)
        else:
            yield _row(line.number, line.text)


def _row(number: int, text: str) -> JsonRow | BadLine:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return BadLine(number, "not JSON")
    return JsonRow(number, document) if isinstance(document, dict) else BadLine(number, "not a JSON object")


def json_documents(lines: Lines, first_line: int) -> Iterator[JsonRow | BadLine]:
    """The objects in the lists of one or several documents. `first_line`: the number of the next line."""
    documents = _Documents(lines.chunks(), first_line)
    try:
        yield from documents.rows()
    except _BrokenDocumentError as error:
        yield BadLine(documents.line, f"{error}: the rest of the file is not loaded")


class _BrokenDocumentError(Exception):
    """The text from here on is not a document."""


class _Documents:
    """A position in a text that arrives in pieces. `line` is its number."""

    def __init__(self, chunks: Iterator[str], line: int) -> None:
        self._chunks = chunks
        self._buffer = ""
        self._at = 0
        self.line = line
        self._next_token: int | None = None

    def rows(self) -> Iterator[JsonRow | BadLine]:
        while char := self._peek():
            self._next_token = None
            if char == "{":
                yield from self._object()
            elif char == "[":
                yield from self._list()
            else:
                raise _BrokenDocumentError("not JSON")
        if self._next_token is not None:
            yield BadLine(self._next_token, _MORE)

    def _object(self) -> Iterator[JsonRow | BadLine]:
        """An object that has a list of rows, or is a row itself."""
        first, members, has_list = self.line, dict[str, Any](), False
        self._take("{")
        while self._peek() != "}":
            name = self._value()
            self._take(":")
            if isinstance(name, str) and name.lower() in _LISTS and self._peek() == "[":
                has_list = True
                yield from self._list()
            else:
                line = self.line
                members[str(name)] = self._value()
                if name == "NextToken" and members[name]:
                    self._next_token = line
            self._take_separator("}")
            if len(members) > _MOST_MEMBERS:
                raise _BrokenDocumentError(f"an object with more than {_MOST_MEMBERS} members")
        self._take("}")
        if not has_list:
            yield JsonRow(first, members)

    def _list(self) -> Iterator[JsonRow | BadLine]:
        self._take("[")
        while self._peek() != "]":
            line, value = self.line, self._value()
            if isinstance(value, str):
                value = {"address": value}
            yield JsonRow(line, value) if isinstance(value, dict) else BadLine(line, "not a JSON object")
            self._take_separator("]")
        self._take("]")

    def _value(self) -> Any:
        self._peek()
        while True:
            value, end = self._decoded()
            # A number at the end of the piece may go on in the next one.
            if end is not None and (end < len(self._buffer) or not self._fill()):
                self._advance(end)
                return value
            if end is None:
                if len(self._buffer) - self._at > LONGEST_LINE:
                    raise _BrokenDocumentError(TOO_LONG)
                if not self._fill():
                    raise _BrokenDocumentError("not JSON, or cut off")

    def _decoded(self) -> tuple[Any, int | None]:
        """The value at the position, and where it ends; None: not within this piece."""
        try:
            return _DECODER.raw_decode(self._buffer, self._at)
        except RecursionError:
            raise _BrokenDocumentError("not JSON") from None
        except ValueError:
            return None, None

    def _take(self, char: str) -> None:
        if self._peek() != char:
            raise _BrokenDocumentError("not JSON" if self._peek() else "the document is cut off")
        self._advance(self._at + 1)

    def _take_separator(self, end: str) -> None:
        if self._peek() != end:
            self._take(",")

    def _peek(self) -> str:
        """The next character that is no space, at which the position then is; "" at the end of the text."""
        while True:
            match = _SPACE.match(self._buffer, self._at)
            self._advance(match.end() if match else self._at)
            if self._at < len(self._buffer):
                return self._buffer[self._at]
            if not self._fill():
                return ""

    def _advance(self, end: int) -> None:
        self.line += self._buffer.count("\n", self._at, end)
        self._at = end

    def _fill(self) -> bool:
        piece = next(self._chunks, "")
        if piece:
            self._buffer = self._buffer[self._at :] + piece
            self._at = 0
        return bool(piece)
