"""The suppression writer's services: batches, races, faults, and SES's list."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ses_stack.errors import AccountListBusyError, AccountListError, AddressError, ScopeError, TableError
from ses_stack.suppression import manual as suppressions
from ses_stack.suppression.account_sync import AccountSync
from ses_stack.suppression.adapters import feedback as ses_feedback
from ses_stack.suppression.policy import Fact, FactKind, Policy, Reason
from ses_stack.suppression.turns import Record
from ses_stack.suppression.writer import Outcome, suppress
from tests.support import payloads
from tests.support.suppression_fakes import MemoryAccount, MemoryCopies, MemoryTable, MemoryTurns, Time, at, work

ANN = "ann.lee@example.org"


class World:
    """A suppression writer and all that it works with."""

    def __init__(self, *, sync: bool = True) -> None:
        self.time = Time()
        self.table = MemoryTable()
        self.account = MemoryAccount(time=self.time)
        self.turns = MemoryTurns(self.time)
        self.copies = MemoryCopies()
        self.sync = sync

    def take(self, *records: dict[str, Any] | Record) -> Outcome:
        batch = [
            each if isinstance(each, Record) else Record(id=f"r{n}", body=json.dumps(payloads.envelope(each)))
            for n, each in enumerate(records)
        ]
        account = AccountSync(
            account=self.account,
            turns=self.turns,
            copies=self.copies,
            table=self.table,
            now=self.time.now,
            sleep=self.time.sleep,
            clock=self.time.now,
        )
        return suppress(
            batch,
            parse=ses_feedback.parse,
            table=self.table,
            work=work(self.table, self.time),
            account=account if self.sync else None,
        )

    def come_back(self) -> Outcome:
        """The copies that were sent come, each after its delay."""
        copies, self.copies.sent = self.copies.sent, []
        self.time.seconds += max(copy.delay for copy in copies)
        return self.take(*(Record(id=f"c{n}", body=copy.body, turn=copy.turn) for n, copy in enumerate(copies)))

    def reasons(self) -> dict[tuple[str, str], str]:
        return {place: line.reason.value for place, line in self.table.all().items()}


def bounce(address: str = "Ann.Lee@example.org", **changes: Any) -> dict[str, Any]:
    return payloads.bounce(bouncedRecipients=[payloads.bounced(address)], **changes)


def soft(message: str, time: str, address: str = "Ann.Lee@example.org") -> dict[str, Any]:
    return bounce(
        address, bounceType="Transient", bounceSubType="MailboxFull", timestamp=time, mail={"messageId": message}
    )


def delivered(time: str, address: str = "Ann.Lee@example.org") -> dict[str, Any]:
    return payloads.delivery(timestamp=time, recipients=[address])


THREE = [soft("m1", at(days=0)), soft("m2", at(days=1)), soft("m3", at(days=2))]


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
        "failed": 0,
    }
    assert world.reasons() == {(ANN, "*"): "bounce"}
    assert world.account.listed == {"Ann.Lee@example.org": "BOUNCE"}
    assert world.table.lists[ANN].mark == "BOUNCE"


def test_a_repetition_writes_and_calls_nothing() -> None:
    world = World()
    world.take(bounce())
    changes = world.table.changes
    assert world.take(bounce(), bounce()).counts()["synced"] == 0
    assert (world.table.changes, len(world.account.calls)) == (changes, 1)


def test_a_bad_record_fails_alone() -> None:
    world = World()
    outcome = world.take(bounce(timestamp="?"), bounce(), Record(id="x", body="no json"), payloads.opened())
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
    world.take(*THREE[:2], THREE[1])
    assert world.reasons() == {}
    world.take(THREE[2])
    assert world.reasons() == {(ANN, "*"): "soft_bounce"}
    assert world.account.calls == [], "SES's list has no room for what passes"
    world.take(delivered(at(days=-1)))
    assert world.reasons() == {(ANN, "*"): "soft_bounce"}
    world.take(delivered(at(days=3)))
    assert world.reasons() == {}


def test_evidence_that_is_too_old_is_not_kept() -> None:
    world = World()
    world.time.seconds += 60 * 86_400
    world.take(*THREE)
    assert world.table.facts.get(ANN) in (None, {})
    assert world.table.lists == {}


def test_a_delivery_that_comes_between_reading_and_writing() -> None:
    world = World()
    world.table.meanwhile = lambda: world.take(delivered(at(days=3))) and None
    world.take(*THREE)
    assert world.reasons() == {}


def test_a_delivery_that_comes_right_after_writing() -> None:
    world = World()
    world.table.after_change = lambda: world.take(delivered(at(days=3))) and None
    world.take(*THREE)
    assert world.reasons() == {}


def test_two_workers_see_each_others_evidence() -> None:
    world = World()
    world.table.meanwhile = lambda: world.take(*THREE[1:]) and None
    world.take(THREE[0])
    assert world.reasons() == {(ANN, "*"): "soft_bounce"}


def test_a_removal_that_comes_between() -> None:
    world = World()
    world.time.seconds += 60
    world.table.meanwhile = lambda: remove(world)
    world.take(bounce())
    assert world.reasons() == {}
    assert world.account.listed == {}


def remove(world: World, scope: str = "*") -> None:
    suppressions.remove(work(world.table, world.time), "Ann.Lee@Example.org", scope=scope, by="op", note="asked us")


RECORDS = [
    *THREE,
    bounce(),
    bounce("Bob@x.org", timestamp=at(days=5)),
    delivered(at(days=1, hours=1)),
    delivered(at(days=4)),
    delivered(at(days=-1), "bob@x.org"),
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


# SES's list


def many(count: int) -> list[dict[str, Any]]:
    return [bounce(f"P{n}@x.org", feedbackId=f"f{n}") for n in range(count)]


def test_a_wave_is_ours_at_once_and_reaches_ses_at_one_a_second() -> None:
    world = World()
    outcome = world.take(*many(100))
    assert outcome.failed == {}
    assert len(world.reasons()) == 100
    assert (outcome.synced, outcome.deferred) == (3, 97)
    assert all(copy.turn for copy in world.copies.sent)
    while world.copies.sent:
        due = min(world.copies.sent, key=lambda copy: copy.delay)
        world.copies.sent.remove(due)
        world.time.seconds = max(world.time.seconds, (due.turn or 0) - 1)
        assert world.take(Record(id="c", body=due.body, turn=due.turn)).failed == {}
    assert len(world.account.listed) == 100
    gaps = [later - earlier for earlier, later in zip(world.account.calls, world.account.calls[1:], strict=False)]
    assert min(gaps) >= 1 - 1e-6
    assert world.table.changes == 100, "coming back wrote nothing again"


def test_delays_stay_within_what_sqs_takes() -> None:
    world = World()
    world.turns.free_at = world.time.now() + 5000
    world.take(bounce())
    (copy,) = world.copies.sent
    assert (copy.delay, copy.turn) == (900, world.time.now() + 5000)
    world.take(Record(id="c", body=copy.body, turn=copy.turn))
    assert world.copies.sent[1].turn == copy.turn, "it keeps its turn"
    assert world.turns.free_at == world.time.now() + 5001


def test_a_turn_that_has_long_passed_is_gone() -> None:
    world = World()
    world.turns.free_at = world.time.now() + 100
    world.take(bounce())
    (copy,) = world.copies.sent
    world.time.seconds += 500
    world.take(Record(id="c", body=copy.body, turn=copy.turn))
    assert world.account.listed == {"Ann.Lee@example.org": "BOUNCE"}
    assert world.turns.free_at == world.time.now() + 1


def test_ses_throttles_and_nothing_counts_as_failed() -> None:
    world = World()
    world.account.errors = [AccountListBusyError("busy")]
    outcome = world.take(*many(3))
    assert (outcome.failed, outcome.deferred, outcome.synced) == ({}, 3, 0)
    assert len(world.account.calls) == 1, "the others are spared it"
    assert all(5 <= copy.delay <= 30 and copy.turn is None for copy in world.copies.sent)
    assert len(world.reasons()) == 3
    assert world.come_back().failed == {}
    assert len(world.account.listed) == 3


def test_ses_fails_and_the_record_comes_again() -> None:
    world = World()
    world.account.errors = [AccountListError("SES: PutSuppressedDestination: InternalFailure")]
    outcome = world.take(*many(2))
    assert outcome.failed == {"r0": "SES: PutSuppressedDestination: InternalFailure"}
    assert len(world.reasons()) == 2, "our own list is safe"
    assert world.take(many(2)[0]).failed == {}
    assert world.account.listed == {"P0@x.org": "BOUNCE", "P1@x.org": "BOUNCE"}


def test_a_crash_between_our_list_and_ses_is_repaired_by_the_retry() -> None:
    world = World()
    world.account.on_call = crash
    with pytest.raises(RuntimeError):
        world.take(bounce())
    assert world.reasons() == {(ANN, "*"): "bounce"}
    assert world.account.listed == {}
    assert world.take(bounce()).failed == {}
    assert world.account.listed == {"Ann.Lee@example.org": "BOUNCE"}


def crash() -> None:
    raise RuntimeError("the worker is gone")


def test_what_cannot_be_deferred_comes_again() -> None:
    world = World()
    world.turns.free_at = world.time.now() + 100
    world.copies.broken = True
    outcome = world.take(bounce())
    assert outcome.failed == {"r0": "not deferred: InternalError"}
    assert outcome.deferred == 0


def test_no_turn_to_be_had() -> None:
    world = World()
    world.turns.broken = True
    assert world.take(bounce()).failed == {"r0": "no turn"}


def test_a_removal_while_ses_is_called_wins() -> None:
    """The operator takes the address off SES's list before the worker puts it there."""
    world = World()
    world.time.seconds += 60
    world.account.on_call = lambda: remove(world)
    assert world.take(bounce()).deferred == 1
    assert world.account.listed == {"Ann.Lee@example.org": "BOUNCE"}
    world.come_back()
    assert world.account.listed == {}
    assert world.table.lists[ANN].mark == "off"


