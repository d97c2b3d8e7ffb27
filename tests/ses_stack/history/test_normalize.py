"""A batch of queue records: each fails or succeeds alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ses_stack.history.adapters import events as ses_events
from ses_stack.history.events import ParsedRecord, RecipientEvent
from ses_stack.history.keys import event_key
from ses_stack.history.normalize import NormalizedBatch, QueueRecord, normalize
from tests.support import payloads

UNTIL = 12.5


class Memory:
    """Keeps events in memory, and refuses those of some recipients."""

    def __init__(self, *refused: str) -> None:
        self.refused = refused
        self.kept: dict[tuple[str, str], RecipientEvent] = {}
        self.writes = 0

    def write(self, events: Iterable[RecipientEvent], *, until: float) -> Mapping[tuple[str, str], str]:
        assert until == UNTIL
        self.writes += 1
        unwritten = {}
        for event in events:
            key = (event.message_id, event_key(event))
            if event.recipient in self.refused:
                unwritten[key] = "ThrottlingException"
            else:
                self.kept[key] = event
        return unwritten


def run(memory: Memory, *bodies: str) -> NormalizedBatch:
    records = [QueueRecord(f"m{number}", text) for number, text in enumerate(bodies, 1)]
    return normalize(records, parse=partial(ses_events.parse, stack="ses-stack"), writer=memory, until=UNTIL)


def bounce(*recipients: str) -> str:
    return payloads.body(payloads.bounce(bouncedRecipients=[payloads.bounced(address) for address in recipients]))


def test_a_good_batch_is_one_write() -> None:
    memory = Memory()

    batch = run(memory, *(payloads.body(make()) for make in payloads.EVERY.values()))

    assert batch == NormalizedBatch(stored=10)
    assert batch.response() == {"batchItemFailures": []}
    assert (memory.writes, len(memory.kept)) == (1, 10)


def test_an_empty_batch_is_good() -> None:
    assert run(Memory()).response() == {"batchItemFailures": []}


@pytest.mark.parametrize("position", [0, 1, 2])
def test_a_bad_record_fails_alone(position: int) -> None:
    bodies = [bounce("a@x.org"), bounce("b@x.org")]
    bodies.insert(position, "{not json")
    memory = Memory()

    batch = run(memory, *bodies)

    assert batch == NormalizedBatch(stored=2, failed={f"m{position + 1}": "NotJsonError: the body is not JSON"})
    assert batch.response() == {"batchItemFailures": [{"itemIdentifier": f"m{position + 1}"}]}
    assert len(memory.kept) == 2


def test_a_record_fails_if_one_of_its_rows_does() -> None:
    batch = run(Memory("b@x.org"), bounce("a@x.org", "b@x.org"), bounce("c@x.org"))

    assert batch == NormalizedBatch(stored=1, failed={"m1": "not written: ThrottlingException"})


def test_a_record_with_an_unreadable_recipient_fails_when_the_others_are_written() -> None:
    memory = Memory()
    named = ["a@x.org", "undisclosed-recipients:;", "b@x.org"]
    record = payloads.bounce(bouncedRecipients=list(map(payloads.bounced, named)), mail={"destination": named})

    batch = run(memory, payloads.body(record), bounce("c@x.org"))

    problem = "FieldError: bounce.bouncedRecipients[1].emailAddress is not an e-mail address"
    assert batch == NormalizedBatch(stored=2 + 1, failed={"m1": problem})
    assert sorted(event.recipient or "" for event in memory.kept.values()) == ["a@x.org", "b@x.org", "c@x.org"]


def test_a_row_that_is_not_written_comes_before_an_unreadable_recipient() -> None:
    body = payloads.bounce(
        bouncedRecipients=[payloads.bounced("a@x.org"), payloads.bounced("user")],
        mail={"destination": ["a@x.org", "b@x.org"]},
    )

    assert run(Memory("a@x.org"), payloads.body(body)).failed == {"m1": "not written: ThrottlingException"}


def test_all_records_of_an_unwritten_row_fail() -> None:
    batch = run(Memory("a@x.org"), bounce("a@x.org"), bounce("a@x.org"))

    assert list(batch.failed) == ["m1", "m2"]


def test_a_record_that_is_not_about_mail_is_counted_as_ignored() -> None:
    assert run(Memory(), '{"notificationType":"AmazonSnsSubscriptionSucceeded"}') == NormalizedBatch(ignored=1)


def test_an_unexpected_error_is_raised() -> None:
    def broken(body: str) -> ParsedRecord:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        normalize([QueueRecord("m1", "")], parse=broken, writer=Memory(), until=UNTIL)


@given(st.lists(st.sampled_from(["good", "bad", "notice"]), max_size=30))
def test_exactly_the_bad_records_of_a_batch_fail(kinds: list[str]) -> None:
    texts = {
        "bad": "{}",
        "notice": '{"notificationType":"AmazonSnsSubscriptionSucceeded"}',
        "good": payloads.body(payloads.send()),
    }

    batch = run(Memory(), *(texts[kind] for kind in kinds))

    assert list(batch.failed) == [f"m{number}" for number, kind in enumerate(kinds, 1) if kind == "bad"]
    assert (batch.stored, batch.ignored) == (kinds.count("good"), kinds.count("notice"))
