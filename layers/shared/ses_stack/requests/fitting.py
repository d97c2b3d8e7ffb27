"""Fitting: a request whose attachments are too large for a queue keeps them in S3 instead.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Protocol

from ses_stack.errors import RequestError
from ses_stack.requests.request import ATTACHMENT_PREFIX, Attachment, SendRequest

# An SQS message has at most 1 MiB with its attributes. The sender's copies of deferred messages need some for theirs.
LONGEST_MESSAGE_BYTES = 1024 * 1024
LONGEST_BODY_BYTES = LONGEST_MESSAGE_BYTES - 16 * 1024
# Stands for a bucket's name that is not known yet: no name is longer.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
_LONGEST_BUCKET_NAME = "b" * 63


class AttachmentStore(Protocol):
    """Keeps attachments that are too large for a queue."""

    @property
    def name(self) -> str | None:
        """The bucket's name, None if it is not known. The sender reads no other bucket."""

    def put(self, key: str, content: bytes) -> str:
        """Stores the content under the key and returns the bucket's name. Raises `QueueingError`."""


@dataclass(frozen=True, slots=True)
class _Move:
    """An attachment on its way to the store: its place among the attachments, its key and its content."""

    number: int
    key: str
    content: bytes


def check_buckets(request: SendRequest, store: AttachmentStore | None) -> None:
    """Raises `RequestError` for an attachment in another bucket than the store's, which the sender may not read."""
    for number, each in enumerate(request.attachments):
        if store and store.name and each.bucket and each.bucket != store.name:
            raise RequestError(f"attachments[{number}].bucket", "is not the stack's bucket: the sender reads no other")


def fitted(
    request: SendRequest, store: AttachmentStore | None, *, body_of: Callable[[SendRequest], str]
) -> tuple[Attachment, ...]:
    """The request's attachments, with as many in the store as the queue needs, the largest first.

    Nothing is stored before all is known to fit. Raises `RequestError` for a request that does not fit, and
    `QueueingError` if the store takes no content.
    """
    attachments, moves = _plan(request, body_of)
    if not moves:
        return attachments
    if store is None:
        raise RequestError(
            "attachments", f"do not fit into the {LONGEST_MESSAGE_BYTES} bytes of a queue, and no bucket is set"
        )
    stored = list(attachments)
    for move in moves:
        stored[move.number] = replace(stored[move.number], bucket=store.put(move.key, move.content))
    return tuple(stored)


def _plan(request: SendRequest, body_of: Callable[[SendRequest], str]) -> tuple[tuple[Attachment, ...], list[_Move]]:
    """The attachments, and which of them must move."""
    attachments = list(request.attachments)
    moves: list[_Move] = []
    inline = sorted((each.known_bytes, number) for number, each in enumerate(attachments) if each.content is not None)
    while len(body_of(replace(request, attachments=tuple(attachments))).encode()) > LONGEST_BODY_BYTES:
        if not inline:
            raise _too_long(request)
        _, number = inline.pop()
        content = attachments[number].content or b""
        # The same content has the same key: it is stored once for all messages.
        key = f"{ATTACHMENT_PREFIX}{sha256(content).hexdigest()}"
        moves.append(_Move(number, key, content))
        attachments[number] = replace(
            attachments[number], content=None, bucket=_LONGEST_BUCKET_NAME, key=key, size=len(content)
        )
    return tuple(attachments), moves


def _too_long(request: SendRequest) -> RequestError:
    sizes = {name: len(getattr(request, name) or "") for name in ("html", "text")}
    sizes["data"] = len(json.dumps(dict(request.data)))
    largest = max(sizes, key=sizes.__getitem__)
    return RequestError(
        largest, f"makes a document of more than the {LONGEST_BODY_BYTES} bytes that a queue takes, attachments aside"
    )
