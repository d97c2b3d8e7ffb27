"""The rules' order: the lists, then the word, then chance."""

from __future__ import annotations

import random
from typing import Any

import pytest

from ses_stack_cli.local.simulator.events.address_words import RecipientOutcome
from ses_stack_cli.local.simulator.events.recipient_outcomes import OutcomeRules
from ses_stack_cli.local.simulator.mail.message import Message
from ses_stack_cli.local.simulator.settings import ONLY_DELIVERED, Shares

MESSAGE = Message(source="x@y.org", html="<a href='https://x.org'>x</a>", contact_list="shop")
NEVER = {"hard_bounce": 0.0, "soft_bounce": 0.0, "complaint": 0.0, "delay": 0.0, "opened": 0.0}


def outcome(
    address: str, message: Message = MESSAGE, *, shares: Shares = ONLY_DELIVERED, **rules: Any
) -> RecipientOutcome:
    return OutcomeRules(shares=shares, **rules).outcome(address, message, random.Random(1))


def certain(**shares: float) -> Shares:
    return Shares(**(NEVER | shares))


def test_the_suppression_list_comes_before_everything() -> None:
    lists: Any = {"suppressed": {"click@a.org": "BOUNCE"}, "opted_out": frozenset({"click@a.org"})}
    assert outcome("Click@A.org", **lists).bounce == ("Permanent", "OnAccountSuppressionList")
    found = outcome("click@a.org", suppressed={"click@a.org": "COMPLAINT"})
    assert (found.delivered, found.complaint, found.bounce) == (False, "OnAccountSuppressionList", None)


def test_an_opt_out_comes_before_the_word() -> None:
    found = outcome("click@a.org", opted_out=frozenset({"click@a.org"}))
    assert (found.delivered, found.bounce) == (False, ("Undetermined", "Undetermined"))


def test_the_word_comes_before_chance() -> None:
    assert outcome("success@a.org", shares=certain(hard_bounce=1)) == RecipientOutcome()


@pytest.mark.parametrize(
    ("shares", "expected"),
    [
        ({}, RecipientOutcome()),
        ({"hard_bounce": 1}, RecipientOutcome(delivered=False, bounce=("Permanent", "General"))),
        ({"complaint": 1}, RecipientOutcome(complaint="abuse")),
        ({"delay": 1}, RecipientOutcome(delay="RecipientServerError")),
        ({"opened": 1, "bot": 0, "clicked": 0}, RecipientOutcome(opened=True)),
        (
            {"opened": 1, "bot": 1, "clicked": 1, "unsubscribed": 0},
            RecipientOutcome(opened=True, clicked=True, bot=True),
        ),
        (
            {"opened": 1, "bot": 0, "clicked": 1, "unsubscribed": 1},
            RecipientOutcome(opened=True, clicked=True, subscription="unsubscribe"),
        ),
    ],
)
def test_ordinary_addresses(shares: dict[str, float], expected: RecipientOutcome) -> None:
    assert outcome("anna@a.org", shares=certain(**shares)) == expected


def test_a_soft_bounce_is_transient() -> None:
    bounce = outcome("anna@a.org", shares=certain(soft_bounce=1)).bounce
    assert bounce in (("Transient", "MailboxFull"), ("Transient", "General"))


def test_mail_without_tracking_or_links_is_not_opened_or_clicked() -> None:
    shares = certain(opened=1, clicked=1, bot=0, unsubscribed=1)
    for message in (Message(source="x@y.org", text="x"), Message(source="x@y.org", html="x", track_opens=False)):
        assert outcome("anna@a.org", message, shares=shares) == RecipientOutcome()
    assert outcome("anna@a.org", Message(source="x@y.org", html="x"), shares=shares) == RecipientOutcome(opened=True)


def test_gmail_sends_no_complaint() -> None:
    assert outcome("anna@gmail.com", shares=certain(complaint=1)) == RecipientOutcome()


def test_every_address_draws_the_same_number_of_values() -> None:
    states = set()
    for address in ("anna@a.org", "bounce@a.org", "listed@a.org"):
        rng = random.Random(1)
        OutcomeRules(shares=Shares(), suppressed={"listed@a.org": "BOUNCE"}).outcome(address, MESSAGE, rng)
        states.add(rng.getstate())
    assert len(states) == 1
