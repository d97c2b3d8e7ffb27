"""SES's records, parsed for suppression: one small parser per event type.

Suppression reads less of a record than history does. It keeps addresses in the case in which SES spells them, because
SES's account-level suppression list holds them so, and it refuses a topic choice that it does not understand.
https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field

from ses_stack.errors import NotAnEventError
from ses_stack.mail.adapters.records import (
    Instant,
    MessageId,
    ReceivedRecord,
    SesRecord,
    instant_or_none,
    open_envelope,
    type_name_of,
    validated,
)
from ses_stack.mail.event_types import EventType
from ses_stack.mail.recipients import named_in_entries, named_in_list, recipients_of
from ses_stack.suppression.feedback import Feedback
from ses_stack.suppression.scopes import TOPIC_LIMIT

_OPTED_OUT = {"optin": False, "optout": True}


def _opted_out(value: object) -> object:
    """Whether `OptOut`, `OPT_OUT` or the like was chosen. Raises `ValueError` for another text."""
    if not isinstance(value, str):
        return value
    try:
        return _OPTED_OUT[value.replace("_", "").lower()]
    except KeyError:
        raise ValueError("is neither OptIn nor OptOut") from None


# Recipients are read one by one (`mail.recipients`), so that one that cannot be read does not block the others.
Recipients = list[Any]


class _Mail(BaseModel):
    messageId: MessageId
    destination: Recipients | None = None
    timestamp: Any = None


class _Bounce(BaseModel):
    timestamp: Instant
    bounceType: str
    bounceSubType: str
    bouncedRecipients: Recipients


class _Delivery(BaseModel):
    timestamp: Instant
    recipients: Recipients


class _Complaint(BaseModel):
    timestamp: Instant
    complainedRecipients: Recipients
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

    Raises a `RecordError` that names the field and the value's kind, never the value. A recipient that cannot be read
    raises nothing: the feedback names it beside the others.
    """
    try:
        opened = open_envelope(body)
        return _feedback(opened) if opened else None
    except RecursionError:
        raise NotAnEventError("the body is nested too deeply") from None


def _feedback(opened: ReceivedRecord) -> Feedback | None:
    parser = _PARSERS.get(EventType.from_name(type_name_of(opened.record)))
    if parser is None:
        return None
    mail = validated(_Mail, opened.record.get("mail"), "mail")
    feedback = parser(opened.record, mail)
    time = opened.time_of(feedback.time, instant_or_none(mail.timestamp), "mail.timestamp")
    return feedback if time == feedback.time else replace(feedback, time=time)


def _bounce(record: SesRecord, mail: _Mail) -> Feedback:
    bounce = validated(_Bounce, record.get("bounce"), "bounce")
    recipients = recipients_of(named_in_entries("bounce.bouncedRecipients", bounce.bouncedRecipients), mail.destination)
    return Feedback(
        type=EventType.BOUNCE,
        message_id=mail.messageId,
        time=bounce.timestamp,
        recipients=recipients.spellings(),
        unreadable=recipients.unreadable,
        bounce_type=bounce.bounceType,
        subtype=bounce.bounceSubType,
        with_status=[recipient.as_spelled for recipient in recipients.readable if recipient.status],
    )


def _delivery(record: SesRecord, mail: _Mail) -> Feedback:
    delivery = validated(_Delivery, record.get("delivery"), "delivery")
    recipients = recipients_of(named_in_list("delivery.recipients", delivery.recipients), mail.destination)
    return Feedback(
        type=EventType.DELIVERY,
        message_id=mail.messageId,
        time=delivery.timestamp,
        recipients=recipients.spellings(),
        unreadable=recipients.unreadable,
    )


def _complaint(record: SesRecord, mail: _Mail) -> Feedback:
    complaint = validated(_Complaint, record.get("complaint"), "complaint")
    recipients = recipients_of(
        named_in_entries("complaint.complainedRecipients", complaint.complainedRecipients), mail.destination
    )
    return Feedback(
        type=EventType.COMPLAINT,
        message_id=mail.messageId,
        time=complaint.timestamp,
        recipients=recipients.spellings(),
        unreadable=recipients.unreadable,
        subtype=complaint.complaintSubType or complaint.complaintFeedbackType,
    )


def _subscription(record: SesRecord, mail: _Mail) -> Feedback:
    subscription = validated(_Subscription, record.get("subscription"), "subscription")
    preferences = subscription.newTopicPreferences
    recipients = recipients_of((), mail.destination)
    return Feedback(
        type=EventType.SUBSCRIPTION,
        message_id=mail.messageId,
        time=subscription.timestamp,
        recipients=recipients.spellings(),
        unreadable=recipients.unreadable,
        unsubscribed=preferences.unsubscribeAll,
        topics={topic.topicName: topic.subscriptionStatus for topic in preferences.topicSubscriptionStatus or ()},
    )


_PARSERS: Mapping[EventType, Callable[[SesRecord, _Mail], Feedback]] = {
    EventType.BOUNCE: _bounce,
    EventType.DELIVERY: _delivery,
    EventType.COMPLAINT: _complaint,
    EventType.SUBSCRIPTION: _subscription,
}
