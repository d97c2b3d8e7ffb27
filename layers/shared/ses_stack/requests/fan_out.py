"""One message per recipient: what becomes of a request before it is queued, and which lane takes it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256

from ses_stack.errors import RequestError
from ses_stack.mail.mailboxes import Mailbox
from ses_stack.requests.request import SendRequest

_DIGEST = 20
_KEPT = 128 - 1 - _DIGEST


@dataclass(frozen=True, slots=True)
class SendLetter:
    """One message as a lane's queue takes it. `index` counts the requests it was made from, `body` is its document."""

    index: int
    request_id: str
    recipients: tuple[str, ...]
    lane: str
    group: str
    body: str

    @property
    def size(self) -> int:
        """Bytes that SQS counts."""
        return len(self.body.encode())


def group_of(request: SendRequest) -> str:
    """Who a message belongs to where SQS shares a lane out fairly: its tenant, or without one its stream.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html
    """
    return request.tenant or request.stream


def per_recipient(request: SendRequest) -> list[SendRequest]:
    """The request once for every recipient, so that nobody sees the others and each counts, fails and is tried alone.

    Raises `RequestError` for Cc and Bcc, which mean nothing then.
    """
    for name, mailboxes in (("cc", request.cc), ("bcc", request.bcc)):
        if mailboxes:
            raise RequestError(name, "needs one_message: otherwise each recipient gets a message of its own")
    if len(request.to) == 1:
        return [request]
    return [replace(request, request_id=derived_id(request.request_id, each), to=(each,)) for each in request.to]


def derived_id(request_id: str, recipient: Mailbox) -> str:
    """The id of one recipient's message: always the same, so that asking twice sends nothing twice."""
    digest = sha256(f"{request_id}\0{recipient.key}".encode()).hexdigest()[:_DIGEST]
    return f"{request_id[:_KEPT]}-{digest}"