def test_addresses_come_off_ses_list_one_a_second() -> None:
    world = World()
    world.take(payloads.complaint(timestamp=at(days=1)))
    other = payloads.complaint(
        timestamp=at(days=1, hours=1), complainedRecipients=[{"emailAddress": "ANN.LEE@example.org"}]
    )
    world.take(other)
    world.account.listed["ANN.LEE@example.org"] = "COMPLAINT"
    world.time.seconds += 100
    world.take(payloads.complaint(timestamp=at(days=2), complaintFeedbackType="not-spam"))
    assert world.account.listed == {}
    assert world.account.calls[-1] - world.account.calls[-2] >= 1


def test_a_correction_takes_the_address_off_ses_list() -> None:
    world = World()
    world.take(payloads.complaint(timestamp=at(days=1)))
    assert world.account.listed == {"Ann.Lee@example.org": "COMPLAINT"}
    world.time.seconds += 100
    world.take(payloads.complaint(timestamp=at(days=2), complaintFeedbackType="not-spam"))
    assert world.account.listed == {}
    assert world.reasons() == {}


def test_the_account_list_can_be_left_alone() -> None:
    world = World(sync=False)
    world.take(bounce())
    assert world.account.calls == []


def test_a_record_with_several_recipients_comes_back_for_the_rest() -> None:
    world = World()
    people = [payloads.bounced(f"P{n}@x.org") for n in range(6)]
    outcome = world.take(payloads.bounce(bouncedRecipients=people))
    assert (outcome.synced, outcome.deferred) == (3, 1)
    for _ in range(6):
        if world.copies.sent:
            assert world.come_back().failed == {}
    assert len(world.account.listed) == 6
    assert len(world.account.calls) == 6


