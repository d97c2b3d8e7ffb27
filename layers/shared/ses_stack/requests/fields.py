"""Readers of a send request's fields, one for each; tags, headers and attachments have modules of their own.

Each takes the field's parsed JSON value and name, and raises `RequestError`.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

from ses_stack.errors import RequestError
from ses_stack.mail.mailboxes import LONGEST_ADDRESS, Mailbox, encoded_words, mailbox
from ses_stack.mail.streams import STREAMS
from ses_stack.requests.request import (
    MAX_DATA_BYTES,
    MAX_DATA_DEPTH,
    MAX_MAILBOX_BYTES,
    MAX_SUBJECT_BYTES,
    VERSION,
)
from ses_stack.requests.values import Reader, read_line, read_list, read_object, read_string, wrong_kind

# In characters, with the display name.
_LONGEST_MAILBOX = 2 * LONGEST_ADDRESS
# Larger numbers are beyond what a floating-point number holds, which is how most readers of JSON read them.
_LONGEST_NUMBER_BITS = 996
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)", re.ASCII)


def read_version(value: object, field: str) -> int:
    """The version of the document's format."""
    if value is True or value != VERSION or not isinstance(value, int):
        raise RequestError(field, f"is not {VERSION}, the only version of the document that is supported")
    return VERSION


def read_stream(value: object, field: str) -> str:
    """The name of a stream."""
    if (stream := read_string(value, field)) not in STREAMS:
        raise RequestError(field, f"is not a stream: {', '.join(STREAMS)}")
    return stream


def read_mailbox(value: object, field: str) -> Mailbox:
    """An address, with or without a display name."""
    text = read_string(value, field)
    if len(text) > _LONGEST_MAILBOX:
        raise RequestError(field, f"is longer than {_LONGEST_MAILBOX} characters")
    try:
        parsed = mailbox(text)
    except ValueError as error:
        raise RequestError(field, str(error)) from None
    if len(parsed.header) > MAX_MAILBOX_BYTES:
        raise RequestError(
            field, f"is {len(parsed.header)} bytes long as encoded for its header; SES takes {MAX_MAILBOX_BYTES}"
        )
    return parsed


def mailboxes_reader(longest: int) -> Reader[tuple[Mailbox, ...]]:
    """A reader of lists of at most `longest` mailboxes. An error names the entry: `to[1]`."""

    def read(value: object, field: str) -> tuple[Mailbox, ...]:
        return tuple(
            read_mailbox(each, f"{field}[{number}]") for number, each in enumerate(read_list(value, field, longest))
        )

    return read


def read_subject(value: object, field: str) -> str:
    """A subject that is not empty."""
    text = read_line(value, field)
    if not text.strip():
        raise RequestError(field, "is empty")
    if (length := len(encoded_words(text))) > MAX_SUBJECT_BYTES:
        raise RequestError(
            field, f"is {length} bytes long as encoded for its header; a header line has room for {MAX_SUBJECT_BYTES}"
        )
    return text


def read_body(value: object, field: str) -> str:
    """A text or HTML body that is not empty."""
    text = read_string(value, field)
    if not text:
        raise RequestError(field, "is empty")
    if "\0" in text:
        raise RequestError(field, "holds a NUL")
    return text


def read_data(value: object, field: str) -> dict[str, Any]:
    """The data of an SES template: any JSON object, up to SES's size."""
    data = dict(read_object(value, field))
    _check_json(data, field, MAX_DATA_DEPTH)
    if len(json.dumps(data).encode()) > MAX_DATA_BYTES:
        raise RequestError(field, f"is larger than the {MAX_DATA_BYTES} bytes that SES takes")
    return data


def _check_json(value: object, field: str, depth: int) -> None:
    if depth < 0:
        raise RequestError(field, f"is nested more than {MAX_DATA_DEPTH} deep")
    if isinstance(value, str):
        read_string(value, field)
    elif isinstance(value, dict):
        for name, each in read_object(value, field).items():
            read_string(name, field)
            _check_json(each, field, depth - 1)
    elif isinstance(value, list):
        for each in value:
            _check_json(each, field, depth - 1)
    elif isinstance(value, float) and not abs(value) < float("inf"):
        raise RequestError(field, "holds a number that JSON does not have (NaN or infinity)")
    elif isinstance(value, int) and value.bit_length() > _LONGEST_NUMBER_BITS:
        raise RequestError(field, "holds a number of more than 300 digits")
    elif not (value is None or isinstance(value, int | float)):
        raise wrong_kind(field, value, "JSON")


def read_time(value: object, field: str) -> datetime:
    """An ISO-8601 time with its offset from UTC; the result is in UTC, to the millisecond."""
    text = read_string(value, field)
    if not _TIME.fullmatch(text):
        raise RequestError(field, "is not a time such as 2026-11-24T06:10:00Z, with its offset from UTC")
    try:
        moment = datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        raise RequestError(field, "is a time that does not exist") from None
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
