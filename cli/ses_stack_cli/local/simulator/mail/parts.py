"""What SES refuses in the parts of a message that it composes itself: headers and attachments; and their size.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_MessageHeader.html
https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_Attachment.html
https://docs.aws.amazon.com/ses/latest/dg/header-fields.html
https://docs.aws.amazon.com/ses/latest/dg/mime-types.html
"""

from __future__ import annotations

import base64
import quopri
import re
from collections.abc import Iterable

from ses_stack.requests.attachment_types import UNSUPPORTED_EXTENSIONS
from ses_stack_cli.local.simulator.errors import bad_request
from ses_stack_cli.local.simulator.mail.requests import FilePart, HeaderPart

LONGEST_HEADER = 996  # name and value together, in characters
_SET_BY_SES = frozenset(
    {
        "bcc",
        "cc",
        "content-disposition",
        "content-type",
        "date",
        "from",
        "message-id",
        "mime-version",
        "reply-to",
        "return-path",
        "subject",
        "to",
    }
)
_REFUSED_IN_NAMES = re.compile(r'[/\\:*?"<>|]')
# RFC 2046, section 5.2.1: an enclosed message is never encoded.
_NEVER_ENCODED = ("message/", "multipart/")


def check_headers(headers: Iterable[HeaderPart]) -> None:
    """Raises the BadRequestException that SES answers to a header that it sets itself, or that is too long."""
    for header in headers:
        if header.Name.lower() in _SET_BY_SES:
            raise bad_request(f"Header name '{header.Name}' is not allowed.")
        if len(header.Name) + len(header.Value) > LONGEST_HEADER:
            raise bad_request(f"Header '{header.Name}' is longer than {LONGEST_HEADER} characters.")


def check_files(files: Iterable[FilePart]) -> None:
    """Raises the BadRequestException that SES answers to an attachment that it does not take."""
    for file in files:
        _, dot, extension = file.FileName.rpartition(".")
        if (dot and extension.lower() in UNSUPPORTED_EXTENSIONS) or _REFUSED_IN_NAMES.search(file.FileName):
            raise bad_request(f"Illegal filename '{file.FileName}'.")
        enclosed = (file.ContentType or "").lower().startswith(_NEVER_ENCODED)
        if enclosed and file.ContentTransferEncoding != "SEVEN_BIT":
            raise bad_request(f"Attachment '{file.FileName}' of type {file.ContentType} cannot be encoded.")


def encoded_size(file: FilePart) -> int:
    """The bytes of an attachment in the message."""
    match file.ContentTransferEncoding:
        case "BASE64":
            return len(base64.encodebytes(file.RawContent))
        case "QUOTED_PRINTABLE":
            return len(quopri.encodestring(file.RawContent))
        case _:
            return len(file.RawContent)


def text_size(text: str) -> int:
    """The bytes of a text in the message: as it is in ASCII, else in base64."""
    return len(text) if text.isascii() else len(base64.encodebytes(text.encode()))
