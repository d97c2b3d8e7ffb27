"""`ses-stack send`, on a stack in moto."""

from __future__ import annotations

import json
from pathlib import Path

import boto3
import pytest
from typer.testing import CliRunner

from ses_stack_cli.main import app
from tests.ses_stack_cli.send.conftest import SendCli

ONE = ("--from", "Shop <shop@x.org>", "--to", "ann@x.org", "--subject", "Hi", "--text", "Hello")
NEWS = ("-s", "marketing", "--from", "News <news@x.org>", "--template", "may")


def test_a_message_from_options(cli: SendCli, tmp_path: Path) -> None:
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


def test_each_recipient_gets_a_message(cli: SendCli) -> None:
    found = cli.json("send", "-s", "marketing", *ONE, "--to", "bob@x.org", "--request-id", "r")

    assert found["queued"] is True
    assert found["request_id"] == "r"
    assert [each["recipients"] for each in found["messages"]] == [["ann@x.org"], ["bob@x.org"]]
    assert {each["request_id"] for each in found["messages"]} == {each["request_id"] for each in cli.queued()}


def test_copies_keep_the_message_together(cli: SendCli) -> None:
    found = cli.json("send", "-s", "marketing", *ONE, "--cc", "c@x.org", "--bcc", "d@x.org")

    assert [each["recipients"] for each in found["messages"]] == [["ann@x.org", "c@x.org", "d@x.org"]]


def test_a_message_from_a_file_with_options_over_it(cli: SendCli) -> None:
    cli("send", "--file", "events/send_request.json", "--to", "bob@x.org", "--request-id", "r-2")

    (document,) = cli.queued("Priority")
    assert (document["to"], document["request_id"]) == (["bob@x.org"], "r-2")
    assert document["subject"] == "Choose a new password"


def test_standard_input(cli: SendCli) -> None:
    cli(
        "send", "-s", "marketing", "--from", "a@x.org", "--to", "b@x.org", "--subject", "s", "--text", "@-", given="Hey"
    )
    assert cli.queued()[0]["text"] == "Hey"
    cli("send", "--file", "-", given=Path("events/send_request.json").read_text())
    assert len(cli.queued("Priority")) == 1


def test_a_template_with_data(cli: SendCli) -> None:
    cli("send", *NEWS, "--to", "a@x.org", "--data", '{"name": "Ann"}')

    assert cli.queued()[0]["data"] == {"name": "Ann"}


def test_a_dry_run_needs_no_stack_and_queues_nothing(cli: SendCli) -> None:
    cli("send", "-s", "marketing", *ONE, "--dry-run")
    assert "valid: 1 message for the bulk lane; nothing was queued" in cli.err
    assert cli.json("send", "-s", "marketing", *ONE, "--to", "b@x.org", "--dry-run")["queued"] is False
    assert cli.queued() == []


def test_a_dry_run_takes_large_attachments(cli: SendCli, tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(b"1" * 2_000_000)

    cli("send", "-s", "marketing", *ONE, "--attach", str(tmp_path / "a.bin"), "--dry-run")


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("-s", "news"), "stream is not a stream: transactional, marketing, default"),
        ((), "stream is missing"),
        (("-s", "marketing", "--to", "bob"), "to[1] has no @"),
        (("-s", "marketing", "--attach", "/none"), "attachments[0] cannot be read"),
        (("-s", "marketing", "--template", "t"), "subject cannot be combined with template"),
        (("-s", "marketing", "--not-before", "tomorrow"), "not_before is not a time"),
    ],
)
def test_a_wrong_field_is_named(cli: SendCli, arguments: tuple[str, ...], problem: str) -> None:
    assert problem in cli("send", *ONE, *arguments, code=1).err
    assert cli.out == ""


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("--tag", "a"), "is not NAME=VALUE"),
        (("--tag", "a=1", "--tag", "a=2"), "given twice"),
        (("--text", "@/none"), "cannot be read"),
        (("--data", "{"), "not JSON"),
        (("--file", "pyproject.toml"), "not JSON"),
    ],
)
def test_options_that_make_no_sense_are_usage_errors(cli: SendCli, arguments: tuple[str, ...], problem: str) -> None:
    assert problem in " ".join(cli("send", *arguments, code=2).err.replace("│", "").split())


def test_a_file_that_is_not_utf8_is_a_usage_error(cli: SendCli, tmp_path: Path) -> None:
    (tmp_path / "t").write_bytes(b"\xff")
    cli("send", "--text", f"@{tmp_path}/t", code=2)


def test_a_file_that_is_not_an_object_is_refused(cli: SendCli, tmp_path: Path) -> None:
    (tmp_path / "r.json").write_text("[]")
    assert "the request is a list" in cli("send", "--file", str(tmp_path / "r.json"), code=1).err


def test_a_stack_without_a_sender_is_an_error(cli: SendCli) -> None:
    boto3.client("cloudformation").create_stack(
        StackName="old",
        TemplateBody=json.dumps({"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}}),
    )
    result = CliRunner().invoke(app, ["send", "-s", "marketing", *ONE, "--stack-name", "old"])

    assert result.exit_code == 1
    assert "has no output PriorityQueueUrl" in result.stderr
