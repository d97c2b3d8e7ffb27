"""The suppression writer and SES's list, at one call a second."""

from __future__ import annotations

import pytest

from ses_stack.errors import AccountListBusyError, AccountListError
from ses_stack.suppression.records import SuppressionRecord
from tests.support import payloads
from tests.support.suppression_facts import ANN, at
from tests.support.suppression_world import World, bounce, bounces


def test_a_wave_is_ours_at_once_and_reaches_ses_at_one_a_second() -> None:
    world = World()
    outcome = world.take(*bounces(100))
    assert outcome.failed == {}
    assert len(world.reasons()) == 100
    assert (outcome.synced, outcome.deferred) == (3, 97)
    assert all(copy.turn for copy in world.queue.sent)
    while world.queue.sent:
        due = min(world.queue.sent, key=lambda copy: copy.delay)
        world.queue.sent.remove(due)
        world.time.seconds = max(world.time.seconds, (due.turn or 0) - 1)
        assert world.take(SuppressionRecord(id="c", body=due.body, turn=due.turn)).failed == {}
    assert len(world.account.listed) == 100
    gaps = [later - earlier for earlier, later in zip(world.account.calls, world.account.calls[1:], strict=False)]
    assert min(gaps) >= 1 - 1e-6
    assert world.table.changes == 100, "coming back wrote nothing again"


def test_delays_stay_within_what_sqs_takes() -> None:
    world = World()
    world.turns.free_at = world.time.now() + 5000
    world.take(bounce())
    (copy,) = world.queue.sent
    assert (copy.delay, copy.turn) == (900, world.time.now() + 5000)
    world.take(SuppressionRecord(id="c", body=copy.body, turn=copy.turn))
    assert world.queue.sent[1].turn == copy.turn, "it keeps its turn"
    assert world.turns.free_at == world.time.now() + 5001


def test_a_turn_that_has_long_passed_is_gone() -> None:
    world = World()
    world.turns.free_at = world.time.now() + 100
    world.take(bounce())
    (copy,) = world.queue.sent
    world.time.seconds += 500
    world.take(SuppressionRecord(id="c", body=copy.body, turn=copy.turn))
    assert world.account.listed == {"Ann.Lee@example.org": "BOUNCE"}
    assert world.turns.free_at == world.time.now() + 1


def test_ses_throttles_and_nothing_counts_as_failed() -> None:
    world = World()
    world.account.errors = [AccountListBusyError("busy")]
    outcome = world.take(*bounces(3))
    assert (outcome.failed, outcome.deferred, outcome.synced) == ({}, 3, 0)
    assert len(world.account.calls) == 1, "the others are spared it"
    assert all(5 <= copy.delay <= 30 and copy.turn is None for copy in world.queue.sent)
    assert len(world.reasons()) == 3
    assert world.deliver_copies().failed == {}
    assert len(world.account.listed) == 3


def test_ses_fails_and_the_record_comes_again() -> None:
    world = World()
    world.account.errors = [AccountListError("SES: PutSuppressedDestination: InternalFailure")]
    outcome = world.take(*bounces(2))
    assert outcome.failed == {"r0": "SES: PutSuppressedDestination: InternalFailure"}
    assert len(world.reasons()) == 2, "our own list is safe"
    assert world.take(bounces(2)[0]).failed == {}
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
    world.queue.broken = True
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
    world.account.on_call = world.remove
    assert world.take(bounce()).deferred == 1
    assert world.account.listed == {"Ann.Lee@example.org": "BOUNCE"}
    world.deliver_copies()
    assert world.account.listed == {}
    assert world.table.lists[ANN].account_list_state == "off"


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


def test_a_record_with_several_recipients_comes_back_for_the_rest() -> None:
    world = World()
    people = [payloads.bounced(f"P{n}@x.org") for n in range(6)]
    outcome = world.take(payloads.bounce(bouncedRecipients=people))
    assert (outcome.synced, outcome.deferred) == (3, 1)
    for _ in range(6):
        if world.queue.sent:
            assert world.deliver_copies().failed == {}
    assert len(world.account.listed) == 6
    assert len(world.account.calls) == 6
