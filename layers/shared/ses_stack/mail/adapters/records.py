"""SES's records: taken out of the text of a queue message, and validated.

A record arrives in an EventBridge envelope (the event queue), in an SNS notification, or bare (SNS archives, Firehose).
The record itself is either an event record (`eventType`) or an identity's feedback notification (`notificationType`).
Each capability has models and parsers of its own for the parts of a record that it reads.
https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Annotated, Any, NamedTuple, get_args

from pydantic import BaseModel, BeforeValidator, StringConstraints, ValidationError
from pydantic_core import from_json

from ses_stack.errors import FieldError, NotAnEventError, NotJsonError
from ses_stack.mail.event_times import believed_time
from ses_stack.mail.times import utc_milliseconds, zone_or_utc

# SNS sends this record once, when a topic is subscribed to an identity's feedback.
_TYPES_NOT_ABOUT_MAIL = frozenset({"AmazonSnsSubscriptionSucceeded"})

type SesRecord = dict[str, Any]


class ReceivedRecord(NamedTuple):
    """A record, and when EventBridge or SNS received it: None for a bare record, or a time that cannot be read."""

    record: SesRecord
    received: str | None

    def time_of(self, own: str, accepted: str | None, field: str) -> str:
        """The time at which the event counts. `own` is its own, `accepted` its message's. Raises `FieldError`."""
        try:
            return believed_time(own, accepted=accepted, received=self.received)
        except ValueError as error:
            raise FieldError(field, str(error)) from None


def instant(text: str) -> str:
    """An ISO-8601 time as the tables hold it: in UTC with milliseconds. A time without a zone is taken as UTC.

    Raises `ValueError` if the text is not such a time.
    """
    try:
        return utc_milliseconds(zone_or_utc(datetime.fromisoformat(text)))
    except (ValueError, OverflowError):
        raise ValueError("is not an ISO-8601 time") from None


def instant_or_none(value: object) -> str | None:
    """As `instant`; None for a value that is not such a time."""
    try:
        return instant(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _instant(value: object) -> object:
    return instant(value) if isinstance(value, str) else value


# A field that holds a time. In the model it is text as the tables hold times.
Instant = Annotated[str, BeforeValidator(_instant)]
MessageId = Annotated[str, StringConstraints(min_length=1, max_length=256)]


def unwrap(body: str) -> SesRecord | None:
    """The SES record in the text of a queue message; None for an `aws.ses` event that is not about mail.

    Raises `NotJsonError` or `NotAnEventError`.
    """
    opened = open_envelope(body)
    return opened.record if opened else None


def open_envelope(body: str) -> ReceivedRecord | None:
    """As `unwrap`, with the time in the envelope."""
    record = _object(body)
    received = None
    if record.get("Type") == "Notification" and isinstance(record.get("Message"), str):
        received = instant_or_none(record.get("Timestamp"))
        record = _object(record["Message"])
    if isinstance(record.get("detail"), dict) and "detail-type" in record:
        envelope, record = record, record["detail"]
        received = instant_or_none(envelope.get("time"))
        if _is_not_about_mail(envelope, record):
            return None
    name = type_name_of(record)
    if name in _TYPES_NOT_ABOUT_MAIL:
        return None
    if not name:
        raise NotAnEventError("neither eventType nor notificationType names an event type")
    return ReceivedRecord(record, received)


def type_name_of(record: SesRecord) -> str:
    """The event type as the record spells it, such as `Rendering Failure`; empty if the record names none."""
    name = record.get("eventType") or record.get("notificationType")
    return name if isinstance(name, str) else ""


def validated[M: BaseModel](model: type[M], value: object, field: str) -> M:
    """The model of a record's member. `field` is the member's name, for error texts.

    Raises a `FieldError` that names the first wrong field and the kind of its value, never the value.
    """
    if value is None:
        raise FieldError(field, "is missing")
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise _field_error(error, model, field) from None


def kind_of(value: object) -> str:
    """The JSON kind of a value, for error texts: `a string`, `an array`, `null`."""
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


def _object(text: str) -> SesRecord:
    value = _json(text)
    if not isinstance(value, dict):
        raise NotAnEventError(f"the body is {kind_of(value)}, not an object")
    return value


def _json(text: str) -> object:
    try:
        return from_json(text, cache_strings="keys")  # takes two thirds of the time of json.loads
    except (ValueError, TypeError):  # TypeError for text that is not valid Unicode
        pass
    try:
        # A header that was cut in the middle of an emoji leaves a lone surrogate. It becomes "?" and the event is kept.
        return json.loads(json.dumps(json.loads(text), ensure_ascii=False).encode("utf-8", "replace"))
    except (ValueError, RecursionError):
        raise NotJsonError("the body is not JSON") from None


def _is_not_about_mail(envelope: SesRecord, record: SesRecord) -> bool:
    """Whether the event is about SES's advisor, SES's sending status or an API call (which has an eventType, too)."""
    about_mail = str(envelope["detail-type"]).startswith("Email ") or "mail" in record
    return envelope.get("source") == "aws.ses" and not about_mail


def _field_error(error: ValidationError, model: type[BaseModel], field: str) -> FieldError:
    """The first fault in words of our own: pydantic's text would quote the value."""
    first = error.errors(include_url=False, include_context=False)[0]
    path = ".".join([field, *_field_names(model, first["loc"])])
    if first["type"] == "missing":
        return FieldError(path, "is missing")
    if first["type"] == "value_error":
        return FieldError(path, first["msg"].removeprefix("Value error, "))
    return FieldError(path, f"has the wrong kind or size: {kind_of(first['input'])} ({first['type']})")


def _field_names(model: type[BaseModel], location: Sequence[str | int]) -> Iterator[str]:
    """The fields on the way to a fault. Positions in arrays and names of tags are left out: a tag's name is content."""
    current: type[BaseModel] | None = model
    for part in location:
        if current and part in current.model_fields:
            yield str(part)
            current = _model_in(current.model_fields[str(part)].annotation)


def _model_in(annotation: object) -> type[BaseModel] | None:
    """The model in a field's type, such as `Bounce` in `list[Bounce] | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_model_in, get_args(annotation))), None)
