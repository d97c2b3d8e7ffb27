"""Readers of a send request's attachments."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any

from ses_stack.errors import RequestError
from ses_stack.requests.attachment_types import unsupported_extension
from ses_stack.requests.request import ATTACHMENT_PREFIX, DISPOSITIONS, MAX_ATTACHMENTS, MAX_MESSAGE_BYTES, Attachment
from ses_stack.requests.values import (
    Reader,
    check_names,
    pattern_reader,
    read_line,
    read_list,
    read_object,
    read_string,
    wrong_kind,
)

# https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_Attachment.html
# AWS gives the lengths without a unit. A name may have characters of several bytes: the narrower reading is safe.
_LONGEST_FILENAME_BYTES = 255
_LONGEST_CONTENT_TYPE = 78
# Reported in https://github.com/govuk-forms/forms-runner/pull/1594: SES answers BadRequestException.
_REFUSED_IN_NAMES = re.compile(r'[:*?"<>|]')
_TOKEN = r"[A-Za-z0-9!#$&^_.+-]+"  # noqa: S105  # RFC 2045's word, not a secret
_CONTENT_TYPE = re.compile(rf"{_TOKEN}/{_TOKEN}(?:; ?{_TOKEN}={_TOKEN})*")
# A second name of the file, by which mail programs may save it.
_NAME_PARAMETER = re.compile(rf"; ?name\*?=({_TOKEN})", re.IGNORECASE)


def read_attachments(value: object, field: str) -> tuple[Attachment, ...]:
    """A list of attachments. An error names the entry and its field: `attachments[0].filename`."""
    entries = read_list(value, field, MAX_ATTACHMENTS)
    read = tuple(_attachment(each, f"{field}[{number}]") for number, each in enumerate(entries))
    ids = [each.content_id for each in read if each.content_id]
    if len(set(ids)) < len(ids):
        raise RequestError(field, "uses a content_id twice")
    return read


def _attachment(value: object, field: str) -> Attachment:
    fields = read_object(value, field)
    check_names(fields, _ATTACHMENT_READERS, f"{field}.")
    if "filename" not in fields:
        raise RequestError(f"{field}.filename", "is missing")
    pointer = [name for name in ("bucket", "key", "size") if name in fields]
    if "content" in fields and pointer:
        raise RequestError(
            f"{field}.{pointer[0]}", "cannot be combined with content: an attachment is inline or in S3, not both"
        )
    if "content" not in fields and not {"bucket", "key"} <= fields.keys():
        raise RequestError(field, "has neither content, nor bucket and key")
    return Attachment(
        **{name: read(fields[name], f"{field}.{name}") for name, read in _ATTACHMENT_READERS.items() if name in fields}
    )


def _filename(value: object, field: str) -> str:
    text = read_line(value, field)
    if not text.strip() or len(text.encode()) > _LONGEST_FILENAME_BYTES:
        raise RequestError(field, f"may hold 1 to {_LONGEST_FILENAME_BYTES} bytes of UTF-8")
    if "/" in text or "\\" in text:
        raise RequestError(field, "holds a / or a \\: it is a name, not a path")
    if _REFUSED_IN_NAMES.search(text):
        raise RequestError(field, 'holds one of : * ? " < > |, which SES refuses in names')
    _check_extension(text, field)
    return text


def _check_extension(name: str, field: str) -> None:
    if extension := unsupported_extension(name):
        raise RequestError(field, f"ends in {extension}, a type of attachment that SES refuses: put it into a .zip")


def _content_type(value: object, field: str) -> str:
    text = read_string(value, field)
    if not _CONTENT_TYPE.fullmatch(text) or len(text) > _LONGEST_CONTENT_TYPE:
        raise RequestError(field, "is not a media type such as application/pdf")
    if text.lower().startswith(("multipart/", "message/")):
        raise RequestError(field, "is a type that cannot be encoded in base64: use application/octet-stream")
    for name in _NAME_PARAMETER.findall(text):
        _check_extension(name, field)
    return text


def _disposition(value: object, field: str) -> str:
    if (text := read_string(value, field)) not in DISPOSITIONS:
        raise RequestError(field, f"is neither {' nor '.join(DISPOSITIONS)}")
    return text


def _content(value: object, field: str) -> bytes:
    text = read_string(value, field)
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise RequestError(field, "is not base64") from None
    if not content:
        raise RequestError(field, "is empty")
    return content


def _size(value: object, field: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise wrong_kind(field, value, "a whole number of bytes")
    if not 0 < value <= MAX_MESSAGE_BYTES:
        raise RequestError(field, f"is not between 1 and the {MAX_MESSAGE_BYTES} bytes that SES takes")
    return value


_ATTACHMENT_READERS: Mapping[str, Reader[Any]] = {
    "filename": _filename,
    "content_type": _content_type,
    "disposition": _disposition,
    "content_id": pattern_reader(r"[A-Za-z0-9._@+-]{1,78}", "may hold 1 to 78 of A-Z a-z 0-9 . _ @ + -"),
    "content": _content,
    "bucket": pattern_reader(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", "is not a bucket name"),
    "key": pattern_reader(
        rf"{ATTACHMENT_PREFIX}.{{1,{1024 - len(ATTACHMENT_PREFIX)}}}",
        f"is not a key of at most 1024 characters under {ATTACHMENT_PREFIX}",
    ),
    "size": _size,
}
