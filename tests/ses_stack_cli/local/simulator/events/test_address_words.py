"""The words in addresses."""

from __future__ import annotations

import pytest

from ses_stack_cli.local.simulator.events.address_words import (
    WORDS,
    RecipientOutcome,
    is_mailbox_simulator,
    outcome_of_word,
    word_of,
)


@pytest.mark.parametrize(
    "address", ["bounce@outlook.com", "BOUNCE+any.thing@outlook.com", "Ann <Bounce@simulator.amazonses.com>"]
)
def test_the_word_is_the_local_part_up_to_a_plus(address: str) -> None:
    assert word_of(address) == "bounce"
    assert outcome_of_word(address) == RecipientOutcome(delivered=False, bounce=("Permanent", "General"))


def test_an_ordinary_address_has_no_outcome_of_its_own() -> None:
    assert outcome_of_word("anna@outlook.com") is None


def test_an_unknown_word_bounces_at_the_mailbox_simulator() -> None:
    assert outcome_of_word("anna@simulator.amazonses.com") == WORDS["bounce"]
    assert is_mailbox_simulator("anna@Simulator.AmazonSES.com")
    assert not is_mailbox_simulator("simulator.amazonses.com@example.org")


@pytest.mark.parametrize("domain", ["gmail.com", "googlemail.com"])
@pytest.mark.parametrize("word", ["complaint", "not-spam"])
def test_gmail_sends_no_complaints(word: str, domain: str) -> None:
    assert outcome_of_word(f"{word}@{domain}") == RecipientOutcome()
    assert outcome_of_word(f"{word}@yahoo.com") == WORDS[word]


def test_a_late_bounce_is_delivered_first_and_other_bounces_are_not() -> None:
    delivered = {word for word, outcome in WORDS.items() if outcome.bounce and outcome.delivered}
    assert delivered == {"late-bounce", "late-mailbox-full", "late-soft-bounce"}