# By hand


def test_adding_and_removing_by_hand() -> None:
    world = World()
    mine = work(world.table, world.time)
    known, new = suppressions.add(
        mine, "Ann <Ann.Lee@Example.org>", scope="marketing", reason=Reason.MANUAL, by="op", note="phone"
    )
    assert new
    assert known.current.suppressions["marketing"].as_spelled == "Ann.Lee@Example.org"
    _, new = suppressions.add(mine, ANN, scope="marketing", reason=Reason.MANUAL, by="op")
    assert not new
    world.time.seconds += 5
    known, lifted = suppressions.remove(mine, ANN, scope="marketing", by="op2", note="asked us")
    assert lifted
    assert known.current.suppressions == {}
    trail = [(fact.kind, fact.by, fact.note) for fact in sorted(known.facts, key=lambda fact: fact.time)]
    assert trail == [(FactKind.SUPPRESS, "op", "phone"), (FactKind.REMOVAL, "op2", "asked us")]
    _, lifted = suppressions.remove(mine, ANN, scope="marketing", by="op2")
    assert lifted is None


def test_a_removal_holds_whatever_the_clocks_say() -> None:
    world = World(sync=False)
    world.take(bounce(timestamp=at(days=1)))  # SES's clock is a day ahead of ours
    remove(world)
    assert world.reasons() == {}
    world.take(bounce(timestamp=at(days=1)), bounce(timestamp=at(hours=3)))
    assert world.reasons() == {}
    world.take(bounce(timestamp=at(days=2)))
    assert world.reasons() == {(ANN, "*"): "bounce"}
    suppressions.remove(work(world.table, world.time), ANN, scope="*", by="op")
    suppressions.add(work(world.table, world.time), ANN, scope="*", reason=Reason.MANUAL, by="op")
    assert world.reasons() == {(ANN, "*"): "manual"}


