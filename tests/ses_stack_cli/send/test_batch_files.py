"""Batch files: CSV and JSON Lines."""

from __future__ import annotations

from pathlib import Path

import pytest

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
        (b"a@x.org,\xff", "is not UTF-8 text"),
    ],
)
def test_a_bad_row_has_a_problem(tmp_path: Path, line: bytes, problem: str) -> None:
    (row,) = written(tmp_path / "l.csv", b"email,name\n" + line + b"\n").rows()

    assert (row.line, row.problem) == (2, problem)


def test_a_line_that_is_not_utf8_has_a_problem(tmp_path: Path) -> None:
    assert [row.problem for row in written(tmp_path / "l.jsonl", b'{"a": "\xff"}\n').rows()] == ["is not UTF-8 text"]


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
