"""The lines of a file: encodings, numbers, and what is no text."""

from __future__ import annotations

import io

import pytest

from ses_stack.errors import ListFileError
from ses_stack.suppression.files.text_lines import LONGEST_LINE, NULL_BYTE, TOO_LONG, Line, Lines


def all_lines(content: bytes) -> list[Line]:
    lines = Lines(io.BytesIO(content))
    found: list[Line] = []
    while line := lines.next():
        found.append(line)
    return found


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_encodings(encoding: str) -> None:
    assert all_lines("ann@x.org\r\nmünchen\n".encode(encoding)) == [Line(1, "ann@x.org\r\n"), Line(2, "münchen\n")]


def test_line_ends_are_those_of_any_system_and_no_others() -> None:
    assert [line.text for line in all_lines("a\nb\r\nc\rd\x0be\u2028f".encode())] == [
        "a\n",
        "b\r\n",
        "c\r",
        "d\x0be\u2028f",
    ]


def test_lines_that_are_no_text() -> None:
    assert [line.problem for line in all_lines(b"caf\xe9\nok\nx\0y\n")] == [
        "not text in UTF-8: save the file as UTF-8",
        None,
        NULL_BYTE,
    ]
    assert all_lines("ann".encode("utf-16") + b"\x00\xd8a\0")[0].problem == "damaged text in UTF-16"


def test_a_long_line_is_never_in_memory_as_a_whole() -> None:
    first, second, third = all_lines(b"x" * 5 * LONGEST_LINE + b"\nok\n" + b"y" * LONGEST_LINE + b"\n")
    assert (len(first.text), first.problem) == (LONGEST_LINE + 1, TOO_LONG)
    assert second == Line(2, "ok\n")
    assert third.problem == TOO_LONG


def test_lines_can_be_put_back() -> None:
    lines = Lines(io.BytesIO(b"a\nb\nc\n"))
    first, second = lines.next(), lines.next()
    assert first
    assert second
    lines.put_back([first, second])
    assert [line and line.text for line in (lines.next(), lines.next(), lines.next(), lines.next())] == [
        "a\n",
        "b\n",
        "c\n",
        None,
    ]


def test_the_rest_in_pieces_begins_with_what_was_put_back() -> None:
    content = b"first\n" + b"x" * 3 * LONGEST_LINE + b"\nlast"
    lines = Lines(io.BytesIO(content))
    first, long = lines.next(), lines.next()
    assert first
    assert long
    lines.put_back([first, long])
    assert "".join(lines.chunks()).encode() == content


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"PK\x03\x04rest", "an Excel workbook or a ZIP archive: save the sheet as CSV"),
        (b"\xd0\xcf\x11\xe0rest", "an Excel workbook"),
        (b"\x1f\x8brest", "a gzip file: unpack it first"),
        (b"%PDF-1.7", "a PDF document"),
    ],
)
def test_a_file_that_is_no_text_is_refused_with_the_remedy(content: bytes, kind: str) -> None:
    with pytest.raises(ListFileError, match=kind):
        Lines(io.BytesIO(content))


def test_the_file_stays_open() -> None:
    file = io.BytesIO(b"a\n")
    Lines(file).next()
    assert not file.closed
