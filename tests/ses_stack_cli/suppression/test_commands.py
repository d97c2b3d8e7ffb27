"""`ses-stack suppression`, on a table in moto and a stand-in for SES's list."""

from __future__ import annotations

import csv
import io
import json
import os
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from typer.testing import CliRunner

from ses_stack.suppression.policy import Fact, FactKind, Reason
from ses_stack_cli.main import app
from ses_stack_cli.stack_options import StackOptions
from ses_stack_cli.suppression import target as suppression_target
from ses_stack_cli.target import Target
from tests.support.tables import create_table

OUTPUTS = {
    "SuppressionTableName": "SuppressionTable",
    "SuppressionPolicy": '{"threshold": 3, "window_days": 7, "suppression_days": 14, "sync": true}',
}
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


class Ses:
    """SES's account-level list, as boto3's client shows it."""

    def __init__(self) -> None:
        self.listed: dict[str, str] = {}
        self.since = NOW
        self.broken = ""

    def put_suppressed_destination(self, *, EmailAddress: str, Reason: str) -> None:  # noqa: N803
        self._fail("PutSuppressedDestination")
        self.listed[EmailAddress] = Reason

    def delete_suppressed_destination(self, *, EmailAddress: str) -> None:  # noqa: N803
        self._fail("DeleteSuppressedDestination")
        if EmailAddress not in self.listed:
            raise ClientError({"Error": {"Code": "NotFoundException"}}, "DeleteSuppressedDestination")
        del self.listed[EmailAddress]

    def list_suppressed_destinations(self, *, PageSize: int, NextToken: str = "0") -> dict[str, Any]:  # noqa: N803
        start, names = int(NextToken), sorted(self.listed)
        page = names[start : start + 2]
        summaries = [{"EmailAddress": n, "Reason": self.listed[n], "LastUpdateTime": self.since} for n in page]
        more = {"NextToken": str(start + 2)} if start + 2 < len(names) else {}
        return {"SuppressedDestinationSummaries": summaries, **more}

    def _fail(self, call: str) -> None:
        if self.broken:
            raise ClientError({"Error": {"Code": self.broken, "Message": "ann@example.org is bad"}}, call)


class Cli:
    """Runs `ses-stack suppression`; what it printed is in `out` and `err`."""

    def __init__(self) -> None:
        self.ses = Ses()
        create_table("SuppressionTable")

    def __call__(self, *arguments: str, code: int = 0, given: str | None = None) -> Cli:
        result = CliRunner().invoke(app, ["suppression", *arguments], input=given)
        self.out, self.err = result.stdout, result.stderr
        assert result.exit_code == code, f"{result.exit_code}: {self.out}{self.err}{result.exception!r}"
        return self

    def json(self, *arguments: str, code: int = 0, given: str | None = None) -> Any:
        return json.loads(self(*arguments, "--json", code=code, given=given).out)

    def store(self, *facts: Fact) -> None:
        """What the suppression writer would have written."""
        from ses_stack.suppression.manual import settle

        by_recipient: dict[str, list[Fact]] = {}
        for fact in facts:
            by_recipient.setdefault(fact.recipient, []).append(fact)
        assert settle(suppression_target.suppressed(StackOptions()).work(), by_recipient).failed == {}


@pytest.fixture
def cli(aws: None, monkeypatch: pytest.MonkeyPatch) -> Cli:
    cli = Cli()
    target = Target(
        stack="s", outputs=OUTPUTS, client=lambda name: cli.ses if name == "sesv2" else boto3.client("dynamodb")
    )
    monkeypatch.setattr(suppression_target, "connect", lambda *_, **__: target)
    return cli


def bounced(address: str = "Ann@Example.org", when: str = "2026-11-24T06:10:00.000Z", **more: Any) -> Fact:
    told = {"reason": Reason.BOUNCE, "subtype": "NoEmail", "message_id": "m1", "as_spelled": address}
    return Fact(recipient=address.lower(), kind=FactKind.SUPPRESS, time=when, **{**told, **more})


