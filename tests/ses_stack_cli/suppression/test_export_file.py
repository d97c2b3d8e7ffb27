"""`ses-stack suppression export`."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from pathlib import Path

import boto3
import pytest

from ses_stack.suppression.facts import Fact, FactKind, Reason
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
    assert cli("export", str(out)).err == f"1 lines are in {out}\n"
    assert cli.json("export", str(out)) == {"file": str(out), "format": "jsonl", "exported": 1}
    assert json.loads(out.read_text())["address"] == "Ann@Example.org"
    assert json.loads(cli("export", "-", "--json").out)["address"] == "Ann@Example.org"
