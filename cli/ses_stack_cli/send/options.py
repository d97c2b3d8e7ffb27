"""The options that describe a message, and what they say as a send request's document."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

Stream = Annotated[
    str | None,
    typer.Option("--stream", "-s", help="The kind of mail: transactional, marketing or default.", show_default=False),
]
Sender = Annotated[str | None, typer.Option("--from", help="The sender: shop@example.com, 'Shop <shop@example.com>'.")]
ReplyTo = Annotated[list[str] | None, typer.Option("--reply-to", help="Where answers go. Repeatable.")]
Subject = Annotated[str | None, typer.Option("--subject", help="The subject.", show_default=False)]
Html = Annotated[str | None, typer.Option("--html", help="The HTML text, or @FILE.", show_default=False)]
PlainText = Annotated[str | None, typer.Option("--text", help="The plain text, or @FILE.", show_default=False)]
Template = Annotated[
    str | None, typer.Option("--template", help="An SES template, instead of a subject and text.", show_default=False)
]
Attach = Annotated[list[Path] | None, typer.Option("--attach", help="A file to attach. Repeatable.")]
Tags = Annotated[list[str] | None, typer.Option("--tag", help="A tag: NAME=VALUE. Repeatable.", metavar="NAME=VALUE")]
Topic = Annotated[
    str | None, typer.Option("--topic", help="What the recipient can unsubscribe from.", show_default=False)
]
Tenant = Annotated[str | None, typer.Option("--tenant", help="The SES tenant that sends.", show_default=False)]
NotBefore = Annotated[
    str | None,
    typer.Option("--not-before", help="Hold it until then: 2027-05-01T10:00:00+02:00.", show_default=False),
]
ExpiresAt = Annotated[str | None, typer.Option("--expires-at", help="Do not send it from then on.", show_default=False)]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Check everything, queue nothing.")]


def text_of(value: str | None, option: str) -> str | None:
    """The text itself, or that of the file after an `@`; `@-` is standard input."""
    if value is None or not value.startswith("@"):
        return value
    if value == "@-":
        return sys.stdin.read()
    return read_file(Path(value[1:]), option)


def read_file(path: Path, option: str) -> str:
    """A file's text. Ends the command with a usage error if it cannot be read."""
    try:
        return path.read_text("utf-8")
    except OSError as error:
        raise typer.BadParameter(f"{path} cannot be read: {error.strerror}", param_hint=option) from None
    except UnicodeDecodeError:
        raise typer.BadParameter(f"{path} is not UTF-8 text", param_hint=option) from None


def json_of(value: str | None, option: str) -> Any:
    """What the JSON in an option, or in the file after an `@`, says."""
    text = text_of(value, option)
    return None if text is None else parsed(text, option)


def parsed(text: str, option: str) -> Any:
    """What a JSON text says. Ends the command with a usage error if it says nothing."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise typer.BadParameter(f"not JSON: {error}", param_hint=option) from None


def tags_of(pairs: list[str] | None) -> dict[str, str] | None:
    """Tags from `NAME=VALUE`."""
    if not pairs:
        return None
    tags: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise typer.BadParameter(f"{pair!r} is not NAME=VALUE", param_hint="--tag")
        if name in tags:
            raise typer.BadParameter(f"{name} is given twice", param_hint="--tag")
        tags[name] = value
    return tags


def given(document: dict[str, Any], read: Callable[[Any], bool] = lambda value: value not in (None, [], ())) -> Any:
    """A document without what was not given."""
    return {name: value for name, value in document.items() if read(value)}
