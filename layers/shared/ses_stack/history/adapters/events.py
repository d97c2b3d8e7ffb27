"""SES's records, parsed: from the text of a queue message to recipient events.

A record arrives as an EventBridge envelope (the event queue), as an SNS notification, or bare (SNS archives, Firehose).
Inside is either an event record (`eventType`) or an identity's feedback notification (`notificationType`).
https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, cast

from pydantic import BaseModel, BeforeValidator, Field, StringConstraints, ValidationError
from pydantic_core import from_json

from ses_stack.errors import FieldError, NotAnEventError, NotJsonError
from ses_stack.history.events import Bot, RecipientEvent
from ses_stack.history.keys import fingerprint
from ses_stack.mail.addresses import normalized, provider_of
from ses_stack.mail.event_types import EventType
from ses_stack.mail.streams import stream_of
from ses_stack.mail.times import utc_milliseconds

REQUEST_ID_TAG = "request_id"
_CONFIGURATION_SET_TAG = "ses:configuration-set"
_TEXT_LIMIT = 160
# A display name and an address. The standard library's parser takes quadratic time, so it is not shown more.
_ADDRESS_PARSED = 2_000
_NOT_MAIL = frozenset({"AmazonSnsSubscriptionSucceeded"})

type Record = dict[str, Any]


def _instant(value: object) -> object:
    """A timestamp as the history writes it. One without a zone is taken for UTC, as SES means it."""
    if not isinstance(value, str):
        return value
    try:
        moment = datetime.fromisoformat(value)
        return utc_milliseconds(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        raise ValueError("is not an ISO-8601 time") from None


def _address(value: object) -> object:
    if not isinstance(value, str) or len(value) > _ADDRESS_PARSED:
        return value  # of the wrong kind or size, and about to be refused
    return normalized(value)


def _listed(value: object) -> object:
    return (
        {name: [item] if isinstance(item, str) else item for name, item in value.items()}
        if isinstance(value, dict)
        else value
    )


Instant = Annotated[str, BeforeValidator(_instant)]
# An address is the hash key of an index: DynamoDB allows 2,048 bytes and no empty one.
Address = Annotated[str, StringConstraints(min_length=1, max_length=500), BeforeValidator(_address)]
Tags = Annotated[dict[str, list[str]], BeforeValidator(_listed)]


class _CommonHeaders(BaseModel):
    subject: str | None = None


class _Mail(BaseModel):
    timestamp: Instant
    messageId: str = Field(min_length=1, max_length=256)
    source: str | None = None
    destination: list[Address] | None = None
    # Read only where what is better told elsewhere is missing. Ten small models a record cost more than all the rest.
    headers: Any = None
    commonHeaders: _CommonHeaders | None = None
    tags: Tags | None = None

    def subject(self) -> str | None:
        if self.commonHeaders and self.commonHeaders.subject:
            return self.commonHeaders.subject
        return self.header("subject")

    def header(self, name: str) -> str | None:
        """The first header of this name, which is in lower case; None also where headers are not as SES writes them."""
        for header in self.headers if isinstance(self.headers, list) else ():
            match header:
                case {"name": str(spelled), "value": str(value)} if spelled.lower() == name:
                    return value
        return None

    def configuration_set(self) -> str | None:
        named = (self.tags or {}).get(_CONFIGURATION_SET_TAG)
        return named[0] if named else self.header("x-ses-configuration-set")


class _Recipient(BaseModel):
    emailAddress: Address
    status: str | None = None
    diagnosticCode: str | None = None


class _Delivery(BaseModel):
    timestamp: Instant
    recipients: list[Address]
    smtpResponse: str | None = None
    processingTimeMillis: Any = None


class _Bounce(BaseModel):
    timestamp: Instant
    bounceType: str
    bounceSubType: str
    bouncedRecipients: list[_Recipient]
    feedbackId: str | None = None


class _Complaint(BaseModel):
    timestamp: Instant
    complainedRecipients: list[_Recipient]
    complaintFeedbackType: str | None = None
    complaintSubType: str | None = None
    feedbackId: str | None = None
    userAgent: str | None = None


class _DeliveryDelay(BaseModel):
    timestamp: Instant
    delayedRecipients: list[_Recipient]
    delayType: str | None = None
    expirationTime: str | None = None


class _Reject(BaseModel):
    reason: str | None = None


class _Failure(BaseModel):
    templateName: str | None = None
    errorMessage: str | None = None


class _Open(BaseModel):
    timestamp: Instant
    ipAddress: str | None = None
    userAgent: str | None = None
    isBotEvent: Any = None


class _Click(_Open):
    link: str | None = None
    linkTags: dict[str, Any] | None = None


class _TopicStatus(BaseModel):
    topicName: str
    subscriptionStatus: str


class _Preferences(BaseModel):
    unsubscribeAll: bool = False
    topicSubscriptionStatus: list[_TopicStatus] | None = None

    def summary(self) -> str:
        if self.unsubscribeAll:
            return "unsubscribed from all"
        topics = ", ".join(
            f"{topic.topicName} {topic.subscriptionStatus}" for topic in self.topicSubscriptionStatus or ()
        )
        return topics or "no topics"


class _Subscription(BaseModel):
    timestamp: Instant
    contactList: str | None = None
    source: str | None = None
    newTopicPreferences: _Preferences | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Occurrence:
    """What one record says about one recipient. `recipient` None: the record names nobody."""

    time: str
    identity: Sequence[object]
    recipient: str | None = None
    subtype: str | None = None
    detail: str | None = None
    bot: Bot | None = None


def parse(body: str, *, stack: str) -> list[RecipientEvent]:
    """The recipient events in the text of one queue message; none if it is an `aws.ses` event that is not about mail.

    Raises a `RecordError` that names the field and the value's kind, never the value.
    """
    try:
        record = unwrap(body)
        return [] if record is None else list(_events(record, body, stack))
    except RecursionError:
        raise NotAnEventError("the body is nested too deeply") from None


def unwrap(body: str) -> Record | None:
    """The SES record in the text of a queue message; None for an `aws.ses` event that is not about mail.

    Raises `NotJsonError` or `NotAnEventError`.
    """
    record = _load(body)
    if record.get("Type") == "Notification" and isinstance(record.get("Message"), str):
        record = _load(record["Message"])
    if isinstance(record.get("detail"), dict) and "detail-type" in record:
        envelope, record = record, record["detail"]
        if _is_not_about_mail(envelope, record):
            return None
    kind = _kind(record)
    if kind in _NOT_MAIL:
        return None
    if not kind:
        raise NotAnEventError("neither eventType nor notificationType names an event type")
    return record


def _is_not_about_mail(envelope: Record, record: Record) -> bool:
    """Whether SES tells of something else: its advisor, its status, an API call (which has an eventType, too)."""
    about_mail = str(envelope["detail-type"]).startswith("Email ") or "mail" in record
    return envelope.get("source") == "aws.ses" and not about_mail


def _load(body: str) -> Record:
    value = _json(body)
    if not isinstance(value, dict):
        raise NotAnEventError(f"the body is {_kind_of(value)}, not an object")
    return value


def _json(body: str) -> object:
    try:
        return from_json(body, cache_strings="keys")  # takes two thirds of the time of json.loads
    except (ValueError, TypeError):  # the latter for text that is not valid Unicode
        pass
    try:
        # Half an emoji, left by whoever cut a long header, is no reason to lose the event.
        return json.loads(json.dumps(json.loads(body), ensure_ascii=False).encode("utf-8", "replace"))
    except (ValueError, RecursionError):
        raise NotJsonError("the body is not JSON") from None


def _kind(record: Record) -> str:
    kind = record.get("eventType") or record.get("notificationType")
    return kind if isinstance(kind, str) else ""


def _events(record: Record, body: str, stack: str) -> Iterator[RecipientEvent]:
    kind = EventType.spelled(_kind(record))
    mail = _validated(_Mail, record.get("mail"), "mail")
    stream = stream_of(mail.configuration_set(), stack)
    tags = {name: values for name, values in (mail.tags or {}).items() if not name.startswith("ses:")}
    request_id = _cut(next(iter(tags.pop(REQUEST_ID_TAG, [])), None))
    subject, sender = _cut(mail.subject()), _cut(mail.source)
    for occurrence in _distinct(_OCCURRENCES[kind](record, mail)):
        recipient = occurrence.recipient or _only(mail.destination)
        yield RecipientEvent(
            message_id=mail.messageId,
            type=kind,
            time=occurrence.time,
            fingerprint=fingerprint(kind, recipient, occurrence.identity),
            recipient=recipient,
            provider=provider_of(recipient) if recipient else None,
            stream=stream,
            raw=body,
            subtype=_cut(occurrence.subtype),
            detail=_cut(occurrence.detail),
            subject=subject,
            sender=sender,
            tags=tags,
            bot=occurrence.bot,
            request_id=request_id,
        )


def _send(record: Record, mail: _Mail) -> Iterator[_Occurrence]:
    for recipient in _or_nobody(mail.destination):
        yield _Occurrence(time=mail.timestamp, identity=(), recipient=recipient)


def _delivery(record: Record, mail: _Mail) -> Iterator[_Occurrence]:
    body = _validated(_Delivery, record.get("delivery"), "delivery")
    identity = (body.smtpResponse, body.processingTimeMillis)
    for recipient in _or_nobody(body.recipients):
        yield _Occurrence(time=body.timestamp, identity=identity, recipient=recipient, detail=body.smtpResponse)


def _bounce(record: Record, mail: _Mail) -> Iterator[_Occurrence]:
    body = _validated(_Bounce, record.get("bounce"), "bounce")
    for recipient, spoken in _named(body.bouncedRecipients):
        yield _Occurrence(
            time=body.timestamp,
            identity=_feedback(body.feedbackId, body.bounceType, body.bounceSubType, spoken),
            recipient=recipient,
            subtype=f"{body.bounceType}/{body.bounceSubType}",
            detail=spoken,
        )


def _complaint(record: Record, mail: _Mail) -> Iterator[_Occurrence]:
    body = _validated(_Complaint, record.get("complaint"), "complaint")
    for recipient, _ in _named(body.complainedRecipients):
        yield _Occurrence(
            time=body.timestamp,
            identity=_feedback(body.feedbackId, body.complaintFeedbackType, body.complaintSubType, body.userAgent),
            recipient=recipient,
            subtype=body.complaintSubType or body.complaintFeedbackType,
            detail=body.userAgent,
        )


def _delivery_delay(record: Record, mail: _Mail) -> Iterator[_Occurrence]:
    body = _validated(_DeliveryDelay, record.get("deliveryDelay"), "deliveryDelay")
    for recipient, spoken in _named(body.delayedRecipients):
        yield _Occurrence(
            time=body.timestamp,
            identity=(body.delayType, body.expirationTime, spoken),
            recipient=recipient,
            subtype=body.delayType,
            detail=spoken,
        )


def _reject(record: Record, mail: _Mail) -> Iterator[_Occurrence]:
    body = _validated(_Reject, record.get("reject"), "reject")
    for recipient in _or_nobody(mail.destination):
        yield _Occurrence(time=mail.timestamp, identity=(body.reason,), recipient=recipient, detail=body.reason)


def _rendering_failure(record: Record, mail: _Mail) -> Iterator[_Occurrence]:
    body = _validated(_Failure, record.get("failure"), "failure")
    detail = ": ".join(part for part in (body.templateName, body.errorMessage) if part)
    for recipient in _or_nobody(mail.destination):
        yield _Occurrence(
            time=mail.timestamp, identity=(body.templateName, body.errorMessage), recipient=recipient, detail=detail
        )


def _open(record: Record, mail: _Mail) -> Iterator[_Occurrence]:
    body = _validated(_Open, record.get("open"), "open")
    yield _Occurrence(
        time=body.timestamp, identity=(body.ipAddress, body.userAgent), detail=body.userAgent, bot=_bot(body.isBotEvent)
    )


def _click(record: Record, mail: _Mail) -> Iterator[_Occurrence]:
    body = _validated(_Click, record.get("click"), "click")
    yield _Occurrence(
        time=body.timestamp,
        identity=(body.link, body.linkTags or None, body.ipAddress, body.userAgent),
        detail=body.link,
        bot=_bot(body.isBotEvent),
    )


def _subscription(record: Record, mail: _Mail) -> Iterator[_Occurrence]:
    body = _validated(_Subscription, record.get("subscription"), "subscription")
    preferences = body.newTopicPreferences
    yield _Occurrence(
        time=body.timestamp,
        identity=(body.contactList, body.source, preferences.model_dump() if preferences else None),
        subtype=body.source,
        detail=preferences.summary() if preferences else None,
    )


def _unknown(record: Record, mail: _Mail) -> Iterator[_Occurrence]:
    """An event type that SES added after this was written: kept whole, under the time it gives or the mail's."""
    rest = {name: value for name, value in record.items() if name != "mail"}
    times = (value.get("timestamp") for _, value in sorted(rest.items()) if isinstance(value, dict))
    time = next((found for found in map(_time_or_none, times) if found), mail.timestamp)
    yield _Occurrence(time=time, identity=(rest,), subtype=_kind(record))


