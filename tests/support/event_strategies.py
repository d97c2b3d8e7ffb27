"""Hypothesis strategies for SES events: valid ones that differ in little, damaged ones, and any JSON at all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from tests.support import payloads
from tests.support.payloads import Json

# Few messages, moments, recipients and texts, so that two events often differ in one of them only.
_MOMENTS = st.integers(0, 3).map(lambda millisecond: f"2026-11-24T06:10:00.00{millisecond}Z")
_MESSAGES = st.sampled_from(["m-1", "m-2"])
_RECIPIENTS = st.sampled_from(["a@x.org", "b@x.org", "a@x.orgb.x.org"])
_TEXTS = st.none() | st.sampled_from(["", "a", "b", "a,b", '"', "ü"])
# Makes an event of each type from (moment, recipient, two texts).
_MAKERS: dict[str, Callable[[str, str, str | None, str | None], Json]] = {
    "send": lambda moment, to, _, __: payloads.send(mail={"timestamp": moment, "destination": [to]}),
    "reject": lambda moment, to, one, _: payloads.reject(reason=one, mail={"timestamp": moment, "destination": [to]}),
    "rendering_failure": lambda moment, to, one, other: payloads.rendering_failure(
        templateName=one, errorMessage=other, mail={"timestamp": moment, "destination": [to]}
    ),
    "delivery": lambda moment, to, one, other: payloads.delivery(
        timestamp=moment, recipients=[to], smtpResponse=one, processingTimeMillis=other
    ),
    "bounce": lambda moment, to, one, other: payloads.bounce(
        timestamp=moment, feedbackId=f"{one!r}{other!r}", bouncedRecipients=[payloads.bounced(to)]
    ),
    "complaint": lambda moment, to, one, other: payloads.complaint(
        timestamp=moment, feedbackId=f"{one!r}{other!r}", complainedRecipients=[{"emailAddress": to}]
    ),
    "delivery_delay": lambda moment, to, one, other: payloads.delivery_delay(
        timestamp=moment, delayType=one, expirationTime=other, delayedRecipients=[payloads.delayed(to)]
    ),
    "open": lambda moment, to, one, other: payloads.opened(
        timestamp=moment, ipAddress=one, userAgent=other, mail={"destination": [to]}
    ),
    "click": lambda moment, to, one, other: payloads.click(
        timestamp=moment, link=one, userAgent=other, mail={"destination": [to]}
    ),
    "subscription": lambda moment, to, one, other: payloads.subscription(
        timestamp=moment, contactList=one, source=other, mail={"destination": [to]}
    ),
    "teleport": lambda moment, to, one, other: {
        "eventType": "Teleport",
        "mail": payloads.mail(destination=[to]),
        "teleport": {"timestamp": moment, "one": one, "other": other},
    },
}
# How many of the two texts a type has, where it has fewer than both.
_TEXTS_OF = {"send": 0, "reject": 1}

# Kind, message, moment, recipient, and up to two texts. Two events are the same if these are.
type EventTraits = tuple[str, str, str, str, tuple[str | None, ...]]


@st.composite
def event_traits(draw: st.DrawFn) -> EventTraits:
    """The traits of an event; `body_of` makes the event."""
    kind = draw(st.sampled_from(sorted(_MAKERS)))
    texts = tuple(draw(_TEXTS) for _ in range(_TEXTS_OF.get(kind, 2)))
    return kind, draw(_MESSAGES), draw(_MOMENTS), draw(_RECIPIENTS), texts


def body_of(traits: EventTraits) -> str:
    """The text of a queue message with the event that has these traits."""
    kind, message, moment, recipient, texts = traits
    record = _MAKERS[kind](moment, recipient, *(texts + (None, None))[:2])
    record["mail"]["messageId"] = message
    return payloads.body(record)


# Any text, lone surrogates too.
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=20)
# Every text in ANY_JSON begins with this mark, so that a test can recognise content.
MARK = "§"
_MARKED = ANY_TEXT.map(lambda text: MARK + text)
_NAMES = _MARKED | st.sampled_from(["emailAddress", "timestamp", "name", "value", "subject", "topicName"])
_SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | _MARKED | st.sampled_from(["", payloads.SENT_AT])
# Whatever can be written as JSON, NaN too.
ANY_JSON = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_NAMES, inner, max_size=4), max_leaves=12
)


@st.composite
def damaged_records(draw: st.DrawFn) -> Json:
    """A complete record of which one or two members, anywhere, are replaced or removed."""
    record = draw(st.sampled_from(sorted(payloads.EVERY)).map(lambda kind: payloads.EVERY[kind]()))
    for _ in range(draw(st.integers(1, 2))):
        _damage(draw, record)
    return record


def _damage(draw: st.DrawFn, record: Json) -> None:
    place: Any = record
    while names := list(place) if isinstance(place, dict) else list(range(len(place))):
        name = draw(st.sampled_from(names))
        if isinstance(place[name], dict | list) and draw(st.booleans()):
            place = place[name]
            continue
        if draw(st.booleans()):
            place[name] = draw(ANY_JSON)
        else:
            del place[name]
        return
