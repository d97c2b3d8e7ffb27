"""The account, as GetAccount answers it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.simulator import World


def test_the_account_at_the_start(world: World) -> None:
    account = world.ses.get_account()
    assert (account["SendingEnabled"], account["EnforcementStatus"], account["ProductionAccessEnabled"]) == (
        True,
        "HEALTHY",
        True,
    )
    assert account["SendQuota"] == {"Max24HourSend": 50_000.0, "MaxSendRate": 0.0, "SentLast24Hours": 0.0}
    assert account["SuppressionAttributes"]["SuppressedReasons"] == ["BOUNCE", "COMPLAINT"]


def test_a_suspended_account_does_not_send(world: World) -> None:
    world.simulator.account.enforcement = "SHUTDOWN"
    account = world.ses.get_account()
    assert (account["SendingEnabled"], account["EnforcementStatus"]) == (False, "SHUTDOWN")


def test_pausing_and_resuming(world: World) -> None:
    world.ses.put_account_sending_attributes(SendingEnabled=False)
    assert not world.simulator.account.sending_enabled
    world.ses.put_account_sending_attributes(SendingEnabled=True)
    assert world.send("a@b.org")


def test_reasons_for_suppression(world: World) -> None:
    world.ses.put_account_suppression_attributes(SuppressedReasons=[])
    assert world.simulator.suppression.reasons == frozenset()


def test_an_account_in_the_sandbox(world: World) -> None:
    world.simulator.settings = replace(world.simulator.settings, sandbox=True, verified=frozenset({"example.com"}))
    world.simulator.reset()
    assert world.ses.get_account()["ProductionAccessEnabled"] is False
    assert world.send("ann@example.com")
    with pytest.raises(world.ses.exceptions.MessageRejected, match=r"in region US-EAST-1: ann@b\.org"):
        world.send("ann@b.org")
