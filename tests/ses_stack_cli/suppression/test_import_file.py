"""`ses-stack suppression import`."""

from __future__ import annotations

import csv
import json
import time
from pathlib import Path

import boto3
import pytest

from tests.support.suppression_cli import SuppressionCli, write


def test_bad_lines_are_named_and_the_rest_is_loaded(cli: SuppressionCli, tmp_path: Path) -> None:
    lines = [
        "Email;Scope;Reason;Event_Time",
        "Ann <Ann@x.org>;;bounce;2026-01-02T03:04:05Z",
        "nobody;;;",
        "b@x.org;newsletter;;",
        "",
        "c@x.org;topic:news;unsubscribe;",
        "d@x.org;;because;",
        "e@x.org;;;tomorrow",
        '"f@x.org;;;',
        f"g@x.org;{'x' * 1_000_000};;",
        "h@x.org",
        ";;;",
        "i@x.org;;soft_bounce;",
        "j@x.org;;;2099-01-01",
    ]
    content = "\n".join(lines).encode() + b"\nk\xff@x.org;;;\nl\0@x.org;;;\nm@x.org;;;\n"
    bad = str(tmp_path / "bad.csv")
    printed = cli.json("import", write(tmp_path, content), "--errors", bad, "--by", "op", code=1)
    assert (printed["lines"], printed["added"], printed["bad"], printed["blank"]) == (14, 3, 11, 2)
    assert {each["line"]: each["problem"] for each in printed["errors"]} == {
        3: "not an e-mail address: it has no @",
        4: "there is no scope 'newsletter': it is *, transactional, marketing, default, or topic:NAME",
        7: "reason is none of bounce, soft_bounce, complaint, unsubscribe, manual",
        8: "event_time is neither an ISO-8601 time nor epoch seconds",
        9: "not CSV: a quote is not closed",
        10: "longer than 64 KB",
        11: "may belong to line 9, which has a broken quote",
        13: "a soft_bounce needs expires_at, and nothing else has one",
        14: "event_time lies in the future",
        15: "not text in UTF-8: save the file as UTF-8",
        16: "not text: it contains a null byte",
    }
    with open(bad, encoding="utf-8") as written:
        assert len(list(csv.DictReader(written))) == 11
    found = {(line["address"], line["scope"]): line for line in cli.json("list")["suppressions"]}
    assert found.keys() == {("Ann@x.org", "*"), ("c@x.org", "topic:news"), ("m@x.org", "*")}
    assert found["Ann@x.org", "*"]["event_time"] == "2026-01-02T03:04:05.000Z"
    assert found["m@x.org", "*"]["event_time"] == "2026-11-24T12:00:00.000Z", "the file's own time"
    cli("import", write(tmp_path, content), code=1)
    assert "line 3: not an e-mail address: it has no @" in cli.err
    assert "14 lines: 0 added, 3 there already, 0 expired, 11 bad, 2 blank" in cli.err


def test_json_lines(cli: SuppressionCli, tmp_path: Path) -> None:
    lines = [
        json.dumps({"EmailAddress": "Ann@x.org", "Reason": "COMPLAINT", "LastUpdateTime": "2026-05-12T10:48:13+02:00"}),
        json.dumps({"address": "b@x.org", "reason": "soft_bounce", "expires_at": time.time() + 86_400}),
        json.dumps({"address": "c@x.org", "reason": "soft_bounce", "expires_at": "2020-01-01"}),
        json.dumps(["d@x.org"]),
        "{",
        json.dumps({"address": ["e@x.org"]}),
        json.dumps({"address": "f@x.org", "subtype": "x" * 501}),
    ]
    printed = cli.json("import", "-", "--scope", "*", given="\n".join(lines), code=1)
    assert (printed["added"], printed["expired"], printed["bad"]) == (2, 1, 4)
    assert [each["problem"] for each in printed["errors"]] == [
        "not a JSON object",
        "not JSON",
        "address is neither a text nor a number",
        "subtype is longer than 500 characters",
    ]
    first, second = cli.json("list")["suppressions"]
    assert (first["reason"], first["event_time"]) == ("complaint", "2026-05-12T08:48:13.000Z")
    assert second["expires_at"]


def test_addresses_alone_are_a_list(cli: SuppressionCli, tmp_path: Path) -> None:
    arguments = ("import", write(tmp_path, "\ufeffa@x.org\r\nB@x.org\r\n"), "--scope", "marketing")
    assert cli.json(*arguments, "--reason", "unsubscribe", "--since", "2026-01-01")["added"] == 2
    assert {line["event_time"] for line in cli.json("list")["suppressions"]} == {"2026-01-01T00:00:00.000Z"}


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("<html>\n<body>", "line 1: neither an address nor a header with a column `address`"),
        ("name,city\nann,paris\n", "line 1: neither an address nor a header with a column `address`"),
        (b"PK\x03\x04\xff\xfe\n" * 30, "this is an Excel workbook or a ZIP archive: save the sheet as CSV (UTF-8)"),
        (b"\0" * 5000, "line 1: not text: it contains a null byte"),
    ],
)
def test_what_is_no_list(cli: SuppressionCli, tmp_path: Path, content: str | bytes, problem: str) -> None:
    cli("import", write(tmp_path, content), code=1)
    assert problem in cli.err


