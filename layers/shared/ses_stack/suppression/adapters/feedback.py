"""SES's records, parsed for suppression: what matters here of them, with addresses as SES spells them.

https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field, StringConstraints

from ses_stack.errors import NotAnEventError
from ses_stack.history.adapters.events import Instant, Record, unwrap
from ses_stack.history.adapters.events import _validated as validated
from ses_stack.mail.addresses import bare
from ses_stack.mail.event_types import EventType
from ses_stack.suppression.feedback import Feedback
from ses_stack.suppression.policy import TOPIC_LIMIT


def _spelled(value: object) -> object:
    return bare(value).encode("utf-8", "replace").decode() if isinstance(value, str) else value


def _opted_out(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return _CHOICES[value.replace("_", "").lower()]
    except KeyError:
        raise ValueError("is neither OptIn nor OptOut") from None


_CHOICES = {"optin": False, "optout": True}

Spelled = Annotated[str, BeforeValidator(_spelled), StringConstraints(min_length=1, max_length=500)]


class _Mail(BaseModel):
    messageId: str = Field(min_length=1, max_length=256)
    destination: list[Spelled] | None = None


class _Recipient(BaseModel):
    emailAddress: Spelled


class _Bounce(BaseModel):
    timestamp: Instant
    bounceType: str
    bounceSubType: str
    bouncedRecipients: list[_Recipient]


class _Delivery(BaseModel):
    timestamp: Instant
    recipients: list[Spelled]


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
    """What the text of one queue message says about suppression; None if it says nothing.

    Raises a `RecordError` that names the field and the value's kind, never the value.
    """
    try:
        record = unwrap(body)
        kind = EventType.spelled(record.get("eventType") or record["notificationType"]) if record else None
        if record is None or kind not in _PARSERS:
            return None
        return _PARSERS[kind](record, validated(_Mail, record.get("mail"), "mail"))
    except RecursionError:
        raise NotAnEventError("the body is nested too deeply") from None


def _bounce(record: Record, mail: _Mail) -> Feedback:
    body = validated(_Bounce, record.get("bounce"), "bounce")
    return _feedback(
        mail,
        EventType.BOUNCE,
        body.timestamp,
        [recipient.emailAddress for recipient in body.bouncedRecipients],
        bounce_type=body.bounceType,
        subtype=body.bounceSubType,
    )


def _delivery(record: Record, mail: _Mail) -> Feedback:
    body = validated(_Delivery, record.get("delivery"), "delivery")
    return _feedback(mail, EventType.DELIVERY, body.timestamp, body.recipients)


def _complaint(record: Record, mail: _Mail) -> Feedback:
    body = validated(_Complaint, record.get("complaint"), "complaint")
    return _feedback(
        mail,
        EventType.COMPLAINT,
        body.timestamp,
        [recipient.emailAddress for recipient in body.complainedRecipients],
        subtype=body.complaintSubType or body.complaintFeedbackType,
    )


def _subscription(record: Record, mail: _Mail) -> Feedback:
    body = validated(_Subscription, record.get("subscription"), "subscription")
    new = body.newTopicPreferences
    return _feedback(
        mail,
        EventType.SUBSCRIPTION,
        body.timestamp,
        mail.destination or [],
        unsubscribed=new.unsubscribeAll,
        topics={topic.topicName: topic.subscriptionStatus for topic in new.topicSubscriptionStatus or ()},
    )


_PARSERS: Mapping[EventType | None, Callable[[Record, _Mail], Feedback]] = {
    EventType.BOUNCE: _bounce,
    EventType.DELIVERY: _delivery,
    EventType.COMPLAINT: _complaint,
    EventType.SUBSCRIPTION: _subscription,
}


def _feedback(mail: _Mail, kind: EventType, time: str, recipients: list[str], **more: Any) -> Feedback:
    """An event that names nobody is about its message's recipient, if that had only one."""
    alone = mail.destination if mail.destination and len(mail.destination) == 1 else []
    return Feedback(type=kind, message_id=mail.messageId, time=time, recipients=recipients or alone, **more)
