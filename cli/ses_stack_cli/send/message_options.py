"""The options that describe a message: declared once, for `send` and `send-batch`."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, fields
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer

from ses_stack.requests.adapters.attachment_files import read_files
from ses_stack_cli.completion import complete_stream
from ses_stack_cli.options import Command, Declared, declare, file_path
from ses_stack_cli.send.option_values import tags_of, text_of, without_absent


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageOptions:
    """The values of the options. Every field is an option of the same name, unless the option says another."""

    stream: Annotated[
        str | None,
        typer.Option(
            "--stream",
            "-s",
            help="The kind of mail: transactional, marketing or default.",
            show_default=False,
            autocompletion=complete_stream,
        ),
    ] = None
    from_: Annotated[
        str | None, typer.Option("--from", help="The sender, with or without a name: 'Shop <a@example.com>'.")
    ] = None
    reply_to: Annotated[list[str] | None, typer.Option("--reply-to", help="Where answers go. Repeatable.")] = None
    subject: Annotated[str | None, typer.Option("--subject", help="The subject.", show_default=False)] = None
    html: Annotated[str | None, typer.Option("--html", help="The HTML text, or @FILE.", show_default=False)] = None
    text: Annotated[str | None, typer.Option("--text", help="The plain text, or @FILE.", show_default=False)] = None
    template: Annotated[
        str | None,
        typer.Option("--template", help="An SES template, instead of a subject and text.", show_default=False),
    ] = None
    attach: Annotated[
        list[Path] | None, typer.Option("--attach", parser=file_path, help="A file to attach. Repeatable.")
    ] = None
    tags: Annotated[
        list[str] | None, typer.Option("--tag", help="A tag: NAME=VALUE. Repeatable.", metavar="NAME=VALUE")
    ] = None
    topic: Annotated[
        str | None,
        typer.Option("--topic", help="The topic that the recipient can unsubscribe from.", show_default=False),
    ] = None
    tenant: Annotated[str | None, typer.Option("--tenant", help="The SES tenant that sends.", show_default=False)] = (
        None
    )
    not_before: Annotated[
        str | None,
        typer.Option(
            "--not-before", help="Hold the message until this time, with its offset from UTC.", show_default=False
        ),
    ] = None
    expires_at: Annotated[
        str | None,
        typer.Option("--expires-at", help="Do not send the message at or after this time.", show_default=False),
    ] = None

    def document(self, **more: Any) -> dict[str, Any]:
        """The fields of a send request that the options and `more` give; files are read."""
        return without_absent(
            {
                "stream": self.stream,
                "from": self.from_,
                "reply_to": self.reply_to,
                "subject": self.subject,
                "html": text_of(self.html, "--html"),
                "text": text_of(self.text, "--text"),
                "template": self.template,
                "attachments": read_files(self.attach or []),
                "tags": tags_of(self.tags),
                "topic": self.topic,
                "tenant": self.tenant,
                "not_before": self.not_before,
                "expires_at": self.expires_at,
            }
            | more
        )


def message_options(command: Command) -> Command:
    """Declares the options of `MessageOptions`. The command receives their values as `message`."""
    names = [each.name for each in fields(MessageOptions)]

    @wraps(command)
    def run(**values: Any) -> None:
        message = MessageOptions(**{name: values.pop(name) for name in names})
        command(**values, message=message)

    return declare(run, command, {"message": _declared_options()})


def _declared_options() -> Declared:
    annotations = get_type_hints(MessageOptions, include_extras=True)
    parameters = inspect.signature(MessageOptions).parameters
    return tuple((name, annotations[name], parameter.default) for name, parameter in parameters.items())
