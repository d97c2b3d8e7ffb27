"""The rows of CSV and JSON Lines files."""

from __future__ import annotations

import io
import json

import pytest

from ses_stack.errors import ListFileError
from ses_stack.suppression.facts import Reason
from ses_stack.suppression.files.columns import EXPORT_COLUMNS, ColumnChoice
from ses_stack.suppression.files.csv_records import BadLine, BlankLine
from ses_stack.suppression.files.rows import FileRow, ListFile
from ses_stack.suppression.files.text_lines import LONGEST_LINE


def read(content: str | bytes, choice: ColumnChoice | None = None) -> list[FileRow | BadLine | BlankLine]:
    file = io.BytesIO(content.encode() if isinstance(content, str) else content)
    return list(ListFile(file, choice).rows())


def fields(content: str | bytes, choice: ColumnChoice | None = None) -> list[dict[str, str]]:
    """The fields of every row, without those that are empty."""
    found = read(content, choice)
    assert not [row for row in found if isinstance(row, BadLine)]
    return [{name: value for name, value in row.fields.items() if value} for row in found if isinstance(row, FileRow)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_with_a_header(delimiter: str) -> None:
    content = f"Scope{delimiter}E-Mail\nmarketing{delimiter} ann@x.org \n"
    assert fields(content) == [{"scope": "marketing", "address": "ann@x.org"}]


def test_our_export_has_two_columns_with_addresses_and_the_spelled_one_counts() -> None:
    assert fields("recipient,address\nann@x.org,Ann@x.org\n") == [{"address": "Ann@x.org"}]


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        ("\ufeffa@x.org\r\nB@x.org\r\n", [{"address": "a@x.org"}, {"address": "B@x.org"}]),
        ("a@x.org\nB@x.org, COMPLAINT\n", [{"address": "a@x.org"}, {"address": "B@x.org", "reason": "COMPLAINT"}]),
        ("a@x.org\tBOUNCE\n", [{"address": "a@x.org", "reason": "BOUNCE"}]),
    ],
)
def test_a_file_without_a_header_has_an_address_and_perhaps_a_reason(content: str, rows: list[dict[str, str]]) -> None:
    assert fields(content) == rows


@pytest.mark.parametrize("line", ["a@x.org,whatever", "a@x.org,BOUNCE,2026-01-01"])
def test_columns_without_a_name_are_refused_once_with_the_remedy(line: str) -> None:
    with pytest.raises(ListFileError, match=r"line 1: a file without a header has .* \(--ignore-column 2\)"):
        read(f"{line}\nb@x.org,x\n")


def test_columns_without_a_name_can_be_named_or_left_out() -> None:
    choice = ColumnChoice({"address": "2", "note": "3"}, frozenset({"1"}))
    assert fields("Ann,a@x.org,by phone\n", choice) == [{"address": "a@x.org", "note": "by phone"}]
    with pytest.raises(ListFileError, match="without a header"):
        read("Ann,a@x.org,by phone\n", ColumnChoice({"address": "2"}))


def test_a_column_that_the_operator_names() -> None:
    choice = ColumnChoice({"address": "Work mail"}, frozenset({"reason"}))
    assert fields("reason,Work mail\nbecause,a@x.org\n", choice) == [{"address": "a@x.org"}]
    assert fields('{"Work mail": "a@x.org", "reason": "because"}\n{"work-mail": "b@x.org"}', choice) == [
        {"address": "a@x.org"},
        {"address": "b@x.org"},
    ]


@pytest.mark.parametrize("first", ["sep=;", '"sep=;"', "SEP=;"])
def test_excel_names_its_delimiter(first: str) -> None:
    assert fields(f'{first}\r\nemail;note\r\na@x.org;"1,5; 2"\r\n') == [{"address": "a@x.org", "note": "1,5; 2"}]
    assert fields("sep=|\nemail|note\na@x.org|1\n") == [{"address": "a@x.org", "note": "1"}]


def test_blank_rows_are_counted() -> None:
    found = read("\n,,\nemail,note,\n,,\na@x.org,1,\n\n")
    assert [row.line for row in found if isinstance(row, BlankLine)] == [1, 2, 4, 6]
    assert [row.line for row in found if isinstance(row, FileRow)] == [5]