_OCCURRENCES: Mapping[EventType, Callable[[Record, _Mail], Iterator[_Occurrence]]] = {
    EventType.SEND: _send,
    EventType.DELIVERY: _delivery,
    EventType.BOUNCE: _bounce,
    EventType.COMPLAINT: _complaint,
    EventType.DELIVERY_DELAY: _delivery_delay,
    EventType.REJECT: _reject,
    EventType.RENDERING_FAILURE: _rendering_failure,
    EventType.OPEN: _open,
    EventType.CLICK: _click,
    EventType.SUBSCRIPTION: _subscription,
    EventType.UNKNOWN: _unknown,
}


def _or_nobody(recipients: Sequence[str] | None) -> Sequence[str | None]:
    return recipients or [None]


def _named(recipients: Sequence[_Recipient]) -> Iterator[tuple[str | None, str | None]]:
    """Each recipient with what the other server said of it; (None, None) where the list is empty."""
    for recipient in recipients:
        yield recipient.emailAddress, recipient.diagnosticCode or recipient.status
    if not recipients:
        yield None, None


def _feedback(feedback_id: str | None, *otherwise: object) -> Sequence[object]:
    """A feedback id identifies by itself: the same bounce, told as an event and as a notification, is one bounce."""
    return (feedback_id,) if feedback_id else otherwise


