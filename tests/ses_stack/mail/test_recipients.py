"""The recipients that an event names: one rule for history and for suppression."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ses_stack.errors import FieldError, RecordError
from ses_stack.history.adapters import events as ses_events
from ses_stack.mail.recipients import (
    EventRecipient,
    NamedRecipient,
    named_in_entries,
    named_in_list,
    recipient_of,
    recipients_of,
)
from ses_stack.suppression.adapters import feedback as ses_feedback
from ses_stack.suppression.facts import FactKind
from ses_stack.suppression.feedback import facts_of
from tests.support import payloads
from tests.support.event_strategies import ANY_JSON

ANN, BEN = "Ann@example.org", "ben@example.org"
TWO = [ANN, BEN]
PLACE = "bounce.bouncedRecipients[0].emailAddress"
# Captured and reported values, and what is right where the message had one recipient (Ann), and where it had two.
CAPTURED: list[tuple[object, str, str | None]] = [
    ("Lee, Ben <ben@example.org>", BEN, BEN),
    ("Ben [x] <ben@example.org>", BEN, BEN),
    ('User Name "User Name <ben@example.org>', BEN, BEN),
    ("ben@example.org <ben@example.org>", BEN, BEN),
    ("<ben@example.org>", BEN, BEN),
    ("rfc822; ben@example.org", BEN, BEN),
    ("ben@example.org.", BEN, BEN),
    ('"ben@example.org"', BEN, BEN),
    ("'ben@example.org'", BEN, BEN),
    ("=?utf-8?q?B=C3=A9n?= <ben@example.org>", BEN, BEN),
    ("undisclosed-recipients:;", "ann@example.org", None),
    ("User Name", "ann@example.org", None),
    ("user", "ann@example.org", None),
    ("=?utf-8?q?B=C3=A9n?=", "ann@example.org", None),
    ("ben@example.org, cy@example.org", "ann@example.org", None),
    ("", "ann@example.org", None),
    ("<>", "ann@example.org", None),
    (None, "ann@example.org", None),
    (5, "ann@example.org", None),
    ({}, "ann@example.org", None),
    ([ANN], "ann@example.org", None),
]


@pytest.mark.parametrize(("text", "key", "of_two"), CAPTURED)
def test_a_recipient_is_its_address_or_the_messages_only_recipient(text: object, key: str, of_two: str | None) -> None:
    recipient = recipient_of(NamedRecipient(PLACE, text), [ANN, "ANN@EXAMPLE.org"])
    assert recipient
    assert recipient.key == key
    if of_two:
        assert recipient_of(NamedRecipient(PLACE, text), TWO) == EventRecipient(of_two, of_two)
    else:
        for destination in (TWO, [ANN, "user"], ["user"], [], None):
            with pytest.raises(FieldError) as error:
                recipient_of(NamedRecipient(PLACE, text), destination)
            assert str(error.value) == f"{PLACE} is not an e-mail address"


@pytest.mark.parametrize("destination", [TWO, [ANN, "user"], ["user", "other"], [], None])
def test_an_event_that_names_none_has_the_messages_recipient_only_if_there_was_one(
    destination: Sequence[object] | None,
) -> None:
    assert recipient_of(None, destination) is None
    assert recipient_of(None, ["Ann <Ann@Example.org>"]) == EventRecipient("ann@example.org", "Ann@Example.org")
    with pytest.raises(FieldError, match=r"^mail.destination\[0\] is not an e-mail address$"):
        recipient_of(None, ["undisclosed-recipients:;"])


def test_the_others_are_read_and_the_first_fault_is_kept() -> None:
    named = named_in_list("delivery.recipients", ["Ann@x.org", "user", BEN, "", "ANN@x.org"])

    found = recipients_of(named, TWO)

    assert found.spellings() == ["Ann@x.org", BEN]
    assert str(found.unreadable) == "delivery.recipients[1] is not an e-mail address"
    assert recipients_of((), [ANN]).spellings() == [ANN]
    assert recipients_of((), TWO).spellings() == []


def test_entries_that_are_no_objects_have_no_address() -> None:
    entries: list[object] = [{"emailAddress": ANN}, {}, None, ANN]

    assert named_in_entries("x.y", entries) == [
        ("x.y[0].emailAddress", ANN, None),
        ("x.y[1].emailAddress", None, None),
        ("x.y[2].emailAddress", None, None),
        ("x.y[3].emailAddress", None, None),
    ]


@pytest.mark.parametrize(
    ("entry", "status"),
    [
        ({"diagnosticCode": "smtp; 550", "status": "5.1.1", "action": "failed"}, "smtp; 550"),
        ({"status": "5.1.1", "action": "failed"}, "5.1.1"),
        ({"diagnosticCode": " ", "status": 5, "action": "failed"}, "failed"),
        ({"diagnosticCode": None, "status": [], "action": {}}, None),
        ({}, None),
    ],
)
def test_an_entrys_status_is_its_most_telling_member(entry: dict[str, object], status: str | None) -> None:
    (named,) = named_in_entries("bounce.bouncedRecipients", [{"emailAddress": ANN, **entry}])

    assert named.status == status
    assert recipient_of(named, TWO) == EventRecipient("ann@example.org", ANN, status)


NO_STATUS: dict[str, str] = {}
FULL, GONE = {"status": "4.2.2"}, {"diagnosticCode": "smtp; 550 5.1.1"}


@pytest.mark.parametrize(
    ("entries", "status"),
    [
        ([NO_STATUS, FULL], "4.2.2"),
        ([FULL, NO_STATUS], "4.2.2"),
        ([NO_STATUS, FULL, GONE], "4.2.2"),
        ([GONE, FULL], "smtp; 550 5.1.1"),
        ([NO_STATUS, NO_STATUS], None),
    ],
)
def test_of_a_recipient_named_twice_history_and_suppression_take_the_same_entry(
    entries: list[dict[str, str]], status: str | None
) -> None:
    named = [
        {"emailAddress": address, **entry} for address, entry in zip((ANN, ANN.lower(), ANN), entries, strict=False)
    ]
    record = payloads.bounce(bounceType="Transient", bounceSubType="MailboxFull", bouncedRecipients=named)
    body = json.dumps(payloads.envelope(record))

    (event,) = ses_events.parse(body, stack="ses-stack").events
    feedback = ses_feedback.parse(body)
    assert feedback
    (fact,) = facts_of(feedback)
    assert event.detail == status
    assert fact.kind is (FactKind.SOFT_BOUNCE if status else FactKind.NOTED)


def in_history(body: str) -> tuple[set[str | None], str | None]:
    try:
        record = ses_events.parse(body, stack="ses-stack")
    except RecordError as error:
        return set(), error.cause
    return {event.recipient for event in record.events}, record.unreadable and record.unreadable.cause


def in_suppression(body: str) -> tuple[set[str | None], str | None]:
    try:
        feedback = ses_feedback.parse(body)
    except RecordError as error:
        return set(), error.cause
    assert feedback
    keys: set[str | None] = {fact.recipient for fact in facts_of(feedback)}
    return keys or (set() if feedback.unreadable else {None}), feedback.unreadable and feedback.unreadable.cause


TEXTS = st.sampled_from([text for text, _, _ in CAPTURED]) | ANY_JSON | st.emails()


@given(st.sampled_from(["bounce", "complaint", "delivery"]), st.lists(TEXTS, max_size=3), st.lists(TEXTS, max_size=3))
def test_history_and_suppression_never_disagree(kind: str, texts: list[Any], destination: list[Any]) -> None:
    entries = [{"emailAddress": text} for text in texts]
    members = {"bounce": "bouncedRecipients", "complaint": "complainedRecipients", "delivery": "recipients"}
    members_of = {members[kind]: texts if kind == "delivery" else entries}
    record = payloads.EVERY[kind](mail={"destination": destination}, **members_of)
    body = json.dumps(payloads.envelope(record))

    assert in_history(body) == in_suppression(body)
