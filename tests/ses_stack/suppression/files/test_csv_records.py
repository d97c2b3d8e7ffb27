"""CSV by record: cells over several lines, and quotes that are broken."""

from __future__ import annotations

import io
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ses_stack.suppression.files.csv_records import BadLine, BlankLine, Dialect, Record, record_at, records
from ses_stack.suppression.files.text_lines import Lines

OPEN = "not CSV: a quote is not closed"
MISPLACED = "not CSV: a quote is out of place"


def read(
    text: str | bytes, dialect: Dialect | None = None, *, width: int = 2, most: int | None = None
) -> list[tuple[int, object]]:
    lines = Lines(io.BytesIO(text.encode() if isinstance(text, str) else text))
    found: list[tuple[int, object]] = []
    for each in records(lines, dialect or Dialect(), width=width, most=most):
        if isinstance(each, Record):
            found.append((each.line, each.cells))
        else:
            found.append((each.line, each.problem if isinstance(each, BadLine) else None))
    return found


def test_a_cell_over_several_lines_is_one_cell() -> None:
    remark = "asked off; forwarded to\ncarol@example.org\nby staff"
    assert read(f'ann@example.com,"{remark}"\nbob@example.com,\n') == [
        (1, ["ann@example.com", remark]),
        (4, ["bob@example.com", ""]),
    ]


def test_a_quote_that_is_never_closed_costs_one_line() -> None:
    assert read('a@x.org,1\n"b@x.org,2\nc@x.org,3\nd@x.org,4\n') == [
        (1, ["a@x.org", "1"]),
        (2, OPEN),
        (3, ["c@x.org", "3"]),
        (4, ["d@x.org", "4"]),
    ]


def test_a_quote_that_a_later_record_seems_to_close_costs_one_line() -> None:
    assert read('a@x.org,"open\nb@x.org,2\nc@x.org,"fine"\nd@x.org,"two\nlines"\n') == [
        (1, OPEN),
        (2, ["b@x.org", "2"]),
        (3, ["c@x.org", "fine"]),
        (4, ["d@x.org", "two\nlines"]),
    ]


def test_lines_of_a_broken_cell_are_no_records() -> None:
    """The remark of Ann's row names Carol; Ann's row is broken, and Carol must not be suppressed."""
    text = 'ann@x.org,"she said "no" to\ncarol@example.org\nby staff"\nbob@x.org,ok\n'
    assert read(text) == [
        (1, MISPLACED),
        (2, "may belong to line 1, which has a broken quote"),
        (3, "may belong to line 1, which has a broken quote"),
        (4, ["bob@x.org", "ok"]),
    ]


def test_a_quote_that_is_broken_within_its_line_says_nothing_of_the_next() -> None:
    assert read('"Lee, Ann" <ann@x.org>,1\nb@x.org\n') == [(1, MISPLACED), (2, ["b@x.org"])]


def test_an_open_quote_reads_no_more_than_64_kilobytes() -> None:
    row = "person@example.org,a note\n"
    count = 400_000
    text = ('"open,1\n' + row * count).encode()
    lines = Lines(io.BytesIO(text))
    tracemalloc.start()
    found = records(lines, Dialect(), width=2)
    bad = next(found)
    rest = sum(isinstance(each, Record) for each in found)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (bad, rest) == (BadLine(1, OPEN), count)
    assert peak < 4_000_000


def test_a_record_with_a_bad_line_in_it_is_bad_as_a_whole() -> None:
    assert read(b'a@x.org,"one\ncaf\xe9"\nb@x.org,2\n') == [
        (1, "not text in UTF-8: save the file as UTF-8"),
        (3, ["b@x.org", "2"]),
    ]
    long = "x" * 70_000
    assert read(f'a@x.org,"one\n{long}\n"\nb@x.org,2\n')[:2] == [(1, OPEN), (2, "longer than 64 KB")]


def test_blank_records_are_counted() -> None:
    assert read('a@x.org,1\n\n,\n" ",\nb@x.org,2\n') == [
        (1, ["a@x.org", "1"]),
        (2, None),
        (3, None),
        (4, None),
        (5, ["b@x.org", "2"]),
    ]
    assert isinstance(next(records(Lines(io.BytesIO(b",\n")), Dialect(), width=2)), BlankLine)


def test_cells_beyond_the_columns_are_not_dropped() -> None:
    assert read("a@x.org,asked, by phone\nb@x.org,2,,\n") == [
        (1, "has 3 cells, and the file has 2 columns"),
        (2, ["b@x.org", "2", "", ""]),
    ]
    assert read("a@x.org,COMPLAINT\n", width=1, most=2) == [(1, ["a@x.org", "COMPLAINT"])]


@pytest.mark.parametrize(("exact", "cells"), [(False, ["a", "b, c"]), (True, ["a", ' "b', ' c"'])])
def test_spaces_before_a_quote(exact: bool, cells: list[str]) -> None:
    lines = Lines(io.BytesIO(b'a, "b, c"\n'))
    first = lines.next()
    assert first
    found = record_at(first, lines, Dialect(exact=exact))
    assert isinstance(found, Record)
    assert found.cells == cells


def test_null_bytes_are_content_only_in_our_own_files() -> None:
    assert read("a,b\0\n") == [(1, "not text: it contains a null byte")]
    assert read("a,b\0\n", Dialect(exact=True)) == [(1, ["a", "b\0"])]


LINES = st.lists(st.text(alphabet='a@x.,;" \t\0\r\n\u2028é', max_size=12), max_size=8).map("\n".join)


@given(before=LINES)
def test_whatever_stands_before_them_whole_lines_are_records(before: str) -> None:
    """Nothing is dropped silently: a broken quote never swallows the lines after it."""
    whole = [[f"n{number}@x.org", "ok"] for number in range(3)]
    text = f"email,note\n{before}\n" + "".join(f"{address},{remark}\n" for address, remark in whole)
    found = read(text)
    assert [cells for _, cells in found[-3:]] == whole
    numbers = [number for number, _ in found]
    assert numbers == sorted(set(numbers))
    assert found[0] == (1, ["email", "note"])
