"""The options that describe a message."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from ses_stack.client import Attachment
from ses_stack_cli.send.message_options import MessageOptions, message_options

received: list[tuple[MessageOptions, str]] = []


@message_options
def command(*, message: MessageOptions, name: Annotated[str, typer.Option("--name")] = "none") -> None:
    """A command."""
    received.append((message, name))


def run(*arguments: str) -> tuple[MessageOptions, str]:
    app = typer.Typer()
    app.command()(command)
    received.clear()
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    return received[0]


def test_without_options_every_field_is_absent() -> None:
    message, name = run()

    assert message == MessageOptions()
    assert (message.document(), name) == ({}, "none")


def test_options_reach_their_fields(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"1")
    message, name = run(
        *("-s", "marketing", "--from", "a@x.org", "--reply-to", "b@x.org", "--reply-to", "c@x.org", "--subject", "S"),
        *("--html", "<p>", "--text", "T", "--template", "t", "--attach", str(tmp_path / "a.txt"), "--tag", "k=v"),
        *("--topic", "news", "--tenant", "acme", "--not-before", "2027-05-01T10:00:00Z"),
        *("--expires-at", "2027-05-02T10:00:00Z", "--name", "n"),
    )

    assert name == "n"
    assert message.document(request_id="r", to=None) == {
        "stream": "marketing",
        "from": "a@x.org",
        "reply_to": ["b@x.org", "c@x.org"],
        "subject": "S",
        "html": "<p>",
        "text": "T",
        "template": "t",
        "attachments": [Attachment(filename="a.txt", content_type="text/plain", content=b"1")],
        "tags": {"k": "v"},
        "topic": "news",
        "tenant": "acme",
        "not_before": "2027-05-01T10:00:00Z",
        "expires_at": "2027-05-02T10:00:00Z",
        "request_id": "r",
    }


def test_every_field_has_an_option_with_help() -> None:
    app = typer.Typer()
    app.command()(command)
    options = {parameter.name: parameter for parameter in typer.main.get_command(app).params}

    for field in fields(MessageOptions):
        assert getattr(options[field.name], "help", None)


def test_files_are_read_when_the_document_is_made(tmp_path: Path) -> None:
    message = MessageOptions(text=f"@{tmp_path}/none")

    with pytest.raises(typer.BadParameter, match="cannot be read"):
        message.document()
