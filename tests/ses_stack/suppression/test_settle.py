"""Adding facts while other writers add facts too."""

from __future__ import annotations

import pytest

from ses_stack.errors import TableError
from ses_stack.suppression.facts import Fact, FactKind, Reason
from ses_stack.suppression.settle import raise_first, settle
from tests.support.suppression_facts import ANN, at, delivery, hard, soft
from tests.support.suppression_fakes import MemoryTable, context_of
from tests.support.suppression_world import THREE_SOFT_BOUNCES, World, bounce, delivered, soft_bounce


def test_a_delivery_that_comes_between_reading_and_writing() -> None:
    world = World()
    world.table.meanwhile = lambda: world.take(delivered(at(days=3))) and None
    world.take(*THREE_SOFT_BOUNCES)
    assert world.reasons() == {}


def test_a_delivery_that_comes_right_after_writing() -> None:
    world = World()
    world.table.after_change = lambda: world.take(delivered(at(days=3))) and None
    world.take(*THREE_SOFT_BOUNCES)
    assert world.reasons() == {}


def test_a_delivery_of_the_bounced_message_that_comes_meanwhile() -> None:
    """Dated before the bounce, so only the message tells that the two belong together."""
    bounces = [soft_bounce(f"m{day}", at(days=day), subtype="General") for day in range(3)]
    for hook in ("meanwhile", "after_change"):
        world = World()
        setattr(world.table, hook, lambda world=world: world.take(delivered(at(days=-1), message="m2")) and None)
        world.take(*bounces)
        assert world.reasons() == {}


def test_two_workers_see_each_others_evidence() -> None:
    world = World()
    world.table.meanwhile = lambda: world.take(*THREE_SOFT_BOUNCES[1:]) and None
    world.take(THREE_SOFT_BOUNCES[0])
    assert world.reasons() == {(ANN, "*"): "soft_bounce"}


def test_a_removal_that_comes_between() -> None:
    world = World()
    world.time.seconds += 60
    world.table.meanwhile = world.remove
    world.take(bounce())
    assert world.reasons() == {}
    assert world.account.listed == {}


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
    done = settle(context_of(table), {ANN: facts})
    assert len(done.states[ANN].current.suppressions) == 100
    assert table.changes == 3


def test_a_recipient_that_fails_is_reported_and_the_others_are_written() -> None:
    table = MemoryTable(unwritable={"a@x.org"}, unreadable={"b@x.org"})
    new = {name: [hard(at(), recipient=name)] for name in ("a@x.org", "b@x.org", "c@x.org")}
    settled = settle(context_of(table), new)
    assert settled.failed == {"a@x.org": "ThrottlingException", "b@x.org": "no answer"}
    assert settled.states.keys() == {"c@x.org"}
    assert table.all().keys() == {("c@x.org", "*")}


def test_a_recipient_without_new_facts_has_its_list_derived_again() -> None:
    world = World(sync=False)
    world.take(*THREE_SOFT_BOUNCES)
    newer = delivery(at(days=3))
    world.table.facts[ANN][newer.key] = newer
    settled = settle(context_of(world.table, world.time), {ANN: []})
    assert settled.states[ANN].current.suppressions == {}
    assert world.reasons() == {}


def test_the_first_failure_is_raised() -> None:
    raise_first({})
    with pytest.raises(TableError, match=r"^the suppression table: AccessDeniedException$"):
        raise_first({"a@x.org": "AccessDeniedException", "b@x.org": "no answer"})


def test_without_the_history_only_a_caller_that_settles_again_writes_a_list() -> None:
    table = MemoryTable(history_answers=False)
    facts = {ANN: [soft(at(days=day)) for day in range(3)], "bob@x.org": [hard(at(), recipient="bob@x.org")]}
    settled = settle(context_of(table), facts)
    assert settled.failed == {ANN: "the history's deliveries: no answer"}
    assert table.all().keys() == {("bob@x.org", "*")}, "no other recipient needs the history"
    assert settle(context_of(table, settles_again=True), facts).failed == {}
    assert table.all().keys() == {(ANN, "*"), ("bob@x.org", "*")}


def test_a_removal_needs_no_history() -> None:
    world = World(sync=False)
    world.take(*THREE_SOFT_BOUNCES)
    world.table.history_answers = False
    world.time.seconds += 3 * 86_400
    world.remove()
    assert world.reasons() == {}
