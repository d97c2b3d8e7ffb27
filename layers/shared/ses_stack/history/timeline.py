"""One message's story: its events by recipient, in time order, and where that leaves each recipient.

Events arrive in any order, more than once, and some not at all, so nothing here depends on the order of arrival.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ses_stack.history.events import RecipientEvent
from ses_stack.mail.event_types import EventType
from ses_stack.mail.streams import DEFAULT_STREAM

NOT_SPAM = "not-spam"


class Status(StrEnum):
    """Where a message stands with a recipient, the most serious first: the first that any event speaks for holds.

    A bounce can follow a delivery, and a complaint always does; a delivery ends a delay.
    """

    COMPLAINED = "complained"
    BOUNCED = "bounced"
    REJECTED = "rejected"
    FAILED = "failed"
    DELIVERED = "delivered"
    DELAYED = "delayed"
    SENT = "sent"


_SPEAKS_FOR = {
    EventType.COMPLAINT: Status.COMPLAINED,
    EventType.BOUNCE: Status.BOUNCED,
    EventType.REJECT: Status.REJECTED,
    EventType.RENDERING_FAILURE: Status.FAILED,
    EventType.DELIVERY: Status.DELIVERED,
    EventType.DELIVERY_DELAY: Status.DELAYED,
}
_SERIOUSNESS = {status: rank for rank, status in enumerate(Status)}
# Send, Reject and Rendering Failure all carry the mail's own time: the Send is told first.
_RANK = {kind: rank for rank, kind in enumerate(EventType)}


@dataclass(frozen=True, slots=True)
class RecipientTimeline:
    """What happened to one recipient. `recipient` and `status` are None for the events that name nobody."""

    recipient: str | None
    status: Status | None
    events: tuple[RecipientEvent, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """What happened to one message, recipients in the order of their addresses, events that name nobody last."""

    message_id: str
    status: Status
    subject: str | None
    sender: str | None
    stream: str
    request_id: str | None
    recipients: tuple[RecipientTimeline, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """Some of a recipient's events, newest first. `next` asks for the older ones; None: there are none."""

    events: Sequence[RecipientEvent]
    next: str | None


def timeline_of(events: Iterable[RecipientEvent]) -> Timeline:
    """The story that the events of one message tell. There must be at least one."""
    told = in_time_order(events)
    recipients = tuple(_recipient(name, told) for name in sorted({event.recipient for event in told}, key=_nobody_last))
    known = [each.status for each in recipients if each.status]
    return Timeline(
        message_id=told[0].message_id,
        status=min(known, key=_SERIOUSNESS.__getitem__) if known else status_of(told),
        subject=next((event.subject for event in told if event.subject), None),
        sender=next((event.sender for event in told if event.sender), None),
        stream=next((event.stream for event in told if event.stream not in {"", DEFAULT_STREAM}), DEFAULT_STREAM),
        request_id=next((event.request_id for event in told if event.request_id), None),
        recipients=recipients,
    )


def status_of(events: Iterable[RecipientEvent]) -> Status:
    """The most serious status that any of the events speaks for.

    Every event is evidence that SES took the message, so `sent` holds where nothing else does: opens and clicks change
    nothing, and a complaint that says `not-spam` corrects a mail system's verdict and complains of nothing.
    """
    spoken = (_SPEAKS_FOR.get(event.type, Status.SENT) for event in events if not _is_correction(event))
    return min(spoken, key=_SERIOUSNESS.__getitem__, default=Status.SENT)


def in_time_order(events: Iterable[RecipientEvent]) -> list[RecipientEvent]:
    """The events as they happened. Two of the same millisecond always come in the same order."""
    return sorted(events, key=lambda event: (event.time, _RANK[event.type], event.message_id, event.fingerprint))


def _recipient(name: str | None, told: Sequence[RecipientEvent]) -> RecipientTimeline:
    events = tuple(event for event in told if event.recipient == name)
    return RecipientTimeline(name, status_of(events) if name else None, events)


def _nobody_last(recipient: str | None) -> tuple[bool, str]:
    return recipient is None, recipient or ""


def _is_correction(event: RecipientEvent) -> bool:
    return event.type is EventType.COMPLAINT and event.subtype == NOT_SPAM
