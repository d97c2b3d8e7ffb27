"""One message's timeline: its events by recipient, in time order, and the status of each recipient.

Events arrive in any order, some more than once and some not at all, so nothing here depends on the order of arrival.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ses_stack.history.events import RecipientEvent
from ses_stack.mail.event_types import NOT_SPAM, EventType
from ses_stack.mail.streams import DEFAULT_STREAM


class MessageStatus(StrEnum):
    """What became of a message for a recipient, the most serious first. The most serious status of any event holds.

    A bounce can follow a delivery, a complaint always follows one, and a delivery ends a delay. An auto-reply to a
    delivered message is no bounce, although SES publishes it as one.
    """

    COMPLAINED = "complained"
    BOUNCED = "bounced"
    REJECTED = "rejected"
    FAILED = "failed"
    DELIVERED = "delivered"
    DELAYED = "delayed"
    SENT = "sent"


# Any event proves that SES accepted the message, so every other type means `sent`: opens, clicks, subscriptions.
_STATUS_BY_TYPE = {
    EventType.COMPLAINT: MessageStatus.COMPLAINED,
    EventType.BOUNCE: MessageStatus.BOUNCED,
    EventType.REJECT: MessageStatus.REJECTED,
    EventType.RENDERING_FAILURE: MessageStatus.FAILED,
    EventType.DELIVERY: MessageStatus.DELIVERED,
    EventType.DELIVERY_DELAY: MessageStatus.DELAYED,
}
_AUTO_REPLY = "Transient/General"
_SERIOUSNESS = {status: rank for rank, status in enumerate(MessageStatus)}
# Send, Reject and Rendering Failure all carry the mail's own time. The Send comes first in a timeline.
_RANK = {kind: rank for rank, kind in enumerate(EventType)}


@dataclass(frozen=True, slots=True)
class RecipientTimeline:
    """What happened to one recipient. `recipient` and `status` are None for the events that name no recipient."""

    recipient: str | None
    status: MessageStatus | None
    events: tuple[RecipientEvent, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """What happened to one message. Recipients are in the order of their addresses, events that name none are last."""

    message_id: str
    status: MessageStatus
    subject: str | None
    sender: str | None
    stream: str
    request_id: str | None
    recipients: tuple[RecipientTimeline, ...]


def timeline_of(events: Iterable[RecipientEvent]) -> Timeline:
    """The timeline of one message from all of its events. There must be at least one."""
    ordered = in_time_order(events)
    addresses = sorted({event.recipient for event in ordered}, key=_unnamed_last)
    recipients = tuple(_recipient_timeline(address, ordered) for address in addresses)
    statuses = [recipient.status for recipient in recipients if recipient.status]
    return Timeline(
        message_id=ordered[0].message_id,
        status=min(statuses, key=_SERIOUSNESS.__getitem__) if statuses else status_of(ordered),
        subject=next((event.subject for event in ordered if event.subject), None),
        sender=next((event.sender for event in ordered if event.sender), None),
        stream=next((event.stream for event in ordered if event.stream not in {"", DEFAULT_STREAM}), DEFAULT_STREAM),
        request_id=next((event.request_id for event in ordered if event.request_id), None),
        recipients=recipients,
    )


def status_of(events: Iterable[RecipientEvent]) -> MessageStatus:
    """The most serious status of the events; `sent` without any.

    A complaint of type `not-spam` changes nothing, and neither does an auto-reply to a message that was delivered.
    """
    events = list(events)
    is_delivered = any(event.type is EventType.DELIVERY for event in events)
    statuses = (
        _STATUS_BY_TYPE.get(event.type, MessageStatus.SENT)
        for event in events
        if not (_is_not_spam_report(event) or (is_delivered and _is_auto_reply(event)))
    )
    return min(statuses, key=_SERIOUSNESS.__getitem__, default=MessageStatus.SENT)


def in_time_order(events: Iterable[RecipientEvent]) -> list[RecipientEvent]:
    """The events as they happened. Two of the same millisecond always come in the same order."""
    return sorted(events, key=lambda event: (event.time, _RANK[event.type], event.message_id, event.fingerprint))


def _recipient_timeline(address: str | None, ordered: Sequence[RecipientEvent]) -> RecipientTimeline:
    events = tuple(event for event in ordered if event.recipient == address)
    return RecipientTimeline(address, status_of(events) if address else None, events)


def _unnamed_last(address: str | None) -> tuple[bool, str]:
    return address is None, address or ""


def _is_not_spam_report(event: RecipientEvent) -> bool:
    return event.type is EventType.COMPLAINT and event.subtype == NOT_SPAM


def _is_auto_reply(event: RecipientEvent) -> bool:
    """Whether a bounce is an out-of-office reply: a general one without an answer of the receiving server.

    https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html#bounce-types
    """
    return event.type is EventType.BOUNCE and event.subtype == _AUTO_REPLY and event.detail is None
