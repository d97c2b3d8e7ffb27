"""The send request: the message that an application asks for, and the limits that SES sets for it.

A request is complete: only its own fields decide the message that SES gets. Modules beside this one:
`validation` reads a request from its JSON document, `documents` writes the document of a request.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ses_stack.mail.mailboxes import Mailbox

VERSION = 1
REQUEST_ID_TAG = "request_id"
DISPOSITIONS = ("attachment", "inline")
# To, Cc and Bcc together.
# https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html
MAX_RECIPIENTS = 50
MAX_REPLY_TO = 10
# The sender adds the request id as a tag.
# https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_MessageTag.html
MAX_TAGS = 50 - 1
# The sender adds List-Unsubscribe and List-Unsubscribe-Post.
# https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_MessageHeader.html
MAX_HEADERS = 15 - 2
# The encoded message with its attachments.
# https://docs.aws.amazon.com/ses/latest/dg/quotas.html
MAX_MESSAGE_BYTES = 40_000_000
MAX_ATTACHMENTS = 100
# Where attachments lie in the stack's bucket: the sender may read nothing else.
ATTACHMENT_PREFIX = "attachments/"
# https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_Template.html
MAX_DATA_BYTES = 262_144
MAX_DATA_DEPTH = 32
# RFC 5322, section 2.1.1: the longest line of a header. The subject counts as it is encoded.
MAX_SUBJECT_BYTES = 998 - len("Subject: ")
# SES counts an address as it is encoded, with its display name. Its error is "Address length is more than 320 bytes
# long"; reported in https://github.com/zulip/zulip/issues/17558.
MAX_MAILBOX_BYTES = 320
# A lane holds a request at most this long for its `not_before`: no queue and no bucket keeps it without end, and
# every 15 minutes of waiting cost a copy. A later message belongs into a scheduler.
LONGEST_WAIT_SECONDS = 14 * 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file. It has either `content`, or `bucket` and `key` of its object in S3; `size` is the object's, in bytes."""

    filename: str
    content_type: str = "application/octet-stream"
    disposition: str = "attachment"
    content_id: str | None = None
    content: bytes | None = field(default=None, repr=False)
    bucket: str | None = None
    key: str | None = None
    size: int | None = None

    @property
    def known_bytes(self) -> int:
        """The file's size in bytes; 0 for an object in S3 whose size the request does not give."""
        return len(self.content) if self.content is not None else self.size or 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SendRequest:
    """One request to send a message. `request_id` is its idempotency key. Times are in UTC."""

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
        """To, Cc and Bcc: SES counts each of them against the rate and the quota."""
        return self.to + self.cc + self.bcc

    @property
    def has_s3_attachments(self) -> bool:
        """Whether the sender must fetch attachments from S3: they may have tens of megabytes together."""
        return any(each.bucket for each in self.attachments)
