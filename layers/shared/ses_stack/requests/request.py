"""Send requests: the JSON documents that applications queue, and the sender reads.

docs/send-request.schema.json describes the same documents for other languages; a test keeps the two together.
A request is complete in itself: nothing that is not in it decides what is sent.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Any

from ses_stack.errors import RequestError
from ses_stack.mail.mailboxes import LONGEST_ADDRESS, Mailbox, mailbox
from ses_stack.mail.streams import STREAMS
from ses_stack.mail.times import utc_milliseconds

VERSION = 1
WHOLE = "the request"
MAX_RECIPIENTS = 50
MAX_REPLY_TO = 10
MAX_ATTACHMENTS = 100
# What the sender adds to every message: the request id as a tag, List-Unsubscribe and List-Unsubscribe-Post as headers.
MAX_TAGS = 50 - 1
MAX_HEADERS = 15 - 2
# https://docs.aws.amazon.com/ses/latest/dg/quotas.html
MAX_MESSAGE_BYTES = 40_000_000
# https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_Template.html
MAX_DATA_BYTES = 262_144
MAX_DATA_DEPTH = 32
MAX_SUBJECT = 998
DISPOSITIONS = ("attachment", "inline")
REQUEST_ID_TAG = "request_id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file. Either `content` is there, or `bucket` and `key` say where in S3 it is."""

    filename: str
    content_type: str = "application/octet-stream"
    disposition: str = "attachment"
    content_id: str | None = None
    content: bytes | None = field(default=None, repr=False)
    bucket: str | None = None
    key: str | None = None
    size: int | None = None

    @property
    def weight(self) -> int:
        """Its size in bytes; 0 where only S3 knows."""
        return len(self.content) if self.content is not None else self.size or 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SendRequest:
    """What an application asks for. `request_id` is its idempotency key. Times are in UTC."""

    request_id: str
    stream: str
    from_: Mailbox
    to: tuple[Mailbox, ...] = ()
    cc: tuple[Mailbox, ...] = ()
    bcc: tuple[Mailbox, ...] = ()
    reply_to: tuple[Mailbox, ...] = ()
    subject: str | None = None
    html: str | None = field(default=None, repr=False)
    text: str | None = field(default=None, repr=False)
    template: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict, repr=False)
    attachments: tuple[Attachment, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    topic: str | None = None
    tenant: str | None = None
    not_before: datetime | None = None
    expires_at: datetime | None = None

    @property
    def recipients(self) -> tuple[Mailbox, ...]:
        """To, Cc and Bcc: what SES counts."""
        return self.to + self.cc + self.bcc

    @property
    def heavy(self) -> bool:
        """Whether there is more to it than its record: attachments in S3, tens of megabytes together."""
        return any(each.bucket for each in self.attachments)


def validated(document: object) -> SendRequest:
    """The request that a parsed JSON document makes.

    Raises `RequestError` for the first thing that is wrong: its field, and the problem in words, never a value.
    """
    fields = _object(document, WHOLE)
    _known(fields, _READERS, "")
    for name in ("v", "request_id", "stream", "from"):
        if name not in fields:
            raise RequestError(name, "is missing")
    read = {name: read(fields[name], name) for name, read in _READERS.items() if name in fields}
    del read["v"]
    request = SendRequest(from_=read.pop("from"), **read)
    _check_recipients(request)
    _check_content(request)
    _check_times(request)
    _check_size(request)
    return request


def to_document(request: SendRequest) -> dict[str, Any]:
    """The JSON document of a request: what `validated` reads, without the fields that say nothing."""
    document: dict[str, Any] = {
        "v": VERSION,
        "request_id": request.request_id,
        "stream": request.stream,
        "from": str(request.from_),
        "to": [str(each) for each in request.to],
        "cc": [str(each) for each in request.cc],
        "bcc": [str(each) for each in request.bcc],
        "reply_to": [str(each) for each in request.reply_to],
        "subject": request.subject,
        "html": request.html,
        "text": request.text,
        "template": request.template,
        "data": dict(request.data),
        "attachments": [_attachment_document(each) for each in request.attachments],
        "headers": dict(request.headers),
        "tags": dict(request.tags),
        "topic": request.topic,
        "tenant": request.tenant,
        "not_before": request.not_before and utc_milliseconds(request.not_before),
        "expires_at": request.expires_at and utc_milliseconds(request.expires_at),
    }
    return {name: value for name, value in document.items() if value not in (None, [], {})}


def _attachment_document(attachment: Attachment) -> dict[str, Any]:
    document = {
        "filename": attachment.filename,
        "content_type": attachment.content_type,
        "disposition": attachment.disposition,
        "content_id": attachment.content_id,
        "content": None if attachment.content is None else base64.b64encode(attachment.content).decode(),
        "bucket": attachment.bucket,
        "key": attachment.key,
        "size": attachment.size,
    }
    return {name: value for name, value in document.items() if value is not None}


# Kinds


def _object(value: object, field: str) -> Mapping[str, Any]:
    if not isinstance(value, dict) or not all(isinstance(name, str) for name in value):
        raise _wrong_kind(field, value, "an object")
    return value


def _list(value: object, field: str, at_most: int) -> Sequence[object]:
    if not isinstance(value, list):
        raise _wrong_kind(field, value, "a list")
    if len(value) > at_most:
        raise RequestError(field, f"has {len(value)} entries, and {at_most} are the most")
    return value


def _string(value: object, field: str) -> str:
    if not isinstance(value, str):
        raise _wrong_kind(field, value, "a string")
    if not value.isascii() and any("\ud800" <= char <= "\udfff" for char in value):
        raise RequestError(field, "holds half of a surrogate pair, which is no character")
    return value


def _line(value: object, field: str) -> str:
    """Text that goes into a mail header. A line break in it would start another header."""
    text = _string(value, field)
    if not text.isprintable() and any(unicodedata.category(char) in {"Cc", "Zl", "Zp"} for char in text):
        raise RequestError(field, "holds a line break or another control character")
    return text


def _wrong_kind(field: str, value: object, wanted: str) -> RequestError:
    return RequestError(field, f"is {_kind(value)}, and must be {wanted}")


def _kind(value: object) -> str:
    if value is None:
        return "null (leave the field out)"
    return next((name for kind, name in _KINDS if isinstance(value, kind)), "of a kind that JSON does not have")


# A boolean is an int too, so it comes first.
_KINDS: Sequence[tuple[type, str]] = (
    (bool, "a boolean"),
    (int, "a number"),
    (float, "a number"),
    (str, "a string"),
    (list, "a list"),
    (dict, "an object"),
)


def _known(fields: Mapping[str, Any], known: Mapping[str, Any] | Sequence[str], prefix: str) -> None:
    for name in fields:
        if name not in known:
            meant = get_close_matches(name, [each for each in known if each not in fields], n=1)
            raise RequestError(f"{prefix}{_shown(name)}", f"is not a field: {meant[0]}?" if meant else "is not a field")


def _shown(name: str) -> str:
    """A name that the document chose; one that is no plain name may be an address, or worse."""
    return name if re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name) else "(a name that is no plain word)"


