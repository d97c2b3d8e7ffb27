"""Validation: a send request from its JSON document.

docs/send-request.schema.json describes the same documents for other languages; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ses_stack.errors import RequestError
from ses_stack.requests.attachments import read_attachments
from ses_stack.requests.consistency import check_consistency
from ses_stack.requests.fields import (
    mailboxes_reader,
    read_body,
    read_data,
    read_mailbox,
    read_stream,
    read_subject,
    read_time,
    read_version,
)
from ses_stack.requests.labels import read_headers, read_tags
from ses_stack.requests.request import MAX_RECIPIENTS, MAX_REPLY_TO, SendRequest
from ses_stack.requests.values import WHOLE_REQUEST, Reader, check_names, read_object, word_reader

_REQUIRED = ("v", "request_id", "stream", "from")


def validated(document: object) -> SendRequest:
    """The request that a parsed JSON document describes.

    Raises `RequestError` for the first fault: it names the field and the problem, and never repeats a value.
    """
    fields = read_object(document, WHOLE_REQUEST)
    check_names(fields, _READERS)
    for name in _REQUIRED:
        if name not in fields:
            raise RequestError(name, "is missing")
    values = {name: read(fields[name], name) for name, read in _READERS.items() if name in fields}
    del values["v"]
    request = SendRequest(from_=values.pop("from"), **values)
    check_consistency(request)
    return request


_READERS: Mapping[str, Reader[Any]] = {
    "v": read_version,
    "request_id": word_reader(128),
    "stream": read_stream,
    "from": read_mailbox,
    "to": mailboxes_reader(MAX_RECIPIENTS),
    "cc": mailboxes_reader(MAX_RECIPIENTS),
    "bcc": mailboxes_reader(MAX_RECIPIENTS),
    "reply_to": mailboxes_reader(MAX_REPLY_TO),
    "subject": read_subject,
    "html": read_body,
    "text": read_body,
    "template": word_reader(64),
    "data": read_data,
    "attachments": read_attachments,
    "headers": read_headers,
    "tags": read_tags,
    "topic": word_reader(64),
    "tenant": word_reader(64),
    "not_before": read_time,
    "expires_at": read_time,
}
