"""Batch files: CSV and JSON Lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from ses_stack_cli.send import batch_files
from ses_stack_cli.send.batch_files import BatchFile, BatchFileError, Row, Summary


def written(path: Path, content: str | bytes) -> BatchFile:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return BatchFile(path)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_rows_have_their_line_and_values(tmp_path: Path, delimiter: str) -> None:
    lines = ["email,name", 'ann@x.org,"Ann\nB"', "", "bob@x.org,Bob"]
    batch = written(tmp_path / "l.csv", "\n".join(lines).replace(",", delimiter) + "\n")

    assert [(row.line, row.values) for row in batch.rows()] == [
        (2, {"email": "ann@x.org", "name": "Ann\nB"}),
        (5, {"email": "bob@x.org", "name": "Bob"}),
    ]


def test_json_lines_are_documents(tmp_path: Path) -> None:
    batch = written(tmp_path / "l.jsonl", '{"b": 1, "a": 2}\n\n[]\n{\n')

    assert list(batch.rows()) == [
        Row(1, '{"a": 2, "b": 1}', {"b": 1, "a": 2}),
        Row(3, "", {}, "is not a JSON object"),
        Row(4, "", {}, "is not JSON"),
    ]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b"a@x.org", "has 1 cells, and the first line names 2 columns"),
        (b"a@x.org,A,B", "has 3 cells, and the first line names 2 columns"),
        (b"a@x.org,\xff", "is not UTF-8 text: save the file as UTF-8"),
    ],
)
def test_a_bad_row_has_a_problem(tmp_path: Path, line: bytes, problem: str) -> None:
    (row,) = written(tmp_path / "l.csv", b"email,name\n" + line + b"\n").rows()

    assert (row.line, row.problem) == (2, problem)


def test_a_line_that_is_not_utf8_has_a_problem(tmp_path: Path) -> None:
    assert [row.problem for row in written(tmp_path / "l.jsonl", b'{"a": "\xff"}\n').rows()] == [
        "is not UTF-8 text: save the file as UTF-8"
    ]


def test_the_summary_describes_the_whole_file(tmp_path: Path) -> None:
    batch = written(tmp_path / "l.csv", b"\xef\xbb\xbfemail,name\na@x.org,A\nb@x.org,B\n")
    summary = batch.summary()

    assert summary == Summary(summary.digest, 2, ("email", "name"))
    assert batch.summary() == summary
    assert written(tmp_path / "l.csv", "email,name\na@x.org,A\n").summary().digest != summary.digest
    assert written(tmp_path / "l.jsonl", "{}\n").summary().columns is None


def test_rows_can_be_read_again(tmp_path: Path) -> None:
    batch = written(tmp_path / "l.csv", "email\na@x.org\n")

    assert list(batch.rows()) == list(batch.rows())


@pytest.mark.parametrize(
    ("header", "wanted", "column"),
    [
        ("name,email", None, "email"),
        ("email,to", None, "to"),
        ("name, E-Mail ", None, " E-Mail "),
        ("email,work", "work", "work"),
    ],
)
def test_the_column_of_the_recipient(tmp_path: Path, header: str, wanted: str | None, column: str) -> None:
    assert written(tmp_path / "l.csv", header + "\n").recipient_column(wanted) == column


@pytest.mark.parametrize(
    ("wanted", "problem"), [(None, "has no column for the recipient"), ("work", "has no column 'work': a, b")]
)
def test_a_file_without_a_recipient_is_refused(tmp_path: Path, wanted: str | None, problem: str) -> None:
    with pytest.raises(BatchFileError, match=problem):
        written(tmp_path / "l.csv", "a,b\n").recipient_column(wanted)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "is empty"),
        ("\n", "is empty"),
        ("a,a\n", "line 1: two columns have the same name"),
        ('email,name\na@x.org,A\nb@x.org,"open\n', "line 3: unexpected end of data"),
        ('email,name\na@x.org,"A"B\n', "line 2:"),
        ('"email\n', "line 1: unexpected end of data"),
    ],
)
def test_a_malformed_file_is_refused(tmp_path: Path, content: str, problem: str) -> None:
    with pytest.raises(BatchFileError, match=problem):
        written(tmp_path / "l.csv", content).summary()


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BatchFileError, match="cannot be read: No such file"):
        BatchFile(tmp_path / "none.csv").summary()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("first", ["", "sep=;\r\n"])
def test_files_of_excel(tmp_path: Path, encoding: str, first: str) -> None:
    content = first + 'email;"Name, in full"\r\nann@x.org;"Ann\r\nLee"\r\n;\r\nbob@x.org;Bób\r\n'
    batch = written(tmp_path / "l.csv", content.encode(encoding))

    lines = (3, 6) if first else (2, 5)
    assert batch.summary().columns == ("email", "Name, in full")
    assert [(row.line, row.values["Name, in full"]) for row in batch.rows()] == list(
        zip(lines, ("Ann\r\nLee", "Bób"), strict=True)
    )


def test_a_header_over_several_lines_counts_as_such(tmp_path: Path) -> None:
    batch = written(tmp_path / "l.csv", 'email,"full\nname"\nann@x.org,Ann\nbob@x.org,"B"x\n')

    with pytest.raises(BatchFileError, match="line 4:"):
        batch.summary()


def test_a_workbook_is_refused_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(BatchFileError, match="an Excel workbook or a ZIP archive: save the sheet as CSV"):
        written(tmp_path / "l.csv", b"PK\x03\x04rest").summary()


@pytest.mark.parametrize(("name", "first"), [("l.csv", "email\n"), ("l.jsonl", "{}\n")])
def test_a_line_without_end_is_not_read_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, first: str
) -> None:
    monkeypatch.setattr(batch_files, "_LONGEST_LINE_CHARACTERS", 100)
    batch = written(tmp_path / name, first + "x" * 1000 + "\n" + first)

    if name == "l.csv":
        with pytest.raises(BatchFileError, match="line 2: it is longer than 100 characters"):
            batch.summary()
    else:
        assert [row.problem for row in batch.rows()] == [None, "is longer than 100 characters", None]


def test_damaged_text_in_utf_16_is_not_sent(tmp_path: Path) -> None:
    cut = "\n".encode("utf-16-le") + b"a\0\x00\xd8b\0\n\0"
    with pytest.raises(BatchFileError, match="line 2: damaged text in UTF-16"):
        written(tmp_path / "l.csv", "email".encode("utf-16") + cut).summary()
    rows = written(tmp_path / "l.jsonl", "{}".encode("utf-16") + cut).rows()
    assert [row.problem for row in rows] == [None, "is damaged text in UTF-16"]