def test_adding_listing_and_explaining(cli: Cli) -> None:
    cli("add", "Ann <Ann@Example.org>", "--reason", "asked by phone", "--by", "op")
    assert "Ann@Example.org is suppressed from all mail" in cli.err
    assert cli.ses.listed == {"Ann@Example.org": "BOUNCE"}
    cli("add", "bob@example.org", "--scope", "marketing", "--reason", "unsubscribe")
    assert cli.ses.listed == {"Ann@Example.org": "BOUNCE"}
    lines = cli.json("list")["suppressions"]
    assert [(line["recipient"], line["scope"], line["reason"]) for line in lines] == [
        ("ann@example.org", "*", "manual"),
        ("bob@example.org", "marketing", "unsubscribe"),
    ]
    assert cli.json("list", "--reason", "manual")["suppressions"] == lines[:1]
    assert cli.json("list", "--scope", "marketing")["suppressions"] == lines[1:]
    told = cli.json("list", "-n", "1")
    assert (told["suppressions"], told["cut"]) == (lines[:1], True)
    found = cli.json("get", "ANN@example.org")
    assert (found["suppressed"], found["account_list"]) == (True, "BOUNCE")
    assert [(each["what"], each["by"], each["note"]) for each in found["history"]] == [
        ("suppress", "op", "asked by phone")
    ]
    assert "suppressed from all mail: an operator's word of" in cli("get", "ann@example.org").out
    assert "SES's list: put there as BOUNCE" in cli.out
    assert "SCOPE" in cli("list").out


def test_adding_twice_is_adding_once(cli: Cli) -> None:
    cli("add", "ann@example.org")
    assert cli.json("add", "ann@example.org")["suppressions"][0]["added"] is False
    assert len(cli.json("get", "ann@example.org")["history"]) == 1


def test_a_bounce_is_explained_and_removed(cli: Cli) -> None:
    cli.store(bounced(), bounced("ANN@Example.org", "2026-11-24T06:11:00.000Z"))
    cli.ses.listed = {"Ann@Example.org": "BOUNCE", "ANN@Example.org": "BOUNCE", "other@x.org": "BOUNCE"}
    told = cli("get", "ann@example.org").out
    assert "all mail: a bounce (NoEmail) of 2026-11-24T06:11:00.000Z, message m1; until it is lifted" in told
    (removed,) = cli.json("remove", "ann@example.org", "--reason", "works again", "--by", "op")["removed"]
    assert removed["lifted"]["reason"] == "bounce"
    assert removed["taken_off_account_list"] == ["ANN@Example.org", "Ann@Example.org"]
    assert list(cli.ses.listed) == ["other@x.org"]
    found = cli.json("get", "ann@example.org")
    assert (found["suppressed"], found["history"][-1]["what"], found["history"][-1]["note"]) == (
        False,
        "removal",
        "works again",
    )
    assert "is not suppressed" in cli("get", "ann@example.org").out
    cli.store(bounced())
    assert cli.json("list")["suppressions"] == []


def test_removing_one_scope_leaves_the_others(cli: Cli) -> None:
    cli.store(bounced(), bounced(scope="topic:offers", reason=Reason.UNSUBSCRIBE))
    cli("remove", "ann@example.org", "--scope", "topic:offers")
    assert "ann@example.org is no longer suppressed from topic:offers" in cli.err
    assert "ann@example.org is still suppressed from all mail: see --scope" in cli.err
    assert [line["scope"] for line in cli.json("list")["suppressions"]] == ["*"]


def test_removing_what_is_on_neither_list(cli: Cli) -> None:
    assert "nobody@example.org was not suppressed from all mail" in cli("remove", "nobody@example.org", code=1).err
    cli("get", "nobody@example.org", code=1)
    assert cli.err == "nothing is known of the address nobody@example.org\n"


def test_removing_what_only_ses_has(cli: Cli) -> None:
    cli.ses.listed = {"Zoe@x.org": "BOUNCE"}
    cli("remove", "Zoe@x.org")
    assert cli.ses.listed == {}
    assert cli.json("get", "zoe@x.org")["history"][0]["what"] == "removal"


@pytest.mark.parametrize("command", ["add", "remove"])
def test_ses_fails_and_the_operator_knows(cli: Cli, command: str) -> None:
    if command == "remove":
        cli.store(bounced())
    cli.ses.broken = "AccessDeniedException"
    cli(command, "ann@example.org", code=1)
    assert "AccessDeniedException" in cli.err
    assert "is bad" not in cli.err
    assert len(cli.json("list")["suppressions"]) == (command == "add")