# Fields


def _version(value: object, field: str) -> int:
    if value is True or value != VERSION or not isinstance(value, int):
        raise RequestError(field, f"is not {VERSION}, the version of the document that is understood here")
    return VERSION


def _word(longest: int) -> Callable[[object, str], str]:
    pattern = re.compile(rf"[A-Za-z0-9_-]{{1,{longest}}}")

    def read(value: object, field: str) -> str:
        text = _string(value, field)
        if not pattern.fullmatch(text):
            raise RequestError(field, f"may hold 1 to {longest} ASCII letters, digits, underscores and dashes")
        return text

    return read


def _stream(value: object, field: str) -> str:
    if (stream := _string(value, field)) not in STREAMS:
        raise RequestError(field, f"is not a stream: {', '.join(STREAMS)}")
    return stream


def _mailbox(value: object, field: str) -> Mailbox:
    text = _string(value, field)
    if len(text) > 2 * LONGEST_ADDRESS:
        raise RequestError(field, f"is longer than {2 * LONGEST_ADDRESS} characters")
    try:
        return mailbox(text)
    except ValueError as error:
        raise RequestError(field, str(error)) from None


def _mailboxes(at_most: int) -> Callable[[object, str], tuple[Mailbox, ...]]:
    def read(value: object, field: str) -> tuple[Mailbox, ...]:
        return tuple(_mailbox(each, f"{field}[{n}]") for n, each in enumerate(_list(value, field, at_most)))

    return read


