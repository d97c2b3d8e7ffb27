"""A message as SES holds it once it was accepted, and SES's message ids."""

from __future__ import annotations

import random
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256

from ses_stack.mail.addresses import bare
from ses_stack_cli.local.simulator.settings import Settings

UNSUBSCRIBE = "amazonSESUnsubscribeUrl"

type Headers = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file on a message; its content is not kept, only its size."""

    name: str
    content_type: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What an application asked to be sent, composed and rendered.

    `rendering_error` says why a template could not be rendered: such a message is accepted and then fails.
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
        """Everyone it goes to, as spelled in the request."""
        return [*self.to, *self.cc, *self.bcc]

    def digest(self) -> str:
        """What distinguishes its content: two messages with one digest are the same message sent twice."""
        parts = (self.source, self.destination, self.subject, sorted(self.tags.items()), self.html, self.text)
        return sha256(repr(parts).encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A message with the id that SES gave it. `key` names it independently of when it came: randomness hangs on it."""

    message: Message
    message_id: str
    at: float
    key: str
    caller: str

    def random(self, purpose: str = "") -> random.Random:
        """Chance for this message alone, the same whatever other messages do."""
        return random.Random(f"{self.key}:{purpose}")


def with_unsubscribe_link(accepted: Accepted, url: str) -> Accepted:
    """What SES adds to list-managed mail for one recipient: the headers, and a link for each placeholder.

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


def ses_id(at: float, chance: random.Random) -> str:
    """An id in SES's shape: region, milliseconds since 1970 in hexadecimal, something random, a counter."""
    return f"0100{round(at * 1000):012x}-{uuid.UUID(int=chance.getrandbits(128), version=4)}-000000"


class Registrar:
    """Gives accepted messages their ids and their keys."""

    def __init__(self, settings: Settings) -> None:
        self._seed = settings.seed
        self._seen: dict[str, int] = {}

    def accept(self, message: Message, *, at: float, caller: str) -> Accepted:
        """The message under an id of its own."""
        digest = message.digest()
        repetition = self._seen[digest] = self._seen.get(digest, -1) + 1
        key = f"{self._seed}:{digest}:{repetition}"
        return Accepted(
            message=message, message_id=ses_id(at, random.Random(f"{key}:id")), at=at, key=key, caller=caller
        )