def test_a_stack_that_leaves_ses_alone(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(OUTPUTS, "SuppressionPolicy", OUTPUTS["SuppressionPolicy"].replace("true", "false"))
    assert cli.json("add", "ann@example.org")["suppressions"][0]["on_account_list"] is None
    assert cli.ses.listed == {}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["add", "ann"], "'ann' is not an e-mail address: it has no @"),
        (
            ["add", "a@x.org", "--scope", "all"],
            "there is no scope 'all': it is *, transactional, marketing, default, or",
        ),
        (["remove", "a@x.org", "--scope", "news"], "there is no scope 'news'"),
        (["list", "--scope", "topic:"], "there is no scope 'topic:'"),
        (["get", "ann"], "the address is not an e-mail address"),
        (["import", "nowhere.csv"], "nowhere.csv cannot be read: No such file or directory"),
        (["export", "nowhere/x.csv"], "nowhere/x.csv cannot be written: No such file or directory"),
    ],
)
def test_bad_input_gets_a_sentence(cli: Cli, arguments: list[str], told: str) -> None:
    cli(*arguments, code=1)
    assert told in cli.err
    assert cli.err.count("\n") == 1


def write(folder: Path, content: str | bytes, name: str = "list.csv") -> str:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    os.utime(path, (NOW.timestamp(), NOW.timestamp()))
    return str(path)


def test_bad_lines_are_named_and_the_rest_is_loaded(cli: Cli, tmp_path: Path) -> None:
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
    told = cli.json("import", write(tmp_path, content), "--errors", bad, "--by", "op", code=1)
    assert (told["lines"], told["added"], told["bad"]) == (15, 4, 11)
    assert {each["line"]: each["problem"] for each in told["errors"]} == {
        3: "not an e-mail address: it has no @",
        4: "there is no scope 'newsletter': it is *, transactional, marketing, default, or topic:NAME",
        7: "reason is none of bounce, soft_bounce, complaint, unsubscribe, manual",
        8: "event_time is neither an ISO-8601 time nor epoch seconds",
        9: "not CSV: a quote is out of place",
        10: "longer than 64 KB",
        12: "no address",
        13: "a soft_bounce needs expires_at, and nothing else has one",
        14: "event_time lies in the future",
        15: "not text in UTF-8",
        16: "not text: it contains a null byte",
    }
    with open(bad, encoding="utf-8") as written:
        assert len(list(csv.DictReader(written))) == 11
    found = {(line["address"], line["scope"]): line for line in cli.json("list")["suppressions"]}
    assert found.keys() == {("Ann@x.org", "*"), ("c@x.org", "topic:news"), ("h@x.org", "*"), ("m@x.org", "*")}
    assert found["Ann@x.org", "*"]["event_time"] == "2026-01-02T03:04:05.000Z"
    assert found["h@x.org", "*"]["event_time"] == "2026-11-24T12:00:00.000Z", "the file's own time"
    cli("import", write(tmp_path, content), code=1)
    assert "line 3: not an e-mail address: it has no @" in cli.err
    assert "15 lines: 0 added, 4 there already, 0 expired, 11 bad" in cli.err


def test_json_lines(cli: Cli, tmp_path: Path) -> None:
    lines = [
        json.dumps({"EmailAddress": "Ann@x.org", "Reason": "COMPLAINT", "LastUpdateTime": "2026-05-12T10:48:13+02:00"}),
        json.dumps({"address": "b@x.org", "reason": "soft_bounce", "expires_at": time.time() + 86_400}),
        json.dumps({"address": "c@x.org", "reason": "soft_bounce", "expires_at": "2020-01-01"}),
        json.dumps(["d@x.org"]),
        "{",
        json.dumps({"address": ["e@x.org"]}),
        json.dumps({"address": "f@x.org", "note": "x" * 501}),
    ]
    told = cli.json("import", "-", "--scope", "*", given="\n".join(lines), code=1)
    assert (told["added"], told["expired"], told["bad"]) == (2, 1, 4)
    assert [each["problem"] for each in told["errors"]] == [
        "not a JSON object",
        "not JSON",
        "address is neither a text nor a number",
        "note is longer than 500 characters",
    ]
    first, second = cli.json("list")["suppressions"]
    assert (first["reason"], first["event_time"]) == ("complaint", "2026-05-12T08:48:13.000Z")
    assert second["expires_at"]


def test_addresses_alone_are_a_list(cli: Cli, tmp_path: Path) -> None:
    arguments = ("import", write(tmp_path, "\ufeffa@x.org\r\nB@x.org,whatever\r\n"), "--scope", "marketing")
    assert cli.json(*arguments, "--reason", "unsubscribe", "--since", "2026-01-01")["added"] == 2
    assert {line["event_time"] for line in cli.json("list")["suppressions"]} == {"2026-01-01T00:00:00.000Z"}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("<html>\n<body>", "line 1: neither an address nor a header with a column `address`"),
        ("name,city\nann,paris\n", "line 1: neither an address nor a header with a column `address`"),
        (b"PK\x03\x04\xff\xfe\n" * 30, "line 1: not text in UTF-8: a list is CSV or JSON Lines"),
        (b"\0" * 5000, "line 1: not text: it contains a null byte"),
    ],
)
def test_what_is_no_list(cli: Cli, tmp_path: Path, content: str | bytes, told: str) -> None:
    cli("import", write(tmp_path, content), code=1)
    assert told in cli.err


