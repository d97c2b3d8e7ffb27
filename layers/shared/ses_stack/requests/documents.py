"""The JSON documents of send requests: written from a request, or completed from what a program passes."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import datetime
from itertools import islice
from typing import Any

from ses_stack.errors import RequestError
from ses_stack.mail.mailboxes import Mailbox
from ses_stack.mail.times import utc_milliseconds
from ses_stack.requests.plain import elements, entries, is_a, plain, program_values
from ses_stack.requests.request import VERSION, Attachment, SendRequest
from ses_stack.requests.values import WHOLE_REQUEST, shown_name

# More fields than any request or attachment has. Reading stops there, because a program's mapping may be endless.
_MOST_FIELDS = 1000


def to_document(request: SendRequest) -> dict[str, Any]:
    """The JSON document of a request, as `validated` reads it. Empty fields are omitted."""
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
        "attachments": [_document_of_attachment(each) for each in request.attachments],
        "headers": dict(request.headers),
        "tags": dict(request.tags),
        "topic": request.topic,
        "tenant": request.tenant,
        "not_before": request.not_before and utc_milliseconds(request.not_before),
        "expires_at": request.expires_at and utc_milliseconds(request.expires_at),
    }
    return {name: value for name, value in document.items() if value not in (None, [], {})}


def _document_of_attachment(attachment: Attachment) -> dict[str, Any]:
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


def complete_document(item: object, new_id: Callable[[], str]) -> object:
    """The document of a request that a program passes, as a `SendRequest` or as a mapping with some freedom.

    Version and request id are added where they are missing. One address may stand for a list; times may be `datetime`;
    attachments may be `Attachment`, and their content bytes. `from_` may stand for `from`; a field that is None counts
    as missing. Any other object is returned in a form that `validated` refuses.

    The document has values of Python's own types only. Raises `RequestError` for a value that cannot be read.
    """
    if not is_a(item, SendRequest, Mapping):
        return plain(item, WHOLE_REQUEST)
    given = _given(item, SendRequest, WHOLE_REQUEST)
    if "from_" in given:
        given["from"] = given.pop("from_")
    document = {name: _completed(name, value) for name, value in given.items()}
    return {"v": VERSION, "request_id": new_id()} | document


def request_id_of(item: object) -> str | None:
    """The request id that a program passes with a request; None where it passes none, or none that can be read."""
    try:
        request_id = plain(_given(item, SendRequest, WHOLE_REQUEST).get("request_id"), "request_id")
    except RequestError:
        return None
    return request_id if isinstance(request_id, str) else None


def _given(value: Any, kind: type, field: str) -> dict[str, Any]:
    """The fields of a mapping, or of a dataclass of this kind, that are not None. Their values are as they were."""
    with program_values(field):
        if is_a(value, kind):
            pairs = [(each.name, getattr(value, each.name)) for each in fields(kind)]
        else:
            pairs = list(islice(entries(value), _MOST_FIELDS))
        if not all(is_a(name, str) for name, _ in pairs):
            raise RequestError(field, "has a name that is not a string")
        return {str.__str__(name): each for name, each in pairs if each is not None}


def _completed(name: str, value: object) -> object:
    complete = _COMPLETIONS.get(name)
    return complete(value, name) if complete else plain(value, shown_name(name))


def _addresses(value: Any, field: str) -> object:
    if is_a(value, str, Mapping, Mailbox):
        value = [value]
    if not is_a(value, list, tuple):
        return plain(value, field)
    return [_address(each, f"{field}[{number}]") for number, each in enumerate(elements(value))]


def _address(value: Any, field: str) -> object:
    with program_values(field):
        return plain(Mailbox.__str__(value) if is_a(value, Mailbox) else value, field)


def _time(value: Any, field: str) -> object:
    with program_values(field):
        return plain(datetime.isoformat(value) if is_a(value, datetime) else value, field)


def _attachments(value: Any, field: str) -> object:
    if is_a(value, str, Mapping, Attachment):
        value = [value]
    if not is_a(value, list, tuple):
        return plain(value, field)
    return [_attachment(each, f"{field}[{number}]") for number, each in enumerate(elements(value))]


def _attachment(value: Any, field: str) -> object:
    if not is_a(value, Mapping, Attachment):
        return plain(value, field)
    given = _given(value, Attachment, field)
    if is_a(given.get("content"), bytes, bytearray, memoryview):
        with program_values(f"{field}.content"):
            given["content"] = base64.b64encode(given["content"]).decode()
    return {name: plain(each, f"{field}.{shown_name(name)}") for name, each in given.items()}


_COMPLETIONS: Mapping[str, Callable[[Any, str], object]] = {
    "from": _address,
    "to": _addresses,
    "cc": _addresses,
    "bcc": _addresses,
    "reply_to": _addresses,
    "attachments": _attachments,
    "not_before": _time,
    "expires_at": _time,
}
