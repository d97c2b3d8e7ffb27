"""The lines of a file that a person brings: their encoding, their numbers, and what is no text at all."""

from __future__ import annotations

import io
import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from ses_stack.errors import ListFileError

LONGEST_LINE = 64 * 1024
TOO_LONG = f"longer than {LONGEST_LINE // 1024} KB"
DAMAGED = "damaged text in UTF-16"
NULL_BYTE = "not text: it contains a null byte"
_CHUNK_CHARACTERS = 64 * 1024
# The first bytes of files that are no text, and the remedy.
_NO_TEXT = (
    (b"PK\x03\x04", "an Excel workbook or a ZIP archive: save the sheet as CSV (UTF-8), or unpack the archive"),
    (b"\xd0\xcf\x11\xe0", "an Excel workbook: save the sheet as CSV (UTF-8)"),
    (b"\x1f\x8b", "a gzip file: unpack it first"),
    (b"%PDF", "a PDF document: a list is CSV or JSON"),
)
# Excel writes which delimiter it used: `sep=;`.
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?[,;\t]*\s*', re.IGNORECASE)
# Bytes that are not UTF-8 become these surrogates, by which their line is found.
_NO_UTF8 = re.compile("[\udc80-\udcff]")


@dataclass(frozen=True, slots=True)
class Line:
    """A line with its end. `problem`: why it cannot be read; then `text` is perhaps only its beginning."""

    number: int
    text: str
    problem: str | None = None


class Lines:
    """The lines of a file, one at a time. A line that is too long is never in memory as a whole.

    `longest` is in characters. Raises `ListFileError` for a file that is no text.
    """

    def __init__(self, file: BinaryIO, *, longest: int = LONGEST_LINE) -> None:
        self._longest = longest
        source = io.BufferedReader(_Source(file), _CHUNK_CHARACTERS)
        self._encoding = _encoding_of(source.peek(4)[:4])
        errors = "surrogateescape" if self._encoding == "utf-8-sig" else "replace"
        self._text = io.TextIOWrapper(source, encoding=self._encoding, errors=errors, newline="")
        self._number = 0
        self._returned: deque[Line] = deque()
        self._unfinished = False

    def next(self) -> Line | None:
        """The next line, or None at the end."""
        if self._returned:
            return self._returned.popleft()
        if self._unfinished:
            self._skip_line()
        text = self._text.readline(self._longest + 1)
        if not text:
            return None
        self._number += 1
        too_long = len(text) > self._longest
        self._unfinished = too_long and not text.endswith(("\r", "\n"))
        return Line(self._number, text, TOO_LONG if too_long else self._problem(text))

    def put_back(self, lines: Iterable[Line]) -> None:
        """Makes these the next lines, in their order."""
        self._returned.extendleft(reversed(list(lines)))

    def chunks(self) -> Iterator[str]:
        """The rest of the file in pieces, whatever the length of its lines."""
        while self._returned:
            yield self._returned.popleft().text
        self._unfinished = False
        while piece := self._text.read(_CHUNK_CHARACTERS):
            yield piece

    def _skip_line(self) -> None:
        piece = "-"
        while piece and not piece.endswith(("\r", "\n")):
            piece = self._text.readline(_CHUNK_CHARACTERS)

    def _problem(self, text: str) -> str | None:
        if not text.isascii():
            if self._encoding == "utf-8-sig" and _NO_UTF8.search(text):
                return "not text in UTF-8: save the file as UTF-8"
            if self._encoding != "utf-8-sig" and "\N{REPLACEMENT CHARACTER}" in text:
                return DAMAGED
        return NULL_BYTE if "\0" in text else None


def named_delimiter(line: str) -> str | None:
    """The delimiter that a file's first line names, if it does."""
    match = _SEPARATOR_LINE.fullmatch(line)
    return match[1] if match else None


class _Source(io.RawIOBase):
    """A file's bytes. Closing it leaves the file open."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__()
        self._file = file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        data = self._file.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def _encoding_of(head: bytes) -> str:
    """By the mark at the file's beginning. Without a mark, every other byte of ASCII text in UTF-16 is null."""
    for beginning, description in _NO_TEXT:
        if head.startswith(beginning):
            raise ListFileError(f"this is {description}")
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    nulls = [byte == 0 for byte in head]
    if nulls == [False, True, False, True]:
        return "utf-16-le"
    return "utf-16-be" if nulls == [True, False, True, False] else "utf-8-sig"
