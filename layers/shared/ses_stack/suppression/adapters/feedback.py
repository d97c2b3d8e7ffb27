"""SES's records, parsed for suppression: one small parser per event type.

Suppression reads less of a record than history does. It keeps addresses in the case in which SES spells them, because
SES's account-level suppression list holds them so, and it refuses a topic choice that it does not understand.
https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field, StringConstraints

from ses_stack.errors import NotAnEventError
from ses_stack.mail.adapters.records import Instant, MessageId, SesRecord, type_name_of, unwrap, validated
from ses_stack.mail.addresses import bare
from ses_stack.mail.event_types import EventType
from ses_stack.suppression.feedback import Feedback
from ses_stack.suppression.scopes import TOPIC_LIMIT

_OPTED_OUT = {"optin": False, "optout": True}


def _bare(value: object) -> object:
    return bare(value) if isinstance(value, str) else value


def _opted_out(value: object) -> object:
    """Whether `OptOut`, `OPT_OUT` or the like was chosen. Raises `ValueError` for another text."""
    if not isinstance(value, str):
        return value
    try:
        return _OPTED_OUT[value.replace("_", "").lower()]
    except KeyError:
        raise ValueError("is neither OptIn nor OptOut") from None


# An address without its display name, in the case in which SES spells it.
BareAddress = Annotated[str, BeforeValidator(_bare), StringConstraints(min_length=1, max_length=500)]


class _Mail(BaseModel):
    messageId: MessageId
    destination: list[BareAddress] | None = None

    def single_recipient(self) -> list[str]:
        """The message's recipient, if there was only one; else none."""
        return self.destination if self.destination and len(self.destination) == 1 else []


class _Recipient(BaseModel):
    emailAddress: BareAddress


class _BouncedRecipient(_Recipient):
    """A recipient that bounced. SES gives the other members only if the bounce has them, so they may be anything."""

    action: Any = None
    status: Any = None
    diagnosticCode: Any = None

    def has_status(self) -> bool:
        """Whether the entry has one of the members that come from a delivery status notification."""
        return any(isinstance(text, str) and text.strip() for text in (self.action, self.status, self.diagnosticCode))


class _Bounce(BaseModel):
    timestamp: Instant
    bounceType: str
    bounceSubType: str
    bouncedRecipients: list[_BouncedRecipient]


class _Delivery(BaseModel):
    timestamp: Instant
    recipients: list[BareAddress]


class _Complaint(BaseModel):
    timestamp: Instant
    complainedRecipients: list[_Recipient]
    complaintFeedbackType: str | None = None
    complaintSubType: str | None = None


class _Topic(BaseModel):
    topicName: str = Field(min_length=1, max_length=TOPIC_LIMIT)
    subscriptionStatus: Annotated[bool, BeforeValidator(_opted_out)]


class _Preferences(BaseModel):
    unsubscribeAll: bool | None = None
    topicSubscriptionStatus: list[_Topic] | None = None


class _Subscription(BaseModel):
    timestamp: Instant
    newTopicPreferences: _Preferences = _Preferences()


def parse(body: str) -> Feedback | None:
    """The feedback in the text of one queue message; None if the event has no bearing on suppression.

    Raises a `RecordError` that names the field and the value's kind, never the value.
    """
    try:
        record = unwrap(body)
        parser = _PARSERS.get(EventType.from_name(type_name_of(record))) if record else None
        return parser(record, validated(_Mail, record.get("mail"), "mail")) if record and parser else None
    except RecursionError:
        raise NotAnEventError("the body is nested too deeply") from None


def _bounce(record: SesRecord, mail: _Mail) -> Feedback:
    bounce = validated(_Bounce, record.get("bounce"), "bounce")
    return Feedback(
        type=EventType.BOUNCE,
        message_id=mail.messageId,
        time=bounce.timestamp,
        recipients=_addresses(bounce.bouncedRecipients) or mail.single_recipient(),
        bounce_type=bounce.bounceType,
        subtype=bounce.bounceSubType,
        with_status=_addresses([each for each in bounce.bouncedRecipients if each.has_status()]),
    )


def _delivery(record: SesRecord, mail: _Mail) -> Feedback:
    delivery = validated(_Delivery, record.get("delivery"), "delivery")
    return Feedback(
        type=EventType.DELIVERY,
        message_id=mail.messageId,
        time=delivery.timestamp,
        recipients=delivery.recipients or mail.single_recipient(),
    )


def _complaint(record: SesRecord, mail: _Mail) -> Feedback:
    complaint = validated(_Complaint, record.get("complaint"), "complaint")
    return Feedback(
        type=EventType.COMPLAINT,
        message_id=mail.messageId,
        time=complaint.timestamp,
        recipients=_addresses(complaint.complainedRecipients) or mail.single_recipient(),
        subtype=complaint.complaintSubType or complaint.complaintFeedbackType,
    )


def _subscription(record: SesRecord, mail: _Mail) -> Feedback:
    subscription = validated(_Subscription, record.get("subscription"), "subscription")
    preferences = subscription.newTopicPreferences
    return Feedback(
        type=EventType.SUBSCRIPTION,
        message_id=mail.messageId,
        time=subscription.timestamp,
        recipients=mail.destination or [],
        unsubscribed=preferences.unsubscribeAll,
        topics={topic.topicName: topic.subscriptionStatus for topic in preferences.topicSubscriptionStatus or ()},
    )


_PARSERS: Mapping[EventType, Callable[[SesRecord, _Mail], Feedback]] = {
    EventType.BOUNCE: _bounce,
    EventType.DELIVERY: _delivery,
    EventType.COMPLAINT: _complaint,
    EventType.SUBSCRIPTION: _subscription,
}


def _addresses(recipients: Sequence[_Recipient]) -> list[str]:
    return [recipient.emailAddress for recipient in recipients]