def test_bad_words_by_hand() -> None:
    mine = work(MemoryTable())
    with pytest.raises(ScopeError):
        suppressions.add(mine, ANN, scope="all", reason=Reason.MANUAL, by="op")
    with pytest.raises(ScopeError):
        suppressions.remove(mine, ANN, scope="all", by="op")
    with pytest.raises(AddressError, match="the address is not an e-mail address"):
        suppressions.known(mine, "ann")


def test_a_table_that_fails_is_named() -> None:
    world = World()
    world.table.unwritable = {ANN}
    with pytest.raises(TableError, match="the suppression table: ThrottlingException"):
        suppressions.add(work(world.table), ANN, scope="*", reason=Reason.MANUAL, by="op")


def test_check() -> None:
    world = World(sync=False)
    world.take(bounce(), bounce("b@x.org", bounceType="Transient", bounceSubType="General"))
    optout = payloads.subscription(
        mail={"destination": ["c@x.org"]}, newTopicPreferences=payloads.preferences(everything=True, news="OptOut")
    )
    world.take(optout)

    def check(stream: str, topic: str | None = None, addresses: Sequence[str] = ()) -> dict[str, str | None]:
        found = suppressions.check(
            world.table,
            addresses or ["ANN.Lee@example.org", "B <b@x.org>", "c@x.org", "d@x.org"],
            stream=stream,
            topic=topic,
            now=world.time.now(),
            until=0,
        )
        return {address: line and line.scope for address, line in found.items()}

    assert check("transactional") == {
        "ANN.Lee@example.org": "*",
        "B <b@x.org>": None,
        "c@x.org": None,
        "d@x.org": None,
    }
    assert check("marketing")["c@x.org"] == "marketing"
    assert check("default", "news")["c@x.org"] == "topic:news"
    assert check("marketing", addresses=["x@y.org", "x@y.org"]) == {"x@y.org": None}
    with pytest.raises(AddressError, match=r"addresses\[1\] is not an e-mail address"):
        check("marketing", addresses=["a@b.org", "nobody"])
    with pytest.raises(ScopeError):
        check("newsletter")


def test_more_facts_than_a_transaction_takes() -> None:
    table = MemoryTable()
    facts = [
        Fact(
            recipient=ANN,
            kind=FactKind.SUPPRESS,
            time=at(seconds=n),
            scope=f"topic:{n}",
            reason=Reason.MANUAL,
            as_spelled=ANN,
        )
        for n in range(100)
    ]
    done = suppressions.settle(work(table, policy=Policy()), {ANN: facts})
    assert len(done.known[ANN].current.suppressions) == 100
    assert table.changes == 3
