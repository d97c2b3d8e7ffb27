"""`ses-stack send` and `send-batch`, on a stack in moto."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws
from typer.testing import CliRunner

from ses_stack.errors import QueueingError
from ses_stack.requests.adapters.queues import SendQueues
from ses_stack_cli.main import app
from ses_stack_cli.send import batch as send_batch
from ses_stack_cli.send import batch_files, placeholders

TEMPLATE = {
    "Resources": {
        "PriorityQueue": {"Type": "AWS::SQS::Queue"},
        "BulkQueue": {"Type": "AWS::SQS::Queue"},
        "Attachments": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "attachments-of-the-stack"}},
    },
    "Outputs": {
        "PriorityQueueUrl": {"Value": {"Ref": "PriorityQueue"}},
        "BulkQueueUrl": {"Value": {"Ref": "BulkQueue"}},
        "AttachmentBucketName": {"Value": {"Ref": "Attachments"}},
    },
}
ONE = ("--from", "Shop <shop@x.org>", "--to", "ann@x.org", "--subject", "Hi", "--text", "Hello")
NEWS = ("-s", "marketing", "--from", "News <news@x.org>", "--template", "may")


class Cli:
    def __init__(self) -> None:
        cloudformation = boto3.client("cloudformation")
        cloudformation.create_stack(StackName="s", TemplateBody=json.dumps(TEMPLATE))
        (stack,) = cloudformation.describe_stacks(StackName="s")["Stacks"]
        self.outputs = {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}
        self.sqs = boto3.client("sqs")

    def __call__(self, *arguments: str, code: int = 0, given: str | None = None) -> Cli:
        result = CliRunner().invoke(app, [*arguments, "--stack-name", "s"], input=given)
        self.out, self.err = result.stdout, result.stderr
        assert result.exit_code == code, f"{result.exit_code}: {self.out}{self.err}{result.exception!r}"
        return self

    def json(self, *arguments: str, code: int = 0) -> Any:
        return json.loads(self(*arguments, "--json", code=code).out)

    def queued(self, lane: str = "Bulk") -> list[dict[str, Any]]:
        """Takes everything out of a lane."""
        documents: list[dict[str, Any]] = []
        url = self.outputs[f"{lane}QueueUrl"]
        while found := self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            documents += [json.loads(each["Body"]) for each in found]
        return documents


@pytest.fixture
def cli() -> Iterator[Cli]:
    with mock_aws():
        yield Cli()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "list.csv"
    path.write_text("email,name\n" + "".join(f"{n}@x.org,N{n}\n" for n in range(25)))
    return path


# One message


def test_a_message_from_options(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("attached")
    (tmp_path / "a.html").write_text("<p>Grüße")
    cli(
        *("send", "-s", "transactional", *ONE, "--html", f"@{tmp_path}/a.html", "--attach", f"{tmp_path}/a.txt"),
        *("--tag", "kind=code", "--tag", "n=1", "--reply-to", "help@x.org", "--topic", "codes", "--tenant", "acme"),
        *("--request-id", "code-1", "--expires-at", "2099-01-01T00:00:00Z"),
    )
    assert cli.out == "code-1\n"
    assert "priority lane" in cli.err
    assert "ses-stack timeline code-1" in cli.err
    (document,) = cli.queued("Priority")
    assert document["html"] == "<p>Grüße"
    assert document["tags"] == {"kind": "code", "n": "1"}
    assert document["attachments"][0]["filename"] == "a.txt"
    assert (document["topic"], document["tenant"], document["reply_to"]) == ("codes", "acme", ["help@x.org"])


def test_each_recipient_gets_a_message(cli: Cli) -> None:
    found = cli.json("send", "-s", "marketing", *ONE, "--to", "bob@x.org", "--request-id", "r")

    assert found["queued"] is True
    assert found["request_id"] == "r"
    assert [each["recipients"] for each in found["messages"]] == [["ann@x.org"], ["bob@x.org"]]
    assert {each["request_id"] for each in found["messages"]} == {each["request_id"] for each in cli.queued()}


def test_copies_keep_the_message_together(cli: Cli) -> None:
    found = cli.json("send", "-s", "marketing", *ONE, "--cc", "c@x.org", "--bcc", "d@x.org")

    assert [each["recipients"] for each in found["messages"]] == [["ann@x.org", "c@x.org", "d@x.org"]]


def test_a_message_from_a_file_with_options_over_it(cli: Cli) -> None:
    cli("send", "--file", "events/send_request.json", "--to", "bob@x.org", "--request-id", "r-2")

    (document,) = cli.queued("Priority")
    assert (document["to"], document["request_id"]) == (["bob@x.org"], "r-2")
    assert document["subject"] == "Choose a new password"


def test_standard_input(cli: Cli) -> None:
    cli(
        "send", "-s", "marketing", "--from", "a@x.org", "--to", "b@x.org", "--subject", "s", "--text", "@-", given="Hey"
    )
    assert cli.queued()[0]["text"] == "Hey"
    cli("send", "--file", "-", given=Path("events/send_request.json").read_text())
    assert len(cli.queued("Priority")) == 1


def test_a_template_with_data(cli: Cli) -> None:
    cli("send", *NEWS, "--to", "a@x.org", "--data", '{"name": "Ann"}')

    assert cli.queued()[0]["data"] == {"name": "Ann"}


def test_a_dry_run_needs_no_stack_and_queues_nothing(cli: Cli) -> None:
    cli("send", "-s", "marketing", *ONE, "--dry-run")
    assert "valid: 1 message for the bulk lane; nothing was queued" in cli.err
    assert cli.json("send", "-s", "marketing", *ONE, "--to", "b@x.org", "--dry-run")["queued"] is False
    assert cli.queued() == []


def test_a_dry_run_takes_large_attachments(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(b"1" * 2_000_000)

    cli("send", "-s", "marketing", *ONE, "--attach", str(tmp_path / "a.bin"), "--dry-run")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("-s", "news"), "stream is not a stream: transactional, marketing, default"),
        ((), "stream is missing"),
        (("-s", "marketing", "--to", "bob"), "to[1] has no @"),
        (("-s", "marketing", "--attach", "/none"), "attachments[0] cannot be read"),
        (("-s", "marketing", "--template", "t"), "subject cannot be combined with template"),
        (("-s", "marketing", "--not-before", "tomorrow"), "not_before is not a time"),
    ],
)
def test_what_is_wrong_is_named(cli: Cli, arguments: tuple[str, ...], told: str) -> None:
    assert told in cli("send", *ONE, *arguments, code=1).err
    assert cli.out == ""


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--tag", "a"), "is not NAME=VALUE"),
        (("--tag", "a=1", "--tag", "a=2"), "given twice"),
        (("--text", "@/none"), "cannot be read"),
        (("--data", "{"), "not JSON"),
        (("--file", "pyproject.toml"), "not JSON"),
    ],
)
def test_options_that_make_no_sense_are_usage_errors(cli: Cli, arguments: tuple[str, ...], told: str) -> None:
    assert told in " ".join(cli("send", *arguments, code=2).err.replace("│", "").split())


def test_a_file_that_is_no_utf8_is_a_usage_error(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "t").write_bytes(b"\xff")
    cli("send", "--text", f"@{tmp_path}/t", code=2)


def test_a_file_that_is_no_object_is_refused(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "r.json").write_text("[]")
    assert "the request is a list" in cli("send", "--file", str(tmp_path / "r.json"), code=1).err


# A batch


def test_columns_become_the_templates_data(cli: Cli, file: Path) -> None:
    found = cli.json("send-batch", str(file), *NEWS, "--tag", "campaign=may")

    assert (found["queued"], found["failed"], found["queued_before"]) == (25, 0, 0)
    documents = cli.queued()
    assert {each["to"][0]: each["data"]["name"] for each in documents} == {f"{n}@x.org": f"N{n}" for n in range(25)}
    assert all(each["request_id"].startswith(found["batch_id"]) for each in documents)
    assert documents[0]["tags"] == {"campaign": "may"}


def test_columns_fill_subject_and_text(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "l.csv"
    path.write_text('to;name\nann@x.org;"A; <b>"\n')
    cli(
        *("send-batch", str(path), "-s", "marketing", "--from", "a@x.org", "--subject", "Hi {name}"),
        *("--text", "{{name}} {{ name }}", "--html", "<style>p {color: red}</style>{name}"),
    )
    (document,) = cli.queued()
    assert document["subject"] == "Hi A; <b>"
    assert document["text"] == "A; <b> A; <b>"
    assert document["html"] == "<style>p {color: red}</style>A; &lt;b&gt;"


def test_a_placeholder_without_a_column_stops_before_anything_is_queued(cli: Cli, file: Path) -> None:
    options = ("-s", "marketing", "--from", "a@x.org", "--subject", "Hi {nmae}", "--text", "t")

    assert (
        "--subject names {nmae}, and the columns are email, name" in cli("send-batch", str(file), *options, code=1).err
    )
    assert cli.queued() == []


def test_options_that_are_wrong_stop_before_anything_is_queued(cli: Cli, file: Path) -> None:
    assert "stream is not a stream" in cli("send-batch", str(file), *NEWS, "-s", "x", code=1).err
    assert cli.queued() == []


def test_the_second_run_queues_nothing(cli: Cli, file: Path) -> None:
    cli("send-batch", str(file), *NEWS)
    assert len(cli.queued()) == 25
    found = cli.json("send-batch", str(file), *NEWS)

    assert (found["queued"], found["queued_before"]) == (0, 25)
    assert cli.queued() == []


def test_without_the_checkpoint_the_ids_are_the_same(cli: Cli, file: Path) -> None:
    cli("send-batch", str(file), *NEWS)
    (checkpoint,) = file.parent.glob("*.checkpoint.json")
    checkpoint.unlink()
    first = {each["request_id"] for each in cli.queued()}
    cli("send-batch", str(file), *NEWS)

    assert {each["request_id"] for each in cli.queued()} == first


def test_another_mail_to_the_same_list_is_another_batch(cli: Cli, file: Path) -> None:
    cli("send-batch", str(file), *NEWS)
    cli("send-batch", str(file), *NEWS, "--tag", "a=b")

    assert len({each["request_id"] for each in cli.queued()}) == 50


def test_a_file_that_changed_is_not_queued_again_by_mistake(cli: Cli, file: Path) -> None:
    batch_id = cli.json("send-batch", str(file), *NEWS)["batch_id"]
    first = {each["request_id"] for each in cli.queued()}
    file.write_text(file.read_text() + "new@x.org,New\n")

    assert f"--batch-id {batch_id} queues what is new" in cli("send-batch", str(file), *NEWS, code=1).err
    assert cli.queued() == []
    cli("send-batch", str(file), *NEWS, "--batch-id", batch_id)
    second = {each["request_id"] for each in cli.queued()}
    assert first < second
    assert len(second - first) == 1
    cli("send-batch", str(file), *NEWS, "--new-batch")
    assert not {each["request_id"] for each in cli.queued()} & second


def test_bad_rows_are_told_by_line_and_tried_again(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "l.csv"
    path.write_bytes(
        b"\xef\xbb\xbfemail,name\nann@x.org,Ann\nbob,Bob\n\n"
        b'"cy@x.org","C\ny"\ndan@x.org\neve@x.org,E,E\nfay@x.org,\xff\ngus@x.org,"\xf0\x9f\x91\x8b"\n'
    )
    found = cli.json("send-batch", str(path), *NEWS, code=1)

    assert (found["queued"], found["failed"]) == (3, 4)
    assert [(each["line"], each["field"], each["problem"]) for each in found["failures"]] == [
        (7, "the row", "has 1 cells, and the first line names 2 columns"),
        (8, "the row", "has 3 cells, and the first line names 2 columns"),
        (9, "the row", "is not UTF-8 text"),
        (3, "to[0]", "has no @"),
    ]
    assert "line 3: to[0] has no @" in cli.err
    again = cli.json("send-batch", str(path), *NEWS, code=1)
    assert (again["queued"], again["failed"], again["queued_before"]) == (0, 4, 3)
    assert "3 rows were queued before, 4 failed" in cli("send-batch", str(path), *NEWS, code=1).out


def test_json_lines_are_requests(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "l.jsonl"
    path.write_text(
        '{"to": "a@x.org", "data": {"n": 1}}\n\n{"to": ["b@x.org", "c@x.org"], "template": "june"}\n'
        '{"to": "d@x.org", "nmae": 1}\n{\n[]\n{"to": "e@x.org", "request_id": "own"}\n'
    )
    found = cli.json("send-batch", str(path), *NEWS, code=1)

    assert (found["queued"], found["failed"]) == (4, 3)
    assert sorted(each["line"] for each in found["failures"]) == [4, 5, 6]
    documents = {each["to"][0]: each for each in cli.queued()}
    assert documents["a@x.org"]["data"] == {"n": 1}
    assert documents["b@x.org"]["template"] == "june"
    assert documents["b@x.org"]["request_id"] != documents["c@x.org"]["request_id"]
    assert documents["e@x.org"]["request_id"] == "own"


def test_json_lines_have_no_columns(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "l.jsonl").write_text("{}\n")
    cli("send-batch", str(tmp_path / "l.jsonl"), "--to-column", "a", code=2)


def test_a_dry_run_leaves_nothing_behind(cli: Cli, file: Path) -> None:
    cli("send-batch", str(file), *NEWS, "--dry-run")

    assert "25 messages are valid, nothing was queued" in cli.out
    assert list(file.parent.iterdir()) == [file]
    assert cli.queued() == []


def test_a_run_that_was_cut_short_goes_on(cli: Cli, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(send_batch, "_ROWS_AT_ONCE", 10)
    put, calls = SendQueues.put, []

    def failing(self: SendQueues, lane: str, letters: Any) -> dict[int, str]:
        calls.append(lane)
        if len(calls) == 2:
            raise QueueingError("the bulk queue refuses mail")
        return put(self, lane, letters)

    monkeypatch.setattr(SendQueues, "put", failing)
    assert "10 messages were queued; the same command goes on" in cli("send-batch", str(file), *NEWS, code=1).err
    found = cli.json("send-batch", str(file), *NEWS)

    assert (found["queued"], found["queued_before"]) == (15, 10)
    assert len({each["request_id"] for each in cli.queued()}) == 25


def test_what_sqs_did_not_take_is_queued_by_the_next_run(cli: Cli, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as once:
        once.setattr(SendQueues, "put", lambda *_: {0: "InternalError"})
        found = cli.json("send-batch", str(file), *NEWS, code=1)
    assert (found["queued"], found["failed"]) == (22, 3)
    assert "was not taken by SQS: InternalError" in found["failures"][0]["problem"]

    assert cli.json("send-batch", str(file), *NEWS)["queued"] == 3


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "is empty"),
        ("\n", "is empty"),
        ("a,a\n", "line 1: two columns have the same name"),
        ("a,b\n1,2\n", "has no column for the recipient"),
        ('email,name\na@x.org,A\nb@x.org,"open\n', "line 3: unexpected end of data"),
        ('email,name\na@x.org,"A"B\n', "line 2:"),
        ('"email\n', "line 1: unexpected end of data"),
    ],
)
def test_a_file_whose_form_is_wrong_stops_before_anything_is_queued(
    cli: Cli, tmp_path: Path, content: str, told: str
) -> None:
    (tmp_path / "l.csv").write_text(content)

    assert told in cli("send-batch", str(tmp_path / "l.csv"), *NEWS, code=1).err
    assert cli.queued() == []


def test_a_file_that_is_not_there_is_told(cli: Cli) -> None:
    assert "cannot be read: No such file" in cli("send-batch", "/none.csv", *NEWS, code=1).err


def test_the_column_of_the_recipient_may_be_named(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "l.csv"
    path.write_text("email,work\na@x.org,b@x.org\n")
    cli("send-batch", str(path), *NEWS, "--to-column", "work")
    assert cli.queued()[0]["to"] == ["b@x.org"]
    assert "has no column 'home': email, work" in cli("send-batch", str(path), *NEWS, "--to-column", "home", code=1).err


def test_a_batch_id_must_be_one(cli: Cli, file: Path) -> None:
    cli("send-batch", str(file), *NEWS, "--batch-id", "a b", code=2)


def test_a_checkpoint_that_is_broken_is_told(cli: Cli, file: Path) -> None:
    cli("send-batch", str(file), *NEWS)
    (checkpoint,) = file.parent.glob("*.checkpoint.json")
    checkpoint.write_text("{")

    assert "cannot be read: remove it" in cli("send-batch", str(file), *NEWS, code=1).err


def test_a_stack_without_a_sender_is_told(cli: Cli, file: Path) -> None:
    boto3.client("cloudformation").create_stack(
        StackName="old",
        TemplateBody=json.dumps({"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}}),
    )
    result = CliRunner().invoke(app, ["send", "-s", "marketing", *ONE, "--stack-name", "old"])

    assert result.exit_code == 1
    assert "has no output PriorityQueueUrl" in result.stderr


def test_large_attachments_of_a_batch_are_stored_once(cli: Cli, file: Path, tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"1" * 1_500_000)
    cli("send-batch", str(file), *NEWS, "--attach", str(tmp_path / "a.pdf"))

    assert len({each["attachments"][0]["key"] for each in cli.queued()}) == 1


def test_all_kinds_of_row_file_may_be_read_again(file: Path) -> None:
    batch = batch_files.BatchFile(file)

    assert list(batch.rows()) == list(batch.rows())
    assert batch.summary().rows == 25


def test_only_names_in_braces_are_placeholders() -> None:
    texts = {"subject": "{a} {not a name} {} { a }", "html": None}
    placeholders.check(texts, {"a"})

    assert placeholders.filled(texts, {"a": "1"}) == {"subject": "1 {not a name} {} { a }"}
