"""The rows of CSV and JSON Lines files."""

from __future__ import annotations

import io
import json

import pytest

from ses_stack.errors import ListFileError
from ses_stack.suppression.file_rows import LONGEST_LINE_BYTES, BadLine, FileRow, rows


def read(content: str | bytes) -> list[FileRow | BadLine]:
    return list(rows(io.BytesIO(content.encode() if isinstance(content, str) else content)))


def fields(content: str | bytes) -> list[dict[str, str]]:
    """The fields of every row, without those that are empty."""
    found = read(content)
    assert all(isinstance(row, FileRow) for row in found)
    return [{name: value for name, value in row.fields.items() if value} for row in found if isinstance(row, FileRow)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_with_a_header(delimiter: str) -> None:
    content = f"Scope{delimiter}E-Mail\nmarketing{delimiter} ann@x.org \n"
    assert fields(content) == [{"scope": "marketing", "address": "ann@x.org"}]


@pytest.mark.parametrize("name", ["address", "email", "EmailAddress", "email_address", "E-MAIL", "recipient"])
def test_names_of_the_address_column(name: str) -> None:
    assert fields(f"{name}\nann@x.org\n") == [{"address": "ann@x.org"}]


def test_our_export_has_two_columns_with_addresses_and_the_spelled_one_counts() -> None:
    assert fields("recipient,address\nann@x.org,Ann@x.org\n") == [{"address": "Ann@x.org"}]


def test_a_file_without_a_header_has_addresses_in_its_first_column() -> None:
    assert fields("\ufeffa@x.org\r\nB@x.org,whatever\r\n") == [{"address": "a@x.org"}, {"address": "B@x.org"}]


def test_a_quoted_cell_may_contain_the_delimiter() -> None:
    assert fields('email,note\na@x.org,"asked, by phone"\n') == [{"address": "a@x.org", "note": "asked, by phone"}]


def test_a_row_may_be_shorter_than_the_header() -> None:
    assert fields("email,scope,reason\na@x.org\n") == [{"address": "a@x.org"}]


def test_json_lines_of_ses() -> None:
    summary = {"EmailAddress": "Ann@x.org", "Reason": "COMPLAINT", "LastUpdateTime": 1778582893.5}
    assert fields(json.dumps(summary)) == [
        {"address": "Ann@x.org", "reason": "COMPLAINT", "event_time": "1778582893.5"}
    ]


def test_bad_lines_have_their_numbers() -> None:
    content = b'email\na@x.org\n\n"b@x.org\nc\xff@x.org\nd\0@x.org\ne@x.org\n'
    found = read(content)
    assert [row for row in found if isinstance(row, BadLine)] == [
        BadLine(4, "not CSV: a quote is out of place"),
        BadLine(5, "not text in UTF-8"),
        BadLine(6, "not text: it contains a null byte"),
    ]
    assert [row.line for row in found if isinstance(row, FileRow)] == [2, 7]


def test_bad_json_lines() -> None:
    lines = ['{"address": "a@x.org"}', "{", '["d@x.org"]', '{"address": ["e@x.org"]}', "[" * 60_000]
    assert read("\n".join(lines))[1:] == [
        BadLine(2, "not JSON"),
        BadLine(3, "not a JSON object"),
        BadLine(4, "address is neither a text nor a number"),
        BadLine(5, "not JSON"),
    ]


def test_a_long_line_is_bad_and_the_next_is_read() -> None:
    assert read(b"email\n" + b"x" * 5 * LONGEST_LINE_BYTES + b"\na@x.org\n") == [
        BadLine(2, "longer than 64 KB"),
        FileRow(3, {"address": "a@x.org"}),
    ]


def test_a_long_line_may_be_the_first_or_the_last() -> None:
    long = "x" * (LONGEST_LINE_BYTES + 1)
    assert read(f"{long}\na@x.org\n") == [BadLine(1, "longer than 64 KB"), FileRow(2, {"address": "a@x.org"})]
    assert read(f"a@x.org\n{long}") == [FileRow(1, {"address": "a@x.org"}), BadLine(2, "longer than 64 KB")]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("<html>\n<body>", "line 1: neither an address nor a header with a column `address`"),
        ("\nname,city\nann,paris\n", "line 2: neither an address nor a header with a column `address`"),
        (b"PK\x03\x04\xff\xfe\n" * 10, "line 1: not text in UTF-8: a list is CSV or JSON Lines"),
        (b"\0" * 50, "line 1: not text: it contains a null byte: a list is CSV or JSON Lines"),
    ],
)
def test_a_file_that_is_no_list(content: str | bytes, problem: str) -> None:
    with pytest.raises(ListFileError) as error:
        read(content)
    assert str(error.value).startswith(problem)


def test_nine_unreadable_lines_may_come_first() -> None:
    found = read(b"\xff\n" * 9 + b"a@x.org\n")
    assert [type(row) for row in found] == [BadLine] * 9 + [FileRow]


def test_an_empty_file_has_no_rows() -> None:
    assert read("") == read("\n \n") == []
