"""Values of options: texts and JSON, given directly or in a file, and tags."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typer


def text_of(value: str | None, option: str) -> str | None:
    """The text of an option: the value itself, or after an `@` the file's content; `@-` is standard input."""
    if value is None or not value.startswith("@"):
        return value
    if value == "@-":
        return sys.stdin.read()
    return read_file(Path(value[1:]), option)


def read_file(path: Path, option: str) -> str:
    """A file's text. Ends the command with a usage error if the file cannot be read."""
    try:
        return path.read_text("utf-8")
    except OSError as error:
        raise typer.BadParameter(f"{path} cannot be read: {error.strerror}", param_hint=option) from None
    except UnicodeDecodeError:
        raise typer.BadParameter(f"{path} is not UTF-8 text", param_hint=option) from None


def json_of(value: str | None, option: str) -> Any:
    """The value of the JSON in an option, or in the file after an `@`."""
    text = text_of(value, option)
    return None if text is None else parse_json(text, option)


def parse_json(text: str, option: str) -> Any:
    """The value of a JSON text. Ends the command with a usage error if the text is not JSON."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise typer.BadParameter(f"not JSON: {error}", param_hint=option) from None


def tags_of(pairs: list[str] | None) -> dict[str, str] | None:
    """Tags from `NAME=VALUE`. Ends the command with a usage error for another form, or a name that occurs twice."""
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


def without_absent(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that have a value: neither None nor an empty list."""
    return {name: value for name, value in fields.items() if value not in (None, [], ())}
