"""Readers of a send request's tags and headers: names and values, within the alphabets and limits of SES."""

from __future__ import annotations

import re

from ses_stack.errors import RequestError
from ses_stack.requests.request import MAX_HEADERS, MAX_TAGS, REQUEST_ID_TAG
from ses_stack.requests.values import read_line, read_object, read_string, shown_name

# https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_MessageTag.html
_TAG = re.compile(r"[A-Za-z0-9_-]{1,256}")
_TAG_TEXT = "1 to 256 ASCII letters, digits, underscores and dashes"
# https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_MessageHeader.html
_HEADER_NAME = re.compile(r"[A-Za-z0-9-]{1,126}")
# Name and value, with the colon and the space between them, fill one line of RFC 5322: 998 characters.
_LONGEST_HEADER_CHARACTERS = 998 - len(": ")
_RESERVED_HEADERS = frozenset(
    {
        "authentication-results",
        "bcc",
        "cc",
        "date",
        "dkim-signature",
        "domainkey-signature",
        "from",
        "list-unsubscribe",
        "list-unsubscribe-post",
        "message-id",
        "mime-version",
        "received",
        "reply-to",
        "return-path",
        "sender",
        "subject",
        "to",
    }
)
_RESERVED_PREFIXES = ("content-", "resent-", "arc-", "x-ses-")


def read_tags(value: object, field: str) -> dict[str, str]:
    """Message tags: names and values. The sender's and SES's own tags are refused."""
    tags = read_object(value, field)
    if len(tags) > MAX_TAGS:
        raise RequestError(
            field, f"has {len(tags)} entries; the limit is {MAX_TAGS} besides those that the sender adds"
        )
    return dict(_tag(name, each, field) for name, each in tags.items())


def _tag(name: str, value: object, field: str) -> tuple[str, str]:
    if name.lower() == REQUEST_ID_TAG or name.lower().startswith("ses:"):
        raise RequestError(
            f"{field}.{name}" if name.isidentifier() else field, "has a name that the sender or SES uses"
        )
    if not _TAG.fullmatch(name):
        raise RequestError(field, f"has a name that is not {_TAG_TEXT}")
    text = read_string(value, f"{field}.{shown_name(name)}")
    if not _TAG.fullmatch(text):
        raise RequestError(f"{field}.{shown_name(name)}", f"is not {_TAG_TEXT}, the only characters that SES accepts")
    return name, text


def read_headers(value: object, field: str) -> dict[str, str]:
    """Mail headers: names and values. Headers that the sender or SES writes are refused."""
    headers = read_object(value, field)
    if len(headers) > MAX_HEADERS:
        raise RequestError(
            field, f"has {len(headers)} entries; the limit is {MAX_HEADERS} besides those that the sender adds"
        )
    read = dict(_header(name, each, field) for name, each in headers.items())
    if len({name.lower() for name in read}) < len(read):
        raise RequestError(field, "names a header twice, in different case")
    return read


def _header(name: str, value: object, field: str) -> tuple[str, str]:
    if not _HEADER_NAME.fullmatch(name):
        raise RequestError(field, "has a name that is not a header name: 1 to 126 ASCII letters, digits and dashes")
    place = f"{field}.{shown_name(name)}"
    if name.lower() in _RESERVED_HEADERS or name.lower().startswith(_RESERVED_PREFIXES):
        raise RequestError(place, "is a header that the sender or SES writes")
    text = read_line(value, place)
    if not text.isascii():
        raise RequestError(place, "holds a character outside ASCII: encode it (RFC 2047)")
    if not text.strip() or len(name) + len(text) > _LONGEST_HEADER_CHARACTERS:
        raise RequestError(
            place,
            "is empty" if not text.strip() else f"is longer than {_LONGEST_HEADER_CHARACTERS} characters with its name",
        )
    return name, text
