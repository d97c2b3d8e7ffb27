"""Attachments from files on disk."""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ses_stack.errors import RequestError
from ses_stack.requests.request import Attachment

_UNKNOWN_TYPE = "application/octet-stream"


def read_files(attachments: Sequence[Attachment | Mapping[str, Any] | str | Path]) -> list[Any]:
    """The attachments, with every path replaced by its file. One attachment may stand for a list.

    Raises `RequestError` for a file that cannot be read.
    """
    if isinstance(attachments, str | Path | Mapping | Attachment):
        attachments = [attachments]
    return [
        _read_file(Path(each), f"attachments[{number}]") if isinstance(each, str | Path) else each
        for number, each in enumerate(attachments)
    ]


def _read_file(path: Path, field: str) -> Attachment:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise RequestError(field, f"cannot be read: {error.strerror}") from None
    content_type, encoding = mimetypes.guess_type(path.name)
    # An encoding means a compressed file: its bytes are not of the type that its name gives.
    return Attachment(
        filename=path.name,
        content_type=content_type if content_type and not encoding else _UNKNOWN_TYPE,
        content=content,
    )
