"""The JSON documents of send requests: written from a request, or completed from what a program passes."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

from ses_stack.mail.times import utc_milliseconds
from ses_stack.requests.request import VERSION, Attachment, SendRequest


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
    as missing. Any other object is returned as it is: `validated` refuses it.
    """
    if isinstance(item, SendRequest):
        return to_document(item)
    if not isinstance(item, Mapping):
        return item
    document = {name: value for name, value in item.items() if value is not None}
    if "from_" in document:
        document["from"] = document.pop("from_")
    for name in ("to", "cc", "bcc", "reply_to", "attachments"):
        if name in document:
            document[name] = _listed(document[name])
    for name in ("not_before", "expires_at"):
        if isinstance(moment := document.get(name), datetime):
            document[name] = moment.isoformat()
    if isinstance(attachments := document.get("attachments"), list):
        document["attachments"] = [_complete_attachment(each) for each in attachments]
    return {"v": VERSION, "request_id": new_id()} | document


def request_id_of(item: object) -> str | None:
    """The request id that a program passes with a request; None where it passes none."""
    if isinstance(item, SendRequest):
        return item.request_id
    request_id = item.get("request_id") if isinstance(item, Mapping) else None
    return request_id if isinstance(request_id, str) else None


def _listed(value: object) -> object:
    if isinstance(value, str | Mapping | Attachment):
        return [value]
    return list(value) if isinstance(value, tuple) else value


def _complete_attachment(attachment: object) -> object:
    if isinstance(attachment, Attachment):
        attachment = {each.name: getattr(attachment, each.name) for each in fields(Attachment)}
    if not isinstance(attachment, Mapping):
        return attachment
    document = {name: value for name, value in attachment.items() if value is not None}
    if isinstance(content := document.get("content"), bytes):
        document["content"] = base64.b64encode(content).decode()
    return document
