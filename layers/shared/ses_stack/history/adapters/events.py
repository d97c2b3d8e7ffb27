"""SES's records, parsed for history: one small parser per event type.

https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ses_stack.errors import FieldError, NotAnEventError
from ses_stack.history.adapters.models import (
    BounceObject,
    ClickObject,
    ComplaintObject,
    DeliveryDelayObject,
    DeliveryObject,
    FailureObject,
    MailObject,
    OpenObject,
    RejectObject,
    SubscriptionObject,
)
from ses_stack.history.events import Bot, ParsedRecord, RecipientEvent
from ses_stack.history.keys import fingerprint
from ses_stack.mail.adapters.records import (
    ReceivedRecord,
    SesRecord,
    instant_or_none,
    open_envelope,
    type_name_of,
    validated,
)
from ses_stack.mail.addresses import provider_of
from ses_stack.mail.event_types import EventType
from ses_stack.mail.recipients import (
    EventRecipient,
    NamedRecipient,
    counts_instead,
    named_in_entries,
    named_in_list,
    recipient_of,
)
from ses_stack.mail.streams import stream_of

REQUEST_ID_TAG = "request_id"
_LONGEST_TEXT = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class _Occurrence:
    """What one record states about one recipient. `named` is None if the record names no recipient.

    `identity` holds the JSON values that tell two events of the same type, time and recipient apart.
    """

    time: str
    identity: Sequence[object]
    named: NamedRecipient | None = None
    subtype: str | None = None
    detail: str | None = None
    bot: Bot | None = None


def parse(body: str, *, stack: str) -> ParsedRecord:
    """The recipient events in the text of one queue message; none if it is an `aws.ses` event that is not about mail.

    Raises a `RecordError` that names the field and the value's kind, never the value. A recipient that cannot be read
    raises nothing: the result names it beside the events of the others.
    """
    try:
        opened = open_envelope(body)
        return ParsedRecord() if opened is None else _recipient_events(opened, body, stack)
    except RecursionError:
        raise NotAnEventError("the body is nested too deeply") from None


def _recipient_events(opened: ReceivedRecord, body: str, stack: str) -> ParsedRecord:
    record = opened.record
    kind = EventType.from_name(type_name_of(record))
    mail = validated(MailObject, record.get("mail"), "mail")
    stream = stream_of(mail.configuration_set(), stack)
    tags = {name: values for name, values in (mail.tags or {}).items() if not name.startswith("ses:")}
    request_id = _shortened(next(iter(tags.pop(REQUEST_ID_TAG, [])), None))
    subject, sender = _shortened(mail.subject()), _shortened(mail.source)
    occurrences, unreadable = _one_per_recipient(_PARSERS[kind](record, mail), mail)
    events = [
        RecipientEvent(
            message_id=mail.messageId,
            type=kind,
            time=opened.time_of(occurrence.time, mail.timestamp, "mail.timestamp"),
            fingerprint=fingerprint(kind, recipient, occurrence.identity),
            recipient=recipient,
            provider=provider_of(recipient) if recipient else None,
            stream=stream,
            raw=body,
            subtype=_shortened(occurrence.subtype),
            detail=_shortened(occurrence.detail),
            subject=subject,
            sender=sender,
            tags=tags,
            bot=occurrence.bot,
            request_id=request_id,
        )
        for recipient, occurrence in occurrences
    ]
    return ParsedRecord(events, unreadable)


def _send(record: SesRecord, mail: MailObject) -> Iterator[_Occurrence]:
    for recipient in _named("mail.destination", mail.destination):
        yield _Occurrence(time=mail.timestamp, identity=(), named=recipient)


def _delivery(record: SesRecord, mail: MailObject) -> Iterator[_Occurrence]:
    delivery = validated(DeliveryObject, record.get("delivery"), "delivery")
    identity = (delivery.smtpResponse, delivery.processingTimeMillis)
    for recipient in _named("delivery.recipients", delivery.recipients):
        yield _Occurrence(time=delivery.timestamp, identity=identity, named=recipient, detail=delivery.smtpResponse)


def _bounce(record: SesRecord, mail: MailObject) -> Iterator[_Occurrence]:
    bounce = validated(BounceObject, record.get("bounce"), "bounce")
    for recipient in _in_entries("bounce.bouncedRecipients", bounce.bouncedRecipients):
        status = recipient and recipient.status
        yield _Occurrence(
            time=bounce.timestamp,
            identity=_feedback_identity(bounce.feedbackId, bounce.bounceType, bounce.bounceSubType, status),
            named=recipient,
            subtype=f"{bounce.bounceType}/{bounce.bounceSubType}",
            detail=status,
        )


def _complaint(record: SesRecord, mail: MailObject) -> Iterator[_Occurrence]:
    complaint = validated(ComplaintObject, record.get("complaint"), "complaint")
    identity = _feedback_identity(
        complaint.feedbackId, complaint.complaintFeedbackType, complaint.complaintSubType, complaint.userAgent
    )
    for recipient in _in_entries("complaint.complainedRecipients", complaint.complainedRecipients):
        yield _Occurrence(
            time=complaint.timestamp,
            identity=identity,
            named=recipient,
            subtype=complaint.complaintSubType or complaint.complaintFeedbackType,
            detail=complaint.userAgent,
        )


def _delivery_delay(record: SesRecord, mail: MailObject) -> Iterator[_Occurrence]:
    delay = validated(DeliveryDelayObject, record.get("deliveryDelay"), "deliveryDelay")
    for recipient in _in_entries("deliveryDelay.delayedRecipients", delay.delayedRecipients):
        status = recipient and recipient.status
        yield _Occurrence(
            time=delay.timestamp,
            identity=(delay.delayType, delay.expirationTime, status),
            named=recipient,
            subtype=delay.delayType,
            detail=status,
        )


def _reject(record: SesRecord, mail: MailObject) -> Iterator[_Occurrence]:
    reason = validated(RejectObject, record.get("reject"), "reject").reason
    for recipient in _named("mail.destination", mail.destination):
        yield _Occurrence(time=mail.timestamp, identity=(reason,), named=recipient, detail=reason)


def _rendering_failure(record: SesRecord, mail: MailObject) -> Iterator[_Occurrence]:
    failure = validated(FailureObject, record.get("failure"), "failure")
    identity = (failure.templateName, failure.errorMessage)
    detail = ": ".join(text for text in identity if text)
    for recipient in _named("mail.destination", mail.destination):
        yield _Occurrence(time=mail.timestamp, identity=identity, named=recipient, detail=detail)


def _open(record: SesRecord, mail: MailObject) -> Iterator[_Occurrence]:
    opened = validated(OpenObject, record.get("open"), "open")
    yield _Occurrence(
        time=opened.timestamp,
        identity=(opened.ipAddress, opened.userAgent),
        detail=opened.userAgent,
        bot=_bot(opened.isBotEvent),
    )


def _click(record: SesRecord, mail: MailObject) -> Iterator[_Occurrence]:
    click = validated(ClickObject, record.get("click"), "click")
    yield _Occurrence(
        time=click.timestamp,
        identity=(click.link, click.linkTags or None, click.ipAddress, click.userAgent),
        detail=click.link,
        bot=_bot(click.isBotEvent),
    )


def _subscription(record: SesRecord, mail: MailObject) -> Iterator[_Occurrence]:
    subscription = validated(SubscriptionObject, record.get("subscription"), "subscription")
    preferences = subscription.newTopicPreferences
    yield _Occurrence(
        time=subscription.timestamp,
        identity=(subscription.contactList, subscription.source, preferences.model_dump() if preferences else None),
        subtype=subscription.source,
        detail=preferences.summary() if preferences else None,
    )


def _unknown(record: SesRecord, mail: MailObject) -> Iterator[_Occurrence]:
    """An event of a type that this version does not know. Its time is the first in the record, else the mail's."""
    rest = {name: value for name, value in record.items() if name != "mail"}
    times = (value.get("timestamp") for _, value in sorted(rest.items()) if isinstance(value, dict))
    time = next(filter(None, map(instant_or_none, times)), mail.timestamp)
    yield _Occurrence(time=time, identity=(rest,), subtype=type_name_of(record))