def _subject(value: object, field: str) -> str:
    text = _line(value, field)
    if not text.strip():
        raise RequestError(field, "is empty")
    if len(text) > MAX_SUBJECT:
        raise RequestError(field, f"is longer than {MAX_SUBJECT} characters")
    return text


def _body(value: object, field: str) -> str:
    text = _string(value, field)
    if not text:
        raise RequestError(field, "is empty")
    if "\0" in text:
        raise RequestError(field, "holds a NUL")
    return text


def _data(value: object, field: str) -> dict[str, Any]:
    data = dict(_object(value, field))
    _plain_json(data, field, MAX_DATA_DEPTH)
    if len(json.dumps(data).encode()) > MAX_DATA_BYTES:
        raise RequestError(field, f"is larger than the {MAX_DATA_BYTES} bytes that SES takes")
    return data


def _plain_json(value: object, field: str, depth: int) -> None:
    if depth < 0:
        raise RequestError(field, f"is nested more than {MAX_DATA_DEPTH} deep")
    if isinstance(value, str):
        _string(value, field)
    elif isinstance(value, dict):
        for name, each in _object(value, field).items():
            _string(name, field)
            _plain_json(each, field, depth - 1)
    elif isinstance(value, list):
        for each in value:
            _plain_json(each, field, depth - 1)
    elif isinstance(value, float) and not abs(value) < float("inf"):
        raise RequestError(field, "holds a number that JSON does not have (NaN or infinity)")
    elif not (value is None or isinstance(value, int | float)):
        raise _wrong_kind(field, value, "JSON")


def _tags(value: object, field: str) -> dict[str, str]:
    tags = _object(value, field)
    if len(tags) > MAX_TAGS:
        raise RequestError(field, f"has {len(tags)} entries, and {MAX_TAGS} are the most beside the sender's own")
    return dict(_tag(name, each, field) for name, each in tags.items())


def _tag(name: str, value: object, field: str) -> tuple[str, str]:
    if name.lower() == REQUEST_ID_TAG or name.lower().startswith("ses:"):
        raise RequestError(
            f"{field}.{name}" if name.isidentifier() else field, "has a name that the sender or SES uses"
        )
    if not _TAG.fullmatch(name):
        raise RequestError(field, f"has a name that is not {_TAG_TEXT}")
    text = _string(value, f"{field}.{_shown(name)}")
    if not _TAG.fullmatch(text):
        raise RequestError(f"{field}.{_shown(name)}", f"is not {_TAG_TEXT}, which is all that SES takes")
    return name, text


# https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_MessageTag.html
_TAG = re.compile(r"[A-Za-z0-9_-]{1,256}")
_TAG_TEXT = "1 to 256 ASCII letters, digits, underscores and dashes"


def _headers(value: object, field: str) -> dict[str, str]:
    headers = _object(value, field)
    if len(headers) > MAX_HEADERS:
        raise RequestError(field, f"has {len(headers)} entries, and {MAX_HEADERS} are the most beside the sender's own")
    read = dict(_header(name, each, field) for name, each in headers.items())
    if len({name.lower() for name in read}) < len(read):
        raise RequestError(field, "names a header twice, in different case")
    return read


