"""DynamoDB items in the wire form of DynamoDB's API: `{"status": {"S": "sent"}, "claim": {"N": "1"}}`.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from typing import Any

type Item = dict[str, dict[str, Any]]


def text_attributes(values: Mapping[str, str | None]) -> Item:
    """The attributes of type String. Missing and empty texts are omitted: DynamoDB charges for stored bytes."""
    return {name: {"S": value} for name, value in values.items() if value}


def number_attributes(values: Mapping[str, int | None]) -> Item:
    """The attributes of type Number. Missing numbers are omitted; a zero is kept."""
    return {name: {"N": str(value)} for name, value in values.items() if value is not None}


def text_of(item: Mapping[str, Mapping[str, Any]], name: str) -> str | None:
    """The text of a String attribute; None if the item lacks the attribute."""
    text: str | None = item[name]["S"] if name in item else None
    return text


def number_of(item: Mapping[str, Mapping[str, Any]], name: str) -> int | None:
    """The whole number of a Number attribute; None if the item lacks the attribute."""
    return int(item[name]["N"]) if name in item else None


def map_of(item: Mapping[str, Mapping[str, Any]], name: str) -> Mapping[str, Any]:
    """The members of a Map attribute, in wire form; none if the item lacks the attribute."""
    members: Mapping[str, Any] = item[name]["M"] if name in item else {}
    return members


def new_writer() -> str:
    """A mark that one write leaves in its row: a worker that repeats the write finds its own mark there."""
    return secrets.token_hex(6)


def is_written_by(writer: str) -> Callable[[Item], bool]:
    """Whether the last write to a row that carries marks was this one."""
    return lambda row: text_of(row, "writer") == writer
