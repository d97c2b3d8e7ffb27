"""What is written when facts are added."""

from __future__ import annotations

from collections.abc import Sequence

from ses_stack.suppression.facts import Fact, Reason
from ses_stack.suppression.list_changes import CurrentList, ListChange, RecipientState, change_for
from ses_stack.suppression.policy import Policy
from tests.support.suppression_facts import ANN, NOW, at, delivery, hard, removal, soft

DAY = 86_400


def change(new: Sequence[Fact], state: RecipientState | None = None, now: float = NOW) -> ListChange | None:
    return change_for(ANN, state or RecipientState(), new, Policy(), now)


def after(made: ListChange | None) -> RecipientState:
    """The state once a change is written."""
    assert made
    return RecipientState(current=made.after, facts=made.facts)


def test_the_first_change_of_a_recipient() -> None:
    made = change([hard(at())])
    assert made
    assert (made.before.version, made.after.version, made.complete) == (0, 1, True)
    assert list(made.after.suppressions) == ["*"]
    assert made.facts == [hard(at())]


def test_stored_facts_are_not_written_again() -> None:
    state = after(change([hard(at())]))
    assert change([hard(at())], state) is None
    assert change([], state) is None
    made = change([hard(at()), hard(at(days=1))], state)
    assert made
    assert (made.facts, made.after.version) == ([hard(at(days=1))], 2)


def test_a_fact_given_twice_is_written_once() -> None:
    made = change([hard(at()), hard(at())])
    assert made
    assert len(made.facts) == 1


def test_a_list_that_is_out_of_date_is_written_without_new_facts() -> None:
    bounces = [soft(at(days=day)) for day in (0, 1, 2)]
    written = after(change(bounces))
    made = change([], RecipientState(current=written.current, facts=[*bounces, delivery(at(days=3))]))
    assert made
    assert (made.facts, made.after.suppressions) == ([], {})


def test_a_fact_that_may_be_deleted_is_not_added() -> None:
    assert change([soft(at())], now=NOW + 35 * DAY) is None
    assert change([soft(at())], now=NOW + 35 * DAY - 1)


def test_no_more_than_forty_facts_are_added_at_once() -> None:
    facts = [hard(at(seconds=number), Reason.MANUAL, f"topic:{number}") for number in range(41)]
    made = change(facts)
    assert made
    assert (len(made.facts), made.complete) == (40, False)
    rest = change(facts, after(made))
    assert rest
    assert (rest.facts, rest.complete) == (facts[40:], True)


def test_the_rows_may_be_deleted_once_the_last_fact_may_be() -> None:
    bounces = change([soft(at(days=0)), soft(at(days=1))])
    assert bounces
    assert bounces.until == NOW + 36 * DAY
    lasting = change([soft(at()), removal(at())])
    assert lasting
    assert lasting.until is None


def test_the_account_list_state_outlives_a_change() -> None:
    made = change([hard(at())], RecipientState(current=CurrentList(version=3, account_list_state="BOUNCE")))
    assert made
    assert (made.after.version, made.after.account_list_state) == (4, "BOUNCE")


def test_what_rests_on_soft_bounces() -> None:
    assert after(change([soft(at(days=day)) for day in (0, 1, 2)])).current.rests_on_soft_bounces()
    assert not after(change([hard(at())])).current.rests_on_soft_bounces()
    assert not CurrentList().rests_on_soft_bounces()