def _header(name: str, value: object, field: str) -> tuple[str, str]:
    if not _HEADER_NAME.fullmatch(name):
        raise RequestError(field, "has a name that is no header's: 1 to 126 ASCII letters, digits and dashes")
    where = f"{field}.{_shown(name)}"
    if name.lower() in _OWNED_HEADERS or name.lower().startswith(_OWNED_PREFIXES):
        raise RequestError(where, "is a header that the sender or SES writes")
    text = _line(value, where)
    if not text.isascii():
        raise RequestError(where, "holds a character outside ASCII: encode it (RFC 2047)")
    if not text.strip() or len(name) + len(text) > 996:
        raise RequestError(where, "is empty" if not text.strip() else "is longer than 996 characters with its name")
    return name, text


# https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_MessageHeader.html
_HEADER_NAME = re.compile(r"[A-Za-z0-9-]{1,126}")
_OWNED_HEADERS = frozenset(
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
_OWNED_PREFIXES = ("content-", "resent-", "arc-", "x-ses-")


def _attachments(value: object, field: str) -> tuple[Attachment, ...]:
    entries = _list(value, field, MAX_ATTACHMENTS)
    read = tuple(_attachment(each, f"{field}[{number}]") for number, each in enumerate(entries))
    ids = [each.content_id for each in read if each.content_id]
    if len(set(ids)) < len(ids):
        raise RequestError(field, "uses a content_id twice")
    return read


def _attachment(value: object, field: str) -> Attachment:
    fields = _object(value, field)
    _known(fields, _ATTACHMENT_READERS, f"{field}.")
    if "filename" not in fields:
        raise RequestError(f"{field}.filename", "is missing")
    pointer = [name for name in ("bucket", "key", "size") if name in fields]
    if "content" in fields and pointer:
        raise RequestError(f"{field}.{pointer[0]}", "stands beside content: an attachment is inline or in S3, not both")
    if "content" not in fields and not {"bucket", "key"} <= fields.keys():
        raise RequestError(field, "has neither content, nor bucket and key")
    return Attachment(
        **{name: read(fields[name], f"{field}.{name}") for name, read in _ATTACHMENT_READERS.items() if name in fields}
    )


def _filename(value: object, field: str) -> str:
    text = _line(value, field)
    if not text.strip() or len(text) > 255:
        raise RequestError(field, "may hold 1 to 255 characters")
    if "/" in text or "\\" in text:
        raise RequestError(field, "holds a / or a \\: it is a name, not a path")
    return text


def _content_type(value: object, field: str) -> str:
    text = _string(value, field)
    if not _CONTENT_TYPE.fullmatch(text) or len(text) > 78:
        raise RequestError(field, "is not a media type such as application/pdf")
    if text.lower().startswith(("multipart/", "message/")):
        raise RequestError(field, "is a type that cannot be encoded in base64: use application/octet-stream")
    return text


_TOKEN = r"[A-Za-z0-9!#$&^_.+-]+"  # noqa: S105  # RFC 2045's word, not a secret
_CONTENT_TYPE = re.compile(rf"{_TOKEN}/{_TOKEN}(?:; ?{_TOKEN}={_TOKEN})*")


def _disposition(value: object, field: str) -> str:
    if (text := _string(value, field)) not in DISPOSITIONS:
        raise RequestError(field, f"is neither {' nor '.join(DISPOSITIONS)}")
    return text


def _matching(pattern: str, problem: str) -> Callable[[object, str], str]:
    matches = re.compile(pattern).fullmatch

    def read(value: object, field: str) -> str:
        text = _line(value, field)
        if not matches(text):
            raise RequestError(field, problem)
        return text

    return read


def _content(value: object, field: str) -> bytes:
    text = _string(value, field)
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise RequestError(field, "is not base64") from None
    if not content:
        raise RequestError(field, "is empty")
    return content


def _size(value: object, field: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _wrong_kind(field, value, "a whole number of bytes")
    if not 0 < value <= MAX_MESSAGE_BYTES:
        raise RequestError(field, f"is not between 1 and the {MAX_MESSAGE_BYTES} bytes that SES takes")
    return value


def _time(value: object, field: str) -> datetime:
    text = _string(value, field)
    if not _TIME.fullmatch(text):
        raise RequestError(field, "is not a time such as 2026-11-24T06:10:00Z, with its offset from UTC")
    try:
        moment = datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        raise RequestError(field, "is a time that does not exist") from None
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)", re.ASCII)


# The request as a whole


def _check_recipients(request: SendRequest) -> None:
    if not request.recipients:
        raise RequestError("to", "names no recipient, and neither do cc and bcc")
    if len(request.recipients) > MAX_RECIPIENTS:
        raise RequestError(
            "to", f"names {len(request.recipients)} recipients with cc and bcc; SES takes {MAX_RECIPIENTS}"
        )
    seen: dict[str, str] = {}
    for name, each in (("to", request.to), ("cc", request.cc), ("bcc", request.bcc)):
        for number, recipient in enumerate(each):
            here = f"{name}[{number}]"
            if there := seen.get(recipient.key):
                raise RequestError(here, f"is the same address as {there}")
            seen[recipient.key] = here


def _check_content(request: SendRequest) -> None:
    own = [name for name in ("subject", "html", "text") if getattr(request, name) is not None]
    if request.template is not None:
        if own:
            raise RequestError(own[0], "stands beside template, which brings its own subject and text")
        return
    if request.data:
        raise RequestError("data", "needs a template to go into")
    if request.subject is None:
        raise RequestError("subject", "is missing, and there is no template")
    if request.html is None and request.text is None:
        raise RequestError("text", "is missing, and so are html and template")


def _check_times(request: SendRequest) -> None:
    if request.not_before and request.expires_at and request.expires_at <= request.not_before:
        raise RequestError("expires_at", "is not after not_before: the message could never be sent")


def _check_size(request: SendRequest) -> None:
    text = sum(len(part.encode()) for part in (request.html, request.text) if part)
    attached = sum(each.weight for each in request.attachments)
    # Base64 makes three bytes four, and breaks lines after 76 characters.
    if (text + attached) * 4 / 3 * 78 / 76 > MAX_MESSAGE_BYTES:
        raise RequestError(
            "attachments" if attached > text else "html", f"make a message of more than {MAX_MESSAGE_BYTES} bytes"
        )


_READERS: Mapping[str, Callable[[object, str], Any]] = {
    "v": _version,
    "request_id": _word(128),
    "stream": _stream,
    "from": _mailbox,
    "to": _mailboxes(MAX_RECIPIENTS),
    "cc": _mailboxes(MAX_RECIPIENTS),
    "bcc": _mailboxes(MAX_RECIPIENTS),
    "reply_to": _mailboxes(MAX_REPLY_TO),
    "subject": _subject,
    "html": _body,
    "text": _body,
    "template": _word(64),
    "data": _data,
    "attachments": _attachments,
    "headers": _headers,
    "tags": _tags,
    "topic": _word(64),
    "tenant": _word(64),
    "not_before": _time,
    "expires_at": _time,
}
_ATTACHMENT_READERS: Mapping[str, Callable[[object, str], Any]] = {
    "filename": _filename,
    "content_type": _content_type,
    "disposition": _disposition,
    "content_id": _matching(r"[A-Za-z0-9._@+-]{1,78}", "may hold 1 to 78 of A-Z a-z 0-9 . _ @ + -"),
    "content": _content,
    "bucket": _matching(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", "is not a bucket's name"),
    "key": _matching(r".{1,1024}", "may hold 1 to 1024 characters"),
    "size": _size,
}
