"""Deliveries that reach the history after a soft-bounce suppression was made."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from ses_stack.suppression.late_deliveries import ForwardedDeliveries, LateDelivery, forward
from ses_stack.suppression.records import SuppressionCopy
from tests.support.suppression_facts import ANN, at
from tests.support.suppression_history import LateHistory
from tests.support.suppression_world import THREE_SOFT_BOUNCES, World, auto_reply, bounce, delivered, soft_bounce

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


GENERAL = [soft_bounce(f"m{day}", at(days=day), subtype="General") for day in range(3)]
SUPPRESSED = {(ANN, "*"): "soft_bounce"}
# What the history has, what the suppression queue has, and the list that follows from both.
STORIES: dict[str, tuple[dict[str, Any], list[dict[str, Any]], dict[tuple[str, str], str]]] = {
    "after all": (delivered(at(days=3)), THREE_SOFT_BOUNCES, {}),
    "between two": (delivered(at(days=1, hours=1)), THREE_SOFT_BOUNCES, {}),
    "before all": (delivered(at(days=-1)), THREE_SOFT_BOUNCES, SUPPRESSED),
    "of a bounced message whose mailbox is full": (
        delivered(at(days=2.1), message="m3"),
        THREE_SOFT_BOUNCES,
        SUPPRESSED,
    ),
    "of a bounced message that was delivered": (delivered(at(days=-0.1), message="m2"), GENERAL, {}),
    "of another recipient": (delivered(at(days=3), "bob@x.org"), THREE_SOFT_BOUNCES, SUPPRESSED),
    "of a message with an auto-reply": (
        delivered(at(days=-2), message="m9"),
        [*THREE_SOFT_BOUNCES, auto_reply("m9", at(days=2.5))],
        SUPPRESSED,
    ),
    "that answers an auto-reply too early": (
        delivered(at(days=2.6), message="m9"),
        [*THREE_SOFT_BOUNCES, auto_reply("m9", at(days=2.5))],
        {},
    ),
}


@pytest.mark.parametrize("story", STORIES)
@pytest.mark.parametrize("stale", [False, True], ids=["current lists", "stale lists"])
def test_every_order_of_the_history_and_the_bounces_ends_in_one_list(story: str, stale: bool) -> None:
    """All orders of: each bounce, the history's write, its index, the projector, and the copies coming back.

    With stale lists, the projector reads them as they were before the writer's last batch. That lasts for a moment, so
    no copies come back before the end. Nor do they with four bounces, which have 1,680 orders without them.
    """
    delivery, bounces, expected = STORIES[story]
    rechecks = [] if stale or len(bounces) > 3 else ["recheck"]
    steps = ["write", "show", "follow", *rechecks, *range(len(bounces))]
    for order in permutations(steps):
        if order.index("write") > min(order.index("show"), order.index("follow")):
            continue
        late = LateHistory()
        for step in order:
            match step:
                case int():
                    late.take(bounces[step])
                case "write":
                    late.write(0, delivery, at_once=False)
                case "show":
                    late.show()
                case "follow":
                    late.follow(0, delivery, stale=stale)
                case _:
                    late.deliver_copies()
        late.finish()
        assert late.world.reasons() == expected, order