def test_a_long_first_line_spoils_nothing(cli: Cli, tmp_path: Path) -> None:
    content = json.dumps({"address": "x" * 1_000_000}) + '\n{"address": "a@x.org"}\n'
    told = cli.json("import", write(tmp_path, content, "list.jsonl"), code=1)
    assert (told["added"], told["errors"]) == (1, [{"line": 1, "problem": "longer than 64 KB"}])


def test_an_empty_file_is_an_empty_list(cli: Cli, tmp_path: Path) -> None:
    assert cli.json("import", write(tmp_path, "\n\n"))["lines"] == 0


@pytest.mark.parametrize("name", ["out.csv", "out.jsonl"])
def test_an_export_can_be_imported(cli: Cli, tmp_path: Path, name: str) -> None:
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


def test_exports_to_standard_output(cli: Cli) -> None:
    cli.store(bounced(), bounced("b@x.org", scope="marketing", reason=Reason.UNSUBSCRIBE))
    rows = list(csv.DictReader(io.StringIO(cli("export", "-", "--scope", "*").out)))
    assert [(row["address"], row["reason"], row["expires_at"]) for row in rows] == [("Ann@Example.org", "bounce", "")]
    lines = cli("export", "-", "--format", "jsonl", "--reason", "unsubscribe").out.splitlines()
    assert [json.loads(line)["scope"] for line in lines] == ["marketing"]


def test_sync_shows_and_mends_the_difference(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: None)
    removal = Fact(
        recipient="gone@x.org",
        kind=FactKind.REMOVAL,
        time="2026-11-24T13:00:00.000Z",
        as_spelled="gone@x.org",
    )
    cli.store(
        bounced(),
        bounced("Only@Here.org", reason=Reason.COMPLAINT),
        bounced("m@x.org", scope="marketing", reason=Reason.UNSUBSCRIBE),
        bounced("gone@x.org"),
        removal,
    )
    cli.ses.listed = {"ann@example.org": "BOUNCE", "Only@There.org": "COMPLAINT", "Gone@x.org": "BOUNCE"}
    found = cli.json("sync", code=1)
    assert found["in_both"] == 1
    assert found["only_here"] == [{"address": "Only@Here.org", "reason": "COMPLAINT"}]
    assert [each["address"] for each in found["only_there"]] == ["Only@There.org"]
    assert found["lifted"] == [{"address": "Gone@x.org"}]
    assert "1 addresses are on both lists, 3 differ" in cli("sync", code=1).err
    assert "only on SES's list" in cli.out
    cli("sync", "--apply")
    assert cli.ses.listed == {"ann@example.org": "BOUNCE", "Only@There.org": "COMPLAINT", "Only@Here.org": "COMPLAINT"}
    found = cli.json("sync")
    assert (found["in_both"], found["only_here"], found["only_there"], found["lifted"]) == (3, [], [], [])
    assert "put there as COMPLAINT" in cli("get", "only@here.org").out


def test_ses_throttles_a_sync(cli: Cli) -> None:
    cli.store(bounced())
    cli.ses.broken = "TooManyRequestsException"
    cli("sync", "--apply", code=1)
    assert "SES: PutSuppressedDestination: TooManyRequestsException" in cli.err


def test_a_recipients_history_shows_suppressions(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    create_table("EventTable")
    target = Target(
        stack="s", outputs={**OUTPUTS, "EventTableName": "EventTable"}, client=lambda _: boto3.client("dynamodb")
    )
    monkeypatch.setattr("ses_stack_cli.look.recipient.connect", lambda *_, **__: target)
    cli.store(bounced())
    result = CliRunner().invoke(app, ["recipient", "Ann@Example.org", "--json"])
    told = json.loads(result.stdout)
    assert (told["events"], [line["reason"] for line in told["suppressions"]]) == ([], ["bounce"])
    assert "suppressed from all mail: a bounce" in CliRunner().invoke(app, ["recipient", "ann@example.org"]).stdout
    assert CliRunner().invoke(app, ["recipient", "bob@example.org"]).exit_code == 1
