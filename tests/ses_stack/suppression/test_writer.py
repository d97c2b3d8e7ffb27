"""The suppression writer: batches, faults, and any order of events."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ses_stack.suppression.facts import FactKind
from ses_stack.suppression.records import SuppressionRecord
from tests.support import payloads
from tests.support.suppression_facts import ANN, at, soft
from tests.support.suppression_history import LateHistory
from tests.support.suppression_world import (
    HISTORY_WAIT,
    THREE_SOFT_BOUNCES,
    World,
    auto_reply,
    bounce,
    delivered,
    soft_bounce,
)


def test_a_bounce_is_in_both_lists() -> None:
    world = World()
    outcome = world.take(bounce())
    assert outcome.response() == {"batchItemFailures": []}
    assert outcome.counts() == {
        "facts": 1,
        "ignored": 0,
        "possible_complaints": 0,
        "synced": 1,
        "deferred": 0,
        "rechecks": 0,
        "failed": 0,
    }
    assert world.reasons() == {(ANN, "*"): "bounce"}
    assert world.account.listed == {"Ann.Lee@example.org": "BOUNCE"}
    assert world.table.lists[ANN].account_list_state == "BOUNCE"


def test_a_repetition_writes_and_calls_nothing() -> None:
    world = World()
    world.take(bounce())
    changes = world.table.changes
    assert world.take(bounce(), bounce()).counts()["synced"] == 0
    assert (world.table.changes, len(world.account.calls)) == (changes, 1)


def test_a_bad_record_fails_alone() -> None:
    world = World()
    outcome = world.take(bounce(timestamp="?"), bounce(), SuppressionRecord(id="x", body="no json"), payloads.opened())
    assert outcome.failed == {
        "r0": "FieldError: bounce.timestamp is not an ISO-8601 time",
        "x": "NotJsonError: the body is not JSON",
    }
    assert (outcome.facts, outcome.ignored) == (1, 1)


def test_possible_complaints_are_counted() -> None:
    world = World()
    named = [{"emailAddress": "a@x.org"}, {"emailAddress": "b@x.org"}]
    outcome = world.take(payloads.complaint(complainedRecipients=named))
    assert outcome.possible_complaints == 2
    assert world.reasons() == {}
    assert world.account.calls == []


def test_what_could_not_be_written_comes_again() -> None:
    world = World()
    world.table.unwritable = {"b@x.org"}
    both = payloads.bounce(bouncedRecipients=[payloads.bounced("a@x.org"), payloads.bounced("b@x.org")])
    outcome = world.take(bounce(), both, delivered(at(), "b@x.org"), delivered(at(), "c@x.org"))
    assert {"r1", "r2"} <= outcome.failed.keys()
    assert outcome.failed["r1"] == "not written: ThrottlingException"
    assert (ANN, "*") in world.reasons()
    world.table.unwritable = set()
    assert world.take(both, delivered(at(), "b@x.org")).failed == {}
    assert {name for name, _ in world.reasons()} == {ANN, "a@x.org", "b@x.org"}


def test_a_delivery_whose_list_cannot_be_read_comes_again() -> None:
    world = World()
    world.table.unreadable = {ANN}
    assert world.take(delivered(at()), delivered(at(), "b@x.org")).failed == {
        "r0": "not written: the suppression table: no answer",
        "r1": "not written: the suppression table: no answer",
    }


def test_soft_bounces_and_a_delivery() -> None:
    world = World()
    world.take(*THREE_SOFT_BOUNCES[:2], THREE_SOFT_BOUNCES[1])
    assert world.reasons() == {}
    world.take(THREE_SOFT_BOUNCES[2])
    assert world.reasons() == {(ANN, "*"): "soft_bounce"}
    assert world.account.calls == [], "SES's list has no room for what passes"
    world.take(delivered(at(days=-1)))
    assert world.reasons() == {(ANN, "*"): "soft_bounce"}
    world.take(delivered(at(days=3)))
    assert world.reasons() == {}


THREE = [("m1", 0), ("m2", 1), ("m3", 2)]


def any_order(records: list[Any]) -> st.SearchStrategy[list[Any]]:
    """The records in any order, each once or several times."""
    return st.lists(st.sampled_from(records), max_size=4).flatmap(lambda more: st.permutations([*records, *more]))


def taken_one_by_one(records: list[Any]) -> World:
    world = World(sync=False)
    for record in records:
        world.take(record)
    return world


DELIVERED = [delivered(at(days=day), message=message) for message, day in THREE]


@pytest.mark.parametrize("after", [-0.023, 0.0, 5.0, 300_000.0])
class TestDeliveredMessages:
    """Three messages that were delivered, each with a report that is dated some seconds after its Delivery."""

    @given(data=st.data())
    @settings(max_examples=30, deadline=None)
    def test_with_auto_replies_suppress_nobody(self, after: float, data: st.DataObject) -> None:
        replies = [auto_reply(message, at(days=day, seconds=after)) for message, day in THREE]
        world = taken_one_by_one(data.draw(any_order([*DELIVERED, *replies])))
        assert world.reasons() == {}
        assert len([fact for fact in world.table.facts[ANN].values() if fact.kind is FactKind.NOTED]) == 3

    @given(data=st.data())
    @settings(max_examples=30, deadline=None)
    def test_that_soft_bounced_for_a_general_reason_suppress_nobody(self, after: float, data: st.DataObject) -> None:
        bounces = [soft_bounce(message, at(days=day, seconds=after), subtype="General") for message, day in THREE]
        assert taken_one_by_one(data.draw(any_order([*DELIVERED, *bounces]))).reasons() == {}

    @given(data=st.data())
    @settings(max_examples=30, deadline=None)
    def test_whose_mailbox_is_reported_full_suppress(self, after: float, data: st.DataObject) -> None:
        bounces = [soft_bounce(message, at(days=day, seconds=after)) for message, day in THREE]
        assert taken_one_by_one(data.draw(any_order([*DELIVERED, *bounces]))).reasons() == {(ANN, "*"): "soft_bounce"}


def test_auto_replies_without_any_delivery_suppress_nobody() -> None:
    assert taken_one_by_one([auto_reply(message, at(days=day)) for message, day in THREE]).reasons() == {}


def test_soft_bounces_of_delivered_messages_never_suppress_for_a_moment() -> None:
    world = World(sync=False)
    world.take(*DELIVERED)
    suppressed: list[Any] = []
    world.table.after_change = lambda: suppressed.append(world.reasons())
    world.take(*(soft_bounce(message, at(days=day, hours=1), subtype="General") for message, day in THREE))
    assert suppressed == [{}]


def test_the_delivery_of_another_person_changes_nothing() -> None:
    bounces = [soft_bounce(message, at(days=day), subtype="General") for message, day in THREE]
    others = [delivered(at(days=day), "bob@x.org", message) for message, day in THREE]
    assert taken_one_by_one([*others, *bounces]).reasons() == {(ANN, "*"): "soft_bounce"}


def test_a_soft_bounce_that_an_older_version_stored_counts_as_one_with_a_delivery_status() -> None:
    world = World(sync=False)
    world.table.facts[ANN] = {fact.key: fact for fact in (soft(at(days=0)), soft(at(days=1)))}
    world.take(soft_bounce("m3", at(days=2)))
    assert world.reasons() == {(ANN, "*"): "soft_bounce"}
    world.table.facts[ANN] |= {fact.key: fact for fact in [soft(at(days=3), "m4", subtype="General")]}
    world.take(delivered(at(days=2, hours=1), message="m4"))
    assert world.reasons() == {}, "a delivery since voids it as before"


def test_evidence_that_is_too_old_is_not_kept() -> None:
    world = World()
    world.time.seconds += 60 * 86_400
    world.take(*THREE_SOFT_BOUNCES)
    assert world.table.facts.get(ANN) in (None, {})
    assert world.table.lists == {}


RECORDS = [
    *THREE_SOFT_BOUNCES,
    bounce(),
    bounce("Bob@x.org", timestamp=at(days=5)),
    delivered(at(days=1, hours=1)),
    delivered(at(days=4)),
    delivered(at(days=-1), "bob@x.org"),
    delivered(at(days=2.1), message="m3"),
    delivered(at(days=6), message="m6"),
    soft_bounce("m6", at(days=5.9), subtype="General"),
    soft_bounce("m7", at(days=4.5), subtype="General"),
    auto_reply("m7", at(days=4.2)),
    payloads.complaint(timestamp=at(days=2)),
    payloads.complaint(timestamp=at(days=3), complaintFeedbackType="not-spam"),
    payloads.complaint(complainedRecipients=[{"emailAddress": "bob@x.org"}, {"emailAddress": "cy@x.org"}]),
    payloads.subscription(timestamp=at(days=1), newTopicPreferences=payloads.preferences(everything=True)),
    payloads.subscription(timestamp=at(days=2), newTopicPreferences=payloads.preferences(news="OptOut")),
    payloads.subscription(timestamp=at(days=3), newTopicPreferences={"unsubscribeAll": True}),
]


@given(st.lists(st.sampled_from(RECORDS), min_size=1, max_size=14), st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_any_order_in_any_batches_with_any_repetition_ends_in_one_list(records: list[Any], chance: Any) -> None:
    once, often = World(sync=False), World(sync=False)
    once.take(*records)
    repeated = [record for record in records for _ in range(chance.randint(1, 3))]
    chance.shuffle(repeated)
    while repeated:
        size = chance.randint(1, 4)
        often.take(*repeated[:size])
        del repeated[:size]
    assert often.table.all() == once.table.all()


def test_the_account_list_can_be_left_alone() -> None:
    world = World(sync=False)
    world.take(bounce())
    assert world.account.calls == []


NAMED = ["Ann@x.org", "undisclosed-recipients:;", "Lee, Bob <Bob@x.org.>"]
UNREADABLE = "FieldError: bounce.bouncedRecipients[1].emailAddress is not an e-mail address"


def partly_readable() -> dict[str, Any]:
    return payloads.bounce(bouncedRecipients=list(map(payloads.bounced, NAMED)), mail={"destination": NAMED})


def test_a_recipient_that_cannot_be_read_does_not_block_the_others() -> None:
    world = World()

    batch = world.take(partly_readable(), bounce())

    assert batch.failed == {"r0": UNREADABLE}
    assert (batch.facts, batch.synced, batch.ignored) == (3, 3, 0)
    assert world.reasons() == {("ann@x.org", "*"): "bounce", ("bob@x.org", "*"): "bounce", (ANN, "*"): "bounce"}
    assert world.account.listed.keys() == {"Ann@x.org", "Bob@x.org", "Ann.Lee@example.org"}
    assert world.take(partly_readable()).counts() | {"facts": 0} == {**dict.fromkeys(batch.counts(), 0), "failed": 1}


def test_the_copy_of_a_deferred_record_fails_in_its_stead() -> None:
    world = World()
    world.take(*(bounce(f"a{number}@x.org", mail={"messageId": f"m{number}"}) for number in range(10)))

    batch = world.take(partly_readable())

    assert (batch.failed, batch.deferred) == ({}, 1)
    assert ("ann@x.org", "*") in world.reasons()
    while world.queue.sent:
        batch = world.deliver_copies()
    assert batch.failed == {"c0": UNREADABLE}
    assert {"Ann@x.org", "Bob@x.org"} <= world.account.listed.keys()


def test_nothing_readable_fails_and_is_not_counted_as_ignored() -> None:
    world = World()

    batch = world.take(bounce("undisclosed-recipients:;", mail={"destination": ["a@x.org", "b@x.org"]}))

    assert batch.counts() == {**dict.fromkeys(batch.counts(), 0), "failed": 1}
    assert world.reasons() == {}
    assert world.account.listed == {}


def test_one_person_in_a_complaint_that_names_another_is_not_suppressed() -> None:
    world = World()
    named = [{"emailAddress": "ann@x.org"}, {"emailAddress": "user"}]

    batch = world.take(
        payloads.complaint(complainedRecipients=named, mail={"destination": ["ann@x.org", "user@x.org"]})
    )

    assert batch.failed == {"r0": "FieldError: complaint.complainedRecipients[1].emailAddress is not an e-mail address"}
    assert (batch.possible_complaints, world.reasons()) == (1, {})


@pytest.mark.parametrize("wrong", ["9999-12-31T23:59:59.999Z", "2036-02-07T06:28:16Z", "1970-01-01T00:00:00Z"])
def test_a_fact_of_a_wrong_clock_counts_when_it_was_received(wrong: str) -> None:
    world = World(sync=False)
    record = payloads.complaint(timestamp=wrong)
    body = json.dumps(payloads.envelope(record, time=at(minutes=1)))
    received = SuppressionRecord(id="r1", body=body)

    world.take(received)
    assert world.reasons() == {(ANN, "*"): "complaint"}
    assert [fact.time for fact in world.table.facts[ANN].values()] == [at(minutes=1)]
    world.time.seconds += 3600
    world.remove()
    world.take(received)
    assert world.reasons() == {}
    world.take(bounce(timestamp=at(days=2)))
    assert world.reasons() == {(ANN, "*"): "bounce"}


def test_a_delivery_in_the_history_voids_what_is_older() -> None:
    world = World(sync=False)
    world.show_in_history(delivered(at(days=3)))
    world.take(*THREE_SOFT_BOUNCES)
    assert world.reasons() == {}
    assert world.queue.sent == [], "a list that rests on nothing needs no second look"


def test_a_soft_bounce_suppression_is_settled_again_once() -> None:
    world = World(sync=False)
    batch = world.take(*THREE_SOFT_BOUNCES)
    assert (batch.rechecks, world.reasons()) == (3, {(ANN, "*"): "soft_bounce"})
    assert {(copy.delay, copy.is_recheck) for copy in world.queue.sent} == {(HISTORY_WAIT, True)}
    world.show_in_history(delivered(at(days=3)))
    batch = world.deliver_copies()
    assert (batch.rechecks, batch.failed, world.reasons()) == (0, {}, {})


def test_other_suppressions_are_not_settled_again() -> None:
    world = World(sync=False)
    assert world.take(bounce(), payloads.complaint()).rechecks == 0


def test_a_broken_history_delays_no_suppression_and_is_asked_again_until_it_answers() -> None:
    world = World(sync=False)
    world.show_in_history(delivered(at(days=3)))
    world.table.history_answers = False
    assert world.take(*THREE_SOFT_BOUNCES, bounce("bob@x.org")).failed == {}
    assert world.reasons() == {(ANN, "*"): "soft_bounce", ("bob@x.org", "*"): "bounce"}
    for delay in (HISTORY_WAIT, 900, 900):
        assert {copy.delay for copy in world.queue.sent} == {delay}
        assert world.deliver_copies().rechecks == 3
    world.table.history_answers = True
    assert world.deliver_copies().rechecks == 0
    assert world.reasons() == {("bob@x.org", "*"): "bounce"}


def test_a_recheck_that_cannot_be_queued_fails_its_record() -> None:
    world = World(sync=False)
    world.queue.broken = True
    batch = world.take(bounce("bob@x.org"), *THREE_SOFT_BOUNCES)
    assert batch.failed == dict.fromkeys(("r1", "r2", "r3"), "not queued for a recheck: InternalError")
    assert (batch.rechecks, world.reasons()[ANN, "*"]) == (0, "soft_bounce")


def test_a_delivery_that_reaches_the_history_late_lifts_the_suppression() -> None:
    world = World(sync=False)
    world.take(*THREE_SOFT_BOUNCES)
    world.queue.sent.clear()
    world.follow_history(delivered(at(days=3)))
    world.deliver_copies()
    assert world.reasons() == {}


DELIVERIES = [record for record in RECORDS if record["eventType"] == "Delivery"]


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_the_history_and_the_suppression_queue_may_be_late_by_any_time(data: st.DataObject) -> None:
    records = [*THREE_SOFT_BOUNCES, *data.draw(st.lists(st.sampled_from(RECORDS), min_size=1, max_size=10))]
    once, apart = World(sync=False), LateHistory()
    once.take(*records)
    kinds = [("write", "follow") if record in DELIVERIES else ("take",) for record in records]
    steps = [(kind, number) for number, each in enumerate(kinds) for kind in each]
    for kind, number in data.draw(st.permutations(steps)):
        apart.world.table.history_answers = data.draw(st.booleans())
        match kind:
            case "take":
                apart.take(records[number])
            case "write":
                apart.write(number, records[number], at_once=data.draw(st.booleans()))
            case _:
                apart.follow(number, records[number], stale=data.draw(st.booleans()))
        if data.draw(st.booleans()):
            apart.deliver_copies()
    apart.world.table.history_answers = True
    apart.finish()
    assert apart.world.table.all() == once.table.all()
