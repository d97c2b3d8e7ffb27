"""One SES account in memory: which state a message changes, and which a refused one does not."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from ses_stack_cli.local.simulator.errors import ApiError, EmulatorError
from ses_stack_cli.local.simulator.mail.message import Message
from ses_stack_cli.local.simulator.settings import Chaos, Settings
from ses_stack_cli.local.simulator.simulator import Simulator
from tests.support.simulator import NAME, Clock, FakeEmulator


def simulator(emulator: FakeEmulator | None = None, **settings: Any) -> Simulator:
    return Simulator(Settings(**{"max_send_rate": 0, **settings}), emulator or FakeEmulator(), Clock())


def message(*to: str, **fields: Any) -> Message:
    return Message(source="Shop <news@example.com>", to=to, configuration_set=NAME, **fields)


def test_an_accepted_message_is_counted_kept_and_its_events_wait() -> None:
    ses = simulator()
    accepted = asyncio.run(ses.send(message("success@a.org", "success@b.org"), "key"))
    assert (ses.traffic.accepted, ses.traffic.recipients, ses.quota.used) == (1, 2, 2)
    assert list(ses.mailbox) == [accepted]
    assert ses.publisher.pending == 3  # a Send, and a Delivery for each domain


def test_a_refused_message_changes_nothing() -> None:
    ses = simulator(max_24_hour_send=1)
    with pytest.raises(ApiError, match="Daily message quota exceeded"):
        asyncio.run(ses.send(message("a@b.org", "c@b.org"), "key"))
    assert (ses.traffic.accepted, ses.traffic.throttled, ses.publisher.pending) == (0, 1, 0)
    assert not ses.mailbox


def test_an_emulator_that_does_not_answer_is_a_fault_of_ses() -> None:
    class Broken(FakeEmulator):
        async def configuration_set(self, name: str) -> Any:
            raise EmulatorError("the local cloud does not answer")

    with pytest.raises(ApiError, match="does not answer") as raised:
        asyncio.run(simulator(Broken()).send(message("a@b.org"), "key"))
    assert raised.value.status == 500


def test_permissions_are_checked_only_if_iam_is_enforced() -> None:
    assert simulator().permissions is None
    assert simulator(enforce_iam=True).permissions


def test_reset_restores_the_settings() -> None:
    ses = simulator(chaos=Chaos(drop=0.5))
    asyncio.run(ses.send(message("bounce@a.org"), "key"))
    ses.publisher.chaos, ses.account.sending_enabled = Chaos(), False
    ses.reset()
    assert (ses.publisher.chaos.drop, ses.account.sending_enabled, ses.quota.used) == (0.5, True, 0)
    assert (ses.publisher.pending, len(ses.mailbox)) == (0, 0)


def test_a_template_that_does_not_exist() -> None:
    with pytest.raises(ApiError, match=r"Template welcome does not exist\."):
        simulator().template("welcome")
