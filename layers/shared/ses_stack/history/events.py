"""The recipient event: what happened to a message, as it concerns one recipient.

SES publishes one record per event and may name several recipients in it; history keeps one `RecipientEvent` for each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from ses_stack.errors import FieldError
from ses_stack.mail.event_types import EventType


class Bot(StrEnum):
    """SES's verdict on whether a machine opened or clicked. `unknown`: the event has no verdict."""

    LIKELY = "likely"
    UNLIKELY = "unlikely"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipientEvent:
    """One SES event as it concerns one recipient.

    `time` is ISO-8601 in UTC with milliseconds and a `Z`. `recipient` is the key of the address; None if the
    event names no recipient and the message had several recipients, or none. `raw` is the whole queue message as it
    arrived.
    """

    message_id: str
    type: EventType
    time: str
    fingerprint: str
    recipient: str | None
    provider: str | None
    stream: str
    raw: str
    subtype: str | None = None
    detail: str | None = None
    subject: str | None = None
    sender: str | None = None
    tags: Mapping[str, Sequence[str]] = field(default_factory=dict)
    bot: Bot | None = None
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class ParsedRecord:
    """The events in one record. `unreadable` names the first recipient that cannot be read: the record fails then."""

    events: Sequence[RecipientEvent] = ()
    unreadable: FieldError | None = None
