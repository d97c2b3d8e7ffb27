"""`ses-stack suppression export`."""

from __future__ import annotations

import csv
import io
import json
import time
from datetime import UTC, datetime
from pathlib import Path

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ses_stack.errors import TableError
from ses_stack.suppression.check import check
from ses_stack.suppression.facts import Fact, FactKind, Reason, Source
from ses_stack.suppression.files.row_facts import ImportDefaults, ImportEntry, entries
from ses_stack.suppression.files.rows import ListFile
from ses_stack.suppression.policy import Suppression
from ses_stack_cli.stack_options import StackOptions
from ses_stack_cli.suppression import target as suppression_target
from ses_stack_cli.suppression.export_file import Format, write_lines
from tests.support.suppression_cli import SuppressionCli, bounced


@pytest.mark.parametrize("name", ["out.csv", "out.jsonl"])
def test_an_export_can_be_imported(cli: SuppressionCli, tmp_path: Path, name: str) -> None:
    recent = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    soft = {"kind": FactKind.SOFT_BOUNCE, "reason": Reason.SOFT_BOUNCE}
    evidence = [
        Fact(recipient="c@x.org", as_spelled="c@x.org", time=recent, message_id=f"m{n}", **soft) for n in range(3)
    ]
    cli.store(bounced(), bounced("B@x.org", scope="topic:a,b", reason=Reason.UNSUBSCRIBE), *evidence)
    before = cli.json("list")["suppressions"]
    out = str(tmp_path / name)
    assert cli.json("export", out)["exported"] == 3
    client = boto3.client("dynamodb")
    for item in client.scan(TableName="SuppressionTable")["Items"]:
        client.delete_item(TableName="SuppressionTable", Key={key: item[key] for key in ("recipient", "scope")})
    assert cli.json("import", out)["added"] == 3
    after = cli.json("list")["suppressions"]
    assert [{**line, "source": ""} for line in after] == [{**line, "source": ""} for line in before]


@pytest.mark.parametrize("name", ["out.csv", "out.jsonl"])
@pytest.mark.parametrize(
    ("spelled", "key"),
    [
        ("Ann@example.com.", "ann@example.com"),
        ("Ann@München.example", "ann@xn--mnchen-3ya.example"),
        ("ann@example。com", "ann@example.com"),
        ("An\u00adn@example.com\u200b", "ann@example.com"),
        ("Lee, Ann <ann@example.com>", "ann@example.com"),
    ],
)
def test_an_export_and_an_import_give_a_line_under_an_old_key_its_key(
    cli: SuppressionCli, tmp_path: Path, name: str, spelled: str, key: str
) -> None:
    """A check does not find what an earlier version stored under the address as it was."""
    cli.store(bounced(spelled))
    assert checked(spelled) is None
    out = str(tmp_path / name)
    cli("export", out)
    assert cli.json("import", out)["added"] == 1
    found = checked(spelled)
    assert found
    assert (found.recipient, found.reason, found.subtype, found.message_id) == (key, Reason.BOUNCE, "NoEmail", "m1")
    assert found.event_time == bounced().time
    assert cli.json("export", out)["exported"] == 2, "the old line stays, and does no harm:"
    assert cli.json("import", out)["added"] == 0
    cli("remove", spelled)
    assert cli.json("import", out)["added"] == 0
    assert checked(spelled) is None


def checked(address: str) -> Suppression | None:
    """What a check of an address finds."""
    table = suppression_target.suppression_of(StackOptions()).table
    until = time.monotonic() + 10
    return check(table, [address], stream="marketing", topic=None, now=time.time(), until=until)[address]


def test_exports_to_standard_output(cli: SuppressionCli) -> None:
    cli.store(bounced(), bounced("b@x.org", scope="marketing", reason=Reason.UNSUBSCRIBE))
    rows = list(csv.DictReader(io.StringIO(cli("export", "-", "--scope", "*").out)))
    assert [(row["address"], row["reason"], row["expires_at"]) for row in rows] == [("Ann@Example.org", "bounce", "")]
    lines = cli("export", "-", "--format", "jsonl", "--reason", "unsubscribe").out.splitlines()
    assert [json.loads(line)["scope"] for line in lines] == ["marketing"]


def test_a_file_that_cannot_be_written(cli: SuppressionCli) -> None:
    cli("export", "nowhere/x.csv", code=1)
    assert cli.err == "nowhere/x.csv cannot be written: No such file or directory\n"