_PARSERS: Mapping[EventType, Callable[[SesRecord, MailObject], Iterator[_Occurrence]]] = {
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


def _named(field: str, recipients: Sequence[object] | None) -> Sequence[NamedRecipient | None]:
    """The recipients, or a single None: an event without recipients is kept, too."""
    return named_in_list(field, recipients or ()) or [None]


def _in_entries(field: str, entries: Sequence[object]) -> Sequence[NamedRecipient | None]:
    """The recipients of the entries, or a single None if there are none."""
    return named_in_entries(field, entries) or [None]


def _feedback_identity(feedback_id: str | None, *otherwise: object) -> Sequence[object]:
    """The feedback id alone, if there is one: a bounce's event and its feedback notification are then one event."""
    return (feedback_id,) if feedback_id else otherwise


def _one_per_recipient(
    occurrences: Iterator[_Occurrence], mail: MailObject
) -> tuple[list[tuple[str | None, _Occurrence]], FieldError | None]:
    """The occurrences by the recipient's key: of a recipient that the record names twice, the one that counts.

    Also the first recipient that cannot be read.
    """
    found: dict[str | None, tuple[EventRecipient | None, _Occurrence]] = {}
    unreadable = None
    for occurrence in occurrences:
        try:
            recipient = recipient_of(occurrence.named, mail.destination)
        except FieldError as error:
            unreadable = unreadable or error
            continue
        key = recipient.key if recipient else None
        earlier, _ = found.setdefault(key, (recipient, occurrence))
        if recipient and earlier and counts_instead(recipient, earlier):
            found[key] = recipient, occurrence
    return [(key, occurrence) for key, (_, occurrence) in found.items()], unreadable


def _bot(verdict: object) -> Bot:
    try:
        return Bot(str(verdict).lower())
    except ValueError:
        return Bot.UNKNOWN


def _shortened(text: str | None) -> str | None:
    """Text that lets the row fit one write unit. The raw payload keeps the whole text."""
    if not text:
        return None
    return text if len(text) <= _LONGEST_TEXT else text[: _LONGEST_TEXT - 1] + "…"