def test_a_long_first_line_spoils_nothing(cli: SuppressionCli, tmp_path: Path) -> None:
    content = json.dumps({"address": "x" * 1_000_000}) + '\n{"address": "a@x.org"}\n'
    printed = cli.json("import", write(tmp_path, content, "list.jsonl"), code=1)
    assert (printed["added"], printed["errors"]) == (1, [{"line": 1, "problem": "longer than 64 KB"}])


def test_an_empty_file_is_an_empty_list(cli: SuppressionCli, tmp_path: Path) -> None:
    assert cli.json("import", write(tmp_path, "\n\n"))["lines"] == 0


def test_a_file_that_cannot_be_read(cli: SuppressionCli) -> None:
    assert cli("import", "nowhere.csv", code=1).err == "nowhere.csv cannot be read: No such file or directory\n"


def test_an_error_file_that_cannot_be_written(cli: SuppressionCli, tmp_path: Path) -> None:
    cli("import", write(tmp_path, "a@x.org\n"), "--errors", "nowhere/bad.csv", code=1)
    assert cli.err == "nowhere/bad.csv cannot be written: No such file or directory\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is full")
def test_on_a_full_disk_nothing_is_loaded(cli: SuppressionCli, tmp_path: Path) -> None:
    cli("import", write(tmp_path, "a@x.org\n"), "--errors", "/dev/full", code=1)
    assert cli.err == "/dev/full cannot be written: No space left on device\n"
    assert cli.json("list")["suppressions"] == []


@pytest.mark.parametrize(("option", "problem"), [("--by", "it is empty"), ("--since", "'' is neither an age")])
def test_empty_values_are_refused(cli: SuppressionCli, tmp_path: Path, option: str, problem: str) -> None:
    cli("import", write(tmp_path, "a@x.org\n"), option, "", code=2)
    assert problem in cli.err
    assert cli.json("list")["suppressions"] == []


def test_soft_bounce_is_not_a_reason_for_a_whole_file(cli: SuppressionCli, tmp_path: Path) -> None:
    cli("import", write(tmp_path, "a@x.org\n"), "--reason", "soft_bounce", code=2)
    assert "expires_at" in cli.err


def test_more_bad_lines_than_are_shown(cli: SuppressionCli, tmp_path: Path) -> None:
    file = write(tmp_path, "email\n" + "nobody\n" * 25)
    cli("import", file, code=1)
    assert "and 5 more bad lines: --errors FILE writes all of them" in cli.err
    cli("import", file, "--errors", str(tmp_path / "bad.csv"), code=1)
    assert "and 5 more bad lines: all are in " in cli.err
    assert len((tmp_path / "bad.csv").read_text().splitlines()) == 26


def test_a_remark_over_several_lines_suppresses_nobody_else(cli: SuppressionCli, tmp_path: Path) -> None:
    content = 'email,note\nann@example.com,"asked off; forwarded to\ncarol@example.org\nby staff"\n'
    assert cli.json("import", write(tmp_path, content))["added"] == 1
    assert [line["address"] for line in cli.json("list")["suppressions"]] == ["ann@example.com"]
    assert cli.json("get", "ann@example.com")["history"][0]["note"] == (
        "asked off; forwarded to carol@example.org by staff"
    )


def test_columns_are_mapped_and_left_out(cli: SuppressionCli, tmp_path: Path) -> None:
    file = write(tmp_path, "Work mail,reason,score\na@x.org,because,1\n")
    cli("import", file, code=1)
    assert "--column address=NAME says which column has the addresses" in cli.err
    options = ("--column", "address=Work mail", "--ignore-column", "reason")
    assert cli("import", file, *options).err.startswith("columns that were not loaded: score\n1 line: 1 added")
    printed = cli.json("import", file, *options)
    assert (printed["already"], printed["unused_columns"]) == (1, ["score"])
    assert cli.json("import", file, *options, "--ignore-column", "score")["unused_columns"] == []


def test_the_error_file_is_never_the_list_itself(cli: SuppressionCli, tmp_path: Path) -> None:
    file = write(tmp_path, "a@x.org\n")
    cli("import", file, "--errors", file, code=2)
    assert Path(file).read_text() == "a@x.org\n"


def test_an_import_that_the_table_stops_says_how_it_goes_on(cli: SuppressionCli, tmp_path: Path) -> None:
    file = write(tmp_path, "a@x.org\n")
    boto3.client("dynamodb").delete_table(TableName="SuppressionTable")
    cli("import", file, code=1)
    assert cli.err.startswith("stopped: the same command loads the rest, and changes nothing that is loaded already\n")
    cli("import", write(tmp_path, "PK\x03\x04"), code=1)
    assert "stopped" not in cli.err, "running it again would not help"
