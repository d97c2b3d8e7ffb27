"""What SES's account-level list should say."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from ses_stack.suppression.account.account_list import OFF, AccountTarget, account_reason_of, account_target, target_of
from ses_stack.suppression.facts import Fact, Reason, Source
from ses_stack.suppression.list_changes import CurrentList, RecipientState
from tests.support.suppression_facts import ANN, at, hard, not_spam, removal


def test_what_ses_should_be_told() -> None:
    first, second = hard(at(), as_spelled="Ann@x.org"), hard(at(days=1), as_spelled="ANN@x.org")

    def target(*facts: Fact, mark: str | None = None) -> tuple[str | None, Sequence[str]] | None:
        found = account_target(facts, mark)
        return found and (found.reason, found.addresses)

    assert target(first, second) == ("BOUNCE", ["ANN@x.org"])
    assert target(first, second, mark="BOUNCE") is None, "once is enough"
    complained = hard(at(days=2), Reason.COMPLAINT, as_spelled="Ann@x.org")
    assert target(first, complained, mark="BOUNCE") == ("COMPLAINT", ["Ann@x.org"])
    assert target(complained, not_spam(at(days=3)), mark="COMPLAINT") == (None, ["Ann@x.org"]), "comes off again"
    assert target(complained, not_spam(at(days=3))) == (None, ["Ann@x.org"]), "SES lists complaints by itself too"
    assert target(complained, not_spam(at(days=3)), mark="off") is None
    assert target(complained, first, not_spam(at(days=3)), mark="COMPLAINT") == ("BOUNCE", ["Ann@x.org"])
    assert target(first, removal(at(days=3)), mark="BOUNCE") == (None, ["Ann@x.org"])
    assert target(first, removal(at(days=3))) is None
    assert target(hard(at(), Reason.MANUAL, source=Source.MANUAL)) is None
    assert target(not_spam(at())) is None


@pytest.mark.parametrize("address", ["änn@x.org", '"ann lee"@x.org', "ann@localhost"])
def test_an_address_that_ses_does_not_send_to_is_left_alone(address: str) -> None:
    bounced = hard(at(), recipient=address, as_spelled=address)
    complained = hard(at(), Reason.COMPLAINT, recipient=address, as_spelled=address)

    assert account_target([bounced], None) is None
    assert account_target([complained, not_spam(at(days=1), address)], None) is None


def test_a_recipients_state_has_the_facts_and_what_ses_list_says() -> None:
    assert target_of(RecipientState(facts=[hard(at())])) == AccountTarget(addresses=[ANN], reason="BOUNCE")
    listed = RecipientState(current=CurrentList(version=2, account_list_state="BOUNCE"), facts=[hard(at())])
    assert target_of(listed) is None


def test_the_state_after_a_target_is_reached() -> None:
    assert AccountTarget(addresses=[ANN], reason="COMPLAINT").state == "COMPLAINT"
    assert AccountTarget(addresses=[ANN], reason=None).state == OFF


@pytest.mark.parametrize("reason", Reason)
def test_ses_knows_two_reasons(reason: Reason) -> None:
    assert account_reason_of(reason) == ("COMPLAINT" if reason is Reason.COMPLAINT else "BOUNCE")