@pytest.mark.parametrize(
    "content",
    [
        "SUPPRESSEDDESTINATIONSUMMARIES\ta@x.org\t2026-04-10T21:03:05+00:00\tBOUNCE\n",
        "NEXTTOKEN\tabc\n",
        "-----------\n|  ListSuppressedDestinations  |\n",
        "SuppressedDestinationSummaries:\n- EmailAddress: a@x.org\n",
    ],
)
def test_output_for_people_is_refused_once_with_the_remedy(content: str) -> None:
    with pytest.raises(ListFileError, match=r"line 1: .* list the addresses with --output json"):
        read(content)


def test_a_document_of_ses() -> None:
    summary = {"EmailAddress": "Ann@x.org", "Reason": "BOUNCE", "LastUpdateTime": "2026-04-10T21:03:05+00:00"}
    document = json.dumps({"SuppressedDestinationSummaries": [summary] * 2}, indent=4)
    assert [row["address"] for row in fields(document)] == ["Ann@x.org"] * 2


def test_a_document_in_one_long_line() -> None:
    rows = [{"EmailAddress": f"p{number}@x.org"} for number in range(5_000)]
    assert len(fields(json.dumps({"NextToken": None, "SuppressedDestinationSummaries": rows}))) == 5_000


def test_what_suppression_list_prints_can_be_loaded() -> None:
    line = {"address": "Ann@x.org", "recipient": "ann@x.org", "scope": "*", "expires_at": None}
    assert fields(json.dumps({"suppressions": [line], "cut": False}, indent=2)) == [
        {"address": "Ann@x.org", "scope": "*"}
    ]


def test_columns_that_are_not_loaded_have_their_names() -> None:
    file = ListFile(io.BytesIO(b"email,code,reason,tags\na@x.org,1,,2\n"), ColumnChoice(ignored=frozenset({"tags"})))
    list(file.rows())
    assert list(file.unused) == ["code"]


def test_our_own_file_is_taken_exactly() -> None:
    header, cells = ",".join(EXPORT_COLUMNS), 'a@x.org,*,bounce," \0=\r\nx ",,event,\'=1,'
    (row,) = read(f"{header}\r\n{cells}\r\n")
    assert isinstance(row, FileRow)
    assert (row.fields["subtype"], row.fields["message_id"], row.exact) == (" \0=\r\nx ", "=1", True)


def test_an_object_with_two_addresses_is_bad_and_the_next_is_read() -> None:
    bad, row = read('{"email": "a@x.org", "E-Mail": "b@x.org"}\n{"email": "c@x.org"}\n')
    assert isinstance(bad, BadLine)
    assert isinstance(row, FileRow)


def test_a_form_means_a_reason() -> None:
    (row,) = read("ip,email,created\n192.0.2.1,a@x.org,1764000000\n")
    assert isinstance(row, FileRow)
    assert row.reason is Reason.COMPLAINT


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
        BadLine(4, "not CSV: a quote is not closed"),
        BadLine(5, "not text in UTF-8: save the file as UTF-8"),
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
    assert read(b"email\n" + b"x" * 5 * LONGEST_LINE + b"\na@x.org\n") == [
        BadLine(2, "longer than 64 KB"),
        FileRow(3, {"address": "a@x.org"}),
    ]


def test_a_long_line_may_be_the_first_or_the_last() -> None:
    long = "x" * (LONGEST_LINE + 1)
    assert read(f"{long}\na@x.org\n") == [BadLine(1, "longer than 64 KB"), FileRow(2, {"address": "a@x.org"})]
    assert read(f"a@x.org\n{long}") == [FileRow(1, {"address": "a@x.org"}), BadLine(2, "longer than 64 KB")]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("<html>\n<body>", "line 1: neither an address nor a header with a column `address`"),
        ("\nname,city\nann,paris\n", "line 2: neither an address nor a header with a column `address`"),
        (b"PK\x03\x04\xff\xfe\n" * 10, "this is an Excel workbook or a ZIP archive"),
        (b"caf\xe9\n" * 10, "line 1: not text in UTF-8: save the file as UTF-8: a list is CSV or JSON"),
        (b"\0" * 50, "line 1: not text: it contains a null byte: a list is CSV or JSON"),
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
    assert read("") == []
    assert read("\n \n") == [BlankLine(1), BlankLine(2)]