def _distinct(occurrences: Iterator[_Occurrence]) -> Iterator[_Occurrence]:
    """The same, without a recipient named twice."""
    seen = set()
    for occurrence in occurrences:
        if occurrence.recipient is None or occurrence.recipient not in seen:
            seen.add(occurrence.recipient)
            yield occurrence


def _only(destination: Sequence[str] | None) -> str | None:
    return destination[0] if destination and len(set(destination)) == 1 else None


def _bot(verdict: object) -> Bot:
    try:
        return Bot(str(verdict).lower())
    except ValueError:
        return Bot.UNKNOWN


def _time_or_none(value: object) -> str | None:
    try:
        return cast(str, _instant(value)) if isinstance(value, str) else None
    except ValueError:
        return None


def _cut(text: str | None) -> str | None:
    """Text short enough that the row keeps to one write unit; the whole of it stays in the raw payload."""
    if not text:
        return None
    return text if len(text) <= _TEXT_LIMIT else text[: _TEXT_LIMIT - 1] + "…"


def _validated[M: BaseModel](model: type[M], value: object, field: str) -> M:
    if value is None:
        raise FieldError(field, "is missing")
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise _field_error(error, field) from None


_FIELDS = frozenset(
    name
    for model in (_Mail, _CommonHeaders, _Recipient, _Delivery, _Bounce, _Complaint, _DeliveryDelay, _Reject, _Failure)
    + (_Open, _Click, _TopicStatus, _Preferences, _Subscription)
    for name in model.model_fields
)


def _field_error(error: ValidationError, field: str) -> FieldError:
    """The first fault, in our words: pydantic's own would quote the value."""
    first = error.errors(include_url=False, include_context=False)[0]
    place = ".".join([field, *(str(part) for part in first["loc"] if part in _FIELDS)])  # a tag's name is content too
    if first["type"] == "missing":
        return FieldError(place, "is missing")
    if first["type"] == "value_error":
        return FieldError(place, first["msg"].removeprefix("Value error, "))
    return FieldError(place, f"has the wrong kind or size: {_kind_of(first['input'])} ({first['type']})")


def _kind_of(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case str():
            return "an empty string" if not value else "a string"
        case list():
            return "an array"
        case _:
            return "an object"