def test_what_an_export_prints(cli: SuppressionCli, tmp_path: Path) -> None:
    cli.store(bounced())
    out = tmp_path / "out.jsonl"
    assert cli("export", str(out)).err == f"1 line written to {out}\n"
    assert cli.json("export", str(out)) == {"file": str(out), "format": "jsonl", "exported": 1}
    assert json.loads(out.read_text())["address"] == "Ann@Example.org"
    assert json.loads(cli("export", "-", "--json").out)["address"] == "Ann@Example.org"


TEXTS = st.text(
    alphabet=st.one_of(st.characters(exclude_categories=("Cs",)), st.sampled_from("\0\r\n\t\"',;=+-@ ")),
    min_size=1,
    max_size=20,
)
LOCAL_PARTS = st.from_regex(r"[a-zA-Z0-9+=\-'][a-zA-Z0-9+=\-']{0,20}", fullmatch=True)


LINES = st.builds(
    lambda local, **fields: Suppression(
        recipient=f"{local}@x.org".lower(),
        as_spelled=f"{local}@x.org",
        scope="topic:a,b",
        source=Source.EVENT,
        **fields,
    ),
    LOCAL_PARTS,
    reason=st.sampled_from([reason for reason in Reason if reason is not Reason.SOFT_BOUNCE]),
    subtype=st.none() | TEXTS,
    message_id=st.none() | TEXTS,
    event_time=st.integers(0, 999).map(lambda number: f"2026-01-02T03:04:05.{number:03}Z"),
)


@pytest.mark.parametrize("form", list(Format))
@given(lines=st.lists(LINES, max_size=4))
def test_what_is_written_is_read_exactly(form: Format, lines: list[Suppression]) -> None:
    output = io.StringIO(newline="")
    write_lines(lines, output, form)
    defaults = ImportDefaults(scope="*", reason=None, time="", by="op", now=1_795_500_000)
    found = list(entries(ListFile(io.BytesIO(output.getvalue().encode())), defaults))
    facts = [entry.fact for entry in found if isinstance(entry, ImportEntry)]
    assert len(facts) == len(found)
    assert [
        (fact.recipient, fact.as_spelled, fact.scope, fact.reason, fact.subtype, fact.time, fact.message_id)
        for fact in facts
    ] == [
        (line.recipient, line.as_spelled, line.scope, line.reason, line.subtype, line.event_time, line.message_id)
        for line in lines
    ]


def test_a_spreadsheet_runs_no_cell(cli: SuppressionCli, tmp_path: Path) -> None:
    cli.store(bounced("=cmd@x.org", subtype="=HYPERLINK(1)"))
    out = tmp_path / "out.csv"
    cli("export", str(out))
    (row,) = csv.DictReader(io.StringIO(out.read_text()))
    assert (row["address"], row["subtype"]) == ("'=cmd@x.org", "'=HYPERLINK(1)")
    assert cli.json("import", str(out))["bad"] == 0
    assert [line["recipient"] for line in cli.json("list")["suppressions"]] == ["=cmd@x.org"]


def test_an_export_that_breaks_off_leaves_the_old_file(
    cli: SuppressionCli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli.store(bounced(), bounced("b@x.org"))
    out = tmp_path / "out.csv"
    cli("export", str(out))
    before = out.read_text()
    documents = iter([{"address": "new@x.org"}])

    def broken(_: Suppression) -> dict[str, object]:
        try:
            return dict.fromkeys(
                ("scope", "reason", "subtype", "event_time", "source", "message_id", "expires_at")
            ) | next(documents)
        except StopIteration:
            raise TableError("the suppression table: ThrottlingException") from None

    monkeypatch.setattr("ses_stack_cli.suppression.export_file.line_document", broken)
    cli("export", str(out), code=1)
    assert out.read_text() == before
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_gets_nothing_that_it_would_obey() -> None:
    line = Suppression(
        recipient="a@x.org",
        scope="*",
        reason=Reason.BOUNCE,
        subtype="\x1b]0;owned\x07\u202e\x9b31m\r\n",
        event_time="2026-01-02T03:04:05.000Z",
        source=Source.EVENT,
        as_spelled="a@x.org",
    )
    output = Terminal(newline="")
    write_lines([line], output, Format.CSV)
    assert all(char.isprintable() or char in "\r\n" for char in output.getvalue())
    assert output.getvalue().count("\r\n") == 2
