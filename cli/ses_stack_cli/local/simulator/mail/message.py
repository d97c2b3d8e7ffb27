"""A message as SES holds it once it has accepted it."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256

from ses_stack.mail.addresses import bare

# The placeholder that SES replaces by a recipient's unsubscribe link.
UNSUBSCRIBE = "amazonSESUnsubscribeUrl"

type Headers = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file on a message. Its content is not kept, only its size in bytes."""

    name: str
    content_type: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message to send, composed and rendered. `size` is in bytes.

    `rendering_error` says why a template could not be rendered: SES accepts such a message, and then it fails.
    """

    source: str
    to: Sequence[str] = ()
    cc: Sequence[str] = ()
    bcc: Sequence[str] = ()
    subject: str = ""
    html: str | None = None
    text: str | None = None
    headers: Headers = ()
    attachments: Sequence[Attachment] = ()
    tags: Mapping[str, Sequence[str]] = field(default_factory=dict)
    configuration_set: str | None = None
    operation: str = "SendEmail"
    size: int = 0
    template: str | None = None
    rendering_error: str | None = None
    contact_list: str | None = None
    topic: str | None = None
    tenant: str | None = None
    track_opens: bool = True
    track_clicks: bool = True

    @property
    def destination(self) -> list[str]:
        """All recipients, as spelled in the request."""
        return [*self.to, *self.cc, *self.bcc]

    def digest(self) -> str:
        """A hash of its content: two messages with one digest are the same message sent twice."""
        parts = (self.source, self.destination, self.subject, sorted(self.tags.items()), self.html, self.text)
        return sha256(repr(parts).encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedMessage:
    """A message with the id that SES gave it. `at`: when SES accepted it, in seconds since 1970.

    `key` identifies it independently of the time: it seeds the message's random decisions. `caller`: an access key.
    """

    message: Message
    message_id: str
    at: float
    key: str
    caller: str

    def random(self, purpose: str = "") -> random.Random:
        """A random generator for this message alone: other messages do not change what it gives."""
        return random.Random(f"{self.key}:{purpose}")


def with_unsubscribe_link(accepted: AcceptedMessage, url: str) -> AcceptedMessage:
    """Adds what SES adds to list-managed mail for one recipient: the headers, and a link for each placeholder.

    https://docs.aws.amazon.com/ses/latest/dg/sending-email-subscription-management.html
    """
    message = accepted.message
    if message.contact_list is None or len(message.destination) != 1:
        return accepted
    link = f"{url}/_simulator/unsubscribe/{accepted.message_id}"
    added = [("List-Unsubscribe", f"<{link}>"), ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")]
    placeholder = f"{{{{{UNSUBSCRIBE}}}}}"
    html = message.html and message.html.replace(placeholder, link)
    text = message.text and message.text.replace(placeholder, link)
    changed = replace(message, html=html, text=text, headers=[*message.headers, *added])
    return replace(accepted, message=changed)


def domain_of(address: str) -> str:
    """The part behind the @, in lower case."""
    return bare(address).rpartition("@")[2].lower()
