"""What must hold for any events, in any order, and for anything at all that comes as a record."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ses_stack.aws.json_api import Answer
from ses_stack.aws.retry import Retrying
from ses_stack.errors import RecordError
from ses_stack.history.adapters import events as ses_events
from ses_stack.history.adapters.rows import ITEM_LIMIT, PrimaryKey, event_of, item_of, key_of, size_of
from ses_stack.history.adapters.table import EventTable
from ses_stack.history.events import RecipientEvent
from ses_stack.history.keys import event_key, feed_partition
from ses_stack.history.normalize import QueueRecord, normalize
from tests.support import payloads
from tests.support.payloads import Json

type Rows = dict[PrimaryKey, dict[str, Any]]


def parse(text: str) -> list[RecipientEvent]:
    return ses_events.parse(text, stack="ses-stack")


class Memory:
    """DynamoDB in memory. `moods` says, by call, what it leaves undone: every n-th row, all (1), or nothing (0)."""

    def __init__(self, moods: Iterable[int] = ()) -> None:
        self.rows: Rows = {}
        self._moods = iter(moods)

    def calls(self, operation: str, bodies: Iterable[bytes], *, until: float) -> Iterator[Answer | None]:
        assert operation == "BatchWriteItem"
        for body in bodies:
            puts = json.loads(body)["RequestItems"]["events"]
            keys = [key_of(put["PutRequest"]["Item"]) for put in puts]
            assert len(set(keys)) == len(keys) <= 25
            mood = next(self._moods, 0)
            left = puts[::mood] if mood else []
            self.rows |= {
                key: put["PutRequest"]["Item"] for key, put in zip(keys, puts, strict=True) if put not in left
            }
            yield Answer(200, {"UnprocessedItems": {"events": left} if left else {}})


def table_after(texts: list[str], moods: Iterable[int] = ()) -> Rows:
    """The table after a batch of records, all of which were good."""
    memory = Memory(moods)
    table = EventTable(
        memory, name="events", retention_days=90, retrying=Retrying(clock=lambda: 0.0, sleep=lambda _: None)
    )
    records = [QueueRecord(f"m{number}", text) for number, text in enumerate(texts)]
    assert normalize(records, parse=parse, writer=table, until=1e9).failed == {}
    return memory.rows


# Events that differ in little: a few messages, moments and recipients, and what tells two events of a type apart.
MOMENTS = st.integers(0, 3).map(lambda millisecond: f"2026-11-24T06:10:00.00{millisecond}Z")
MESSAGES = st.sampled_from(["m-1", "m-2"])
RECIPIENTS = st.sampled_from(["a@x.org", "b@x.org", "a@x.orgb@x.org"])
WORDS = st.sampled_from(["", "a", "b", "a,b", '"', "ü"])
OPTIONAL = st.none() | WORDS
# How each type of event is made from what tells it apart: (moment, recipient, two texts).
MAKERS: dict[str, Callable[[str, str, str | None, str | None], Json]] = {
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
# What of the two texts a type's identity has.
TELLING = {"send": 0, "reject": 1}

type Told = tuple[str, str, str, str, tuple[str | None, ...]]


@st.composite
def told(draw: st.DrawFn) -> Told:
    """An event as all that tells it apart: kind, message, moment, recipient, and up to two texts."""
    kind = draw(st.sampled_from(sorted(MAKERS)))
    texts = tuple(draw(OPTIONAL) for _ in range(TELLING.get(kind, 2)))
    return kind, draw(MESSAGES), draw(MOMENTS), draw(RECIPIENTS), texts


def text_of(event: Told) -> str:
    kind, message, moment, recipient, texts = event
    record = MAKERS[kind](moment, recipient, *(texts + (None, None))[:2])
    record["mail"]["messageId"] = message
    return payloads.body(record)


@given(st.data())
def test_order_and_repetition_change_nothing(data: st.DataObject) -> None:
    events = data.draw(st.lists(told(), unique=True, max_size=12))
    repeated = events + data.draw(st.lists(st.sampled_from(events), max_size=8) if events else st.just([]))
    shuffled = data.draw(st.permutations(repeated))
    moods = data.draw(st.lists(st.integers(0, 3), max_size=6))

    rows = table_after([text_of(event) for event in shuffled], moods)

    assert rows == table_after([text_of(event) for event in events])
    assert len(rows) == len(events)


@given(st.data())
def test_batches_change_nothing(data: st.DataObject) -> None:
    texts = [text_of(event) for event in data.draw(st.lists(told(), unique=True, max_size=60))]
    cut = data.draw(st.integers(0, len(texts)))

    assert table_after(texts[cut:]) | table_after(texts[:cut]) == table_after(texts)


@given(told(), told())
def test_two_events_share_a_key_only_if_they_are_one(one: Told, other: Told) -> None:
    (first,), (second,) = parse(text_of(one)), parse(text_of(other))

    same_key = (first.message_id, event_key(first)) == (second.message_id, event_key(second))

    assert same_key == (one == other)


@given(st.lists(st.sampled_from(["A@x.org", "a@x.org", "Ann <a@X.org>", "b@x.org", "c@x.org"]), min_size=1))
def test_each_recipient_has_one_row_however_named(named: list[str]) -> None:
    events = parse(payloads.body(payloads.delivery(recipients=named)))

    recipients = [event.recipient for event in events]
    assert len(set(recipients)) == len(recipients)
    assert set(recipients) == {address.lower().removeprefix("ann <").removesuffix(">") for address in named}


# Whatever can be written as JSON, lone surrogates and NaN too. Every text in it has a mark, to be recognised by.
MARK = "§"
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=20)
MARKED = ANY_TEXT.map(lambda text: MARK + text)
NAMES = MARKED | st.sampled_from(["emailAddress", "timestamp", "name", "value", "subject", "topicName"])
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | MARKED | st.sampled_from(["", payloads.SENT_AT])
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=12
)


def parsed_or_refused(text: str) -> list[RecipientEvent] | RecordError:
    try:
        return parse(text)
    except RecordError as error:
        return error


def check(text: str) -> None:
    """It fails alone and without telling what is in it, or becomes rows that DynamoDB takes."""
    events = parsed_or_refused(text)
    if isinstance(events, RecordError):
        assert MARK not in events.cause
        assert events.cause.isascii()
        assert len(events.cause) < 200
        assert events.__cause__ is None
        return
    for event in events:
        item = item_of(event, retention_days=90)
        assert 0 < len(event.message_id.encode()) <= 2048
        assert 0 < len(event_key(event).encode()) <= 1024
        assert event.recipient is None or 0 < len(event.recipient.encode()) <= 2048
        assert size_of(item) < ITEM_LIMIT
        assert feed_partition(event) != ""
        back = event_of(item)
        assert (back.raw, event_key(back)) == (text, event_key(event))


@given(st.text(st.characters(exclude_categories=())) | ANY_TEXT.map(json.dumps))
def test_any_text_is_a_record_or_fails_alone(text: str) -> None:
    check(text)


@given(JSON, st.booleans())
def test_any_json_is_a_record_or_fails_alone(value: Any, ascii_only: bool) -> None:
    check(json.dumps(value, ensure_ascii=ascii_only))


@st.composite
def damaged(draw: st.DrawFn) -> Json:
    """A complete event of which one or two members, anywhere, are something else, or gone."""
    record = draw(st.sampled_from(sorted(payloads.EVERY)).map(lambda kind: payloads.EVERY[kind]()))
    for _ in range(draw(st.integers(1, 2))):
        place: Any = record
        while True:
            names = list(place) if isinstance(place, dict) else list(range(len(place)))
            if not names:
                break
            name = draw(st.sampled_from(names))
            if isinstance(place[name], dict | list) and draw(st.booleans()):
                place = place[name]
            elif draw(st.booleans()):
                place[name] = draw(JSON)
                break
            else:
                del place[name]
                break
    return record


@given(damaged(), st.booleans())
def test_a_damaged_event_is_a_record_or_fails_alone(record: Json, enveloped: bool) -> None:
    check(json.dumps(payloads.envelope({}) | {"detail": record} if enveloped else record))


@given(st.lists(st.sampled_from(["good", "bad", "notice"]), max_size=30))
def test_exactly_the_bad_records_of_a_batch_fail(kinds: list[str]) -> None:
    texts = {
        "bad": "{}",
        "notice": '{"notificationType":"AmazonSnsSubscriptionSucceeded"}',
        "good": payloads.body(payloads.send()),
    }
    table = EventTable(Memory(), name="events", retention_days=90)

    outcome = normalize(
        [QueueRecord(str(number), texts[kind]) for number, kind in enumerate(kinds)],
        parse=parse,
        writer=table,
        until=1e12,
    )

    assert sorted(map(int, outcome.failed)) == [number for number, kind in enumerate(kinds) if kind == "bad"]
    assert (outcome.stored, outcome.ignored) == (kinds.count("good"), kinds.count("notice"))


@pytest.mark.parametrize("make", list(payloads.EVERY.values()))
def test_a_row_becomes_its_event_again(make: Callable[[], Json]) -> None:
    for event in parse(payloads.body(make())):
        item = item_of(event, retention_days=90)

        assert event_of(item) == event
        without_raw = {name: value for name, value in item.items() if name != "raw"}
        assert event_of(without_raw).raw == ""
