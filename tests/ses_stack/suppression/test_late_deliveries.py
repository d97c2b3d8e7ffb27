"""Deliveries that reach the history after a soft-bounce suppression was made."""

from __future__ import annotations

from ses_stack.suppression.late_deliveries import ForwardedDeliveries, LateDelivery, forward
from ses_stack.suppression.records import SuppressionCopy
from tests.support.suppression_facts import ANN
from tests.support.suppression_world import THREE_SOFT_BOUNCES, World, bounce

FOR_ANN = LateDelivery(id="1", recipient=ANN, body="ann's")
FOR_BOB = LateDelivery(id="2", recipient="bob@x.org", body="bob's")
UNTIL = float("inf")


def suppressed() -> World:
    """Ann is suppressed for soft bounces, Bob for a bounce."""
    world = World(sync=False)
    world.take(*THREE_SOFT_BOUNCES, bounce("bob@x.org"))
    world.queue.sent.clear()
    return world


def test_only_what_may_lift_a_suppression_is_forwarded() -> None:
    world = suppressed()
    unknown = LateDelivery(id="3", recipient="cy@x.org", body="")
    assert forward([FOR_BOB, unknown, FOR_ANN], table=world.table, queue=world.queue, until=UNTIL).count == 1
    assert world.queue.sent == [SuppressionCopy(record_id="1", body="ann's", delay=0)]


def test_all_are_forwarded_if_the_table_cannot_be_read() -> None:
    world = suppressed()
    world.table.unreadable = {"bob@x.org"}
    assert forward([FOR_ANN, FOR_BOB], table=world.table, queue=world.queue, until=UNTIL) == ForwardedDeliveries(2, {})


def test_what_is_not_forwarded_is_reported() -> None:
    world = suppressed()
    world.queue.broken = True
    found = forward([FOR_ANN, FOR_BOB], table=world.table, queue=world.queue, until=UNTIL)
    assert found == ForwardedDeliveries(0, {"1": "InternalError"})


def test_no_delivery_costs_no_call() -> None:
    world = suppressed()
    world.table.unreadable = {ANN}
    assert forward([], table=world.table, queue=world.queue, until=UNTIL) == ForwardedDeliveries(0, {})
