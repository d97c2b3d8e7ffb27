"""Attachments from files on disk."""

from __future__ import annotations

import mimetypes
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ses_stack.errors import RequestError
from ses_stack.requests.plain import elements, is_a, program_values
from ses_stack.requests.request import MAX_MESSAGE_BYTES, Attachment

_UNKNOWN_TYPE = "application/octet-stream"
# A message in a message must not be encoded (RFC 2046, section 5.2.1), and attachments are sent in base64. Mail
# programs open an .eml file by its name.
_NEVER_ENCODED = ("message/", "multipart/")


def read_files(attachments: object) -> Any:
    """The attachments, with every path replaced by its file. One attachment may stand for a list.

    Raises `RequestError` for a file that cannot be read. What is no list is returned as it is: validation refuses it.
    """
    if is_a(attachments, str, Path, Mapping, Attachment):
        attachments = [attachments]
    if not is_a(attachments, list, tuple):
        return attachments
    return [
        _read_file(each, f"attachments[{number}]") if is_a(each, str, Path) else each
        for number, each in enumerate(elements(attachments))
    ]


def _read_file(given: Any, field: str) -> Attachment:
    with program_values(field):
        path = Path(str.__str__(os.fspath(given)))  # a path may hold a subclass of str
    content = _content(path, field)
    content_type, encoding = mimetypes.guess_type(path.name)
    # An encoding means a compressed file: its bytes are not of the type that its name gives.
    if not content_type or encoding or content_type.startswith(_NEVER_ENCODED):
        content_type = _UNKNOWN_TYPE
    return Attachment(filename=path.name, content_type=content_type, content=content)


def _content(path: Path, field: str) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_MESSAGE_BYTES + 1)
    except OSError as error:
        raise RequestError(field, f"cannot be read: {error.strerror}") from None
    except ValueError:  # a NUL or half of a surrogate pair
        raise RequestError(field, "cannot be read: its path is not a file name") from None
    if len(content) > MAX_MESSAGE_BYTES:
        raise RequestError(field, f"is larger than the {MAX_MESSAGE_BYTES} bytes that SES takes")
    return content
