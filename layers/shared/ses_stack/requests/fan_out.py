"""Fan-out: one request for each recipient of a request."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

from ses_stack.errors import RequestError
from ses_stack.mail.mailboxes import Mailbox
from ses_stack.requests.request import SendRequest

_LONGEST_REQUEST_ID = 128
_DIGEST_CHARACTERS = 20
_KEPT_CHARACTERS = _LONGEST_REQUEST_ID - len("-") - _DIGEST_CHARACTERS


def per_recipient(request: SendRequest) -> list[SendRequest]:
    """The request once for each recipient: no recipient sees the others, and each message is sent and retried alone.

    Raises `RequestError` for Cc and Bcc, which need one message for all recipients.
    """
    for name, mailboxes in (("cc", request.cc), ("bcc", request.bcc)):
        if mailboxes:
            raise RequestError(name, "needs one_message: otherwise each recipient gets a message of its own")
    if len(request.to) == 1:
        return [request]
    return [replace(request, request_id=derived_id(request.request_id, each), to=(each,)) for each in request.to]


def derived_id(request_id: str, recipient: Mailbox) -> str:
    """The id of one recipient's message. The same input always gives the same id, so a repeated call sends nothing."""
    digest = sha256(f"{request_id}\0{recipient.key}".encode()).hexdigest()[:_DIGEST_CHARACTERS]
    return f"{request_id[:_KEPT_CHARACTERS]}-{digest}"
