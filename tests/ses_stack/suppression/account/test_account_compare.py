"""The stack's list and SES's list, compared and made equal."""

from __future__ import annotations

import pytest

from ses_stack.errors import AccountListError, TableError
from ses_stack.suppression.account.account_compare import FOUND_ON_ACCOUNT_LIST, AccountListDifference, apply, compare
from ses_stack.suppression.account.account_list import ListedAddress
from ses_stack.suppression.facts import Fact, Reason, Source
from ses_stack.suppression.settle import settle
from tests.support.suppression_facts import at, hard, removal, soft
from tests.support.suppression_fakes import MemoryAccountList, MemoryTable, MemoryTurns, both_lists, context_of

HERE, THERE, BOTH, GONE = "only@here.org", "only@there.org", "both@x.org", "gone@x.org"


class Stack:
    """A stack's list and SES's list."""

    def __init__(self, *facts: Fact, listed: dict[str, str]) -> None:
        self.table = MemoryTable()
        self.account = MemoryAccountList(listed=dict(listed))
        self.turns = MemoryTurns(self.account.time)
        self.lists = both_lists(self.table, self.account)
        self.listed_at = at()
        by_recipient: dict[str, list[Fact]] = {}
        for fact in facts:
            by_recipient.setdefault(fact.recipient, []).append(fact)
        settle(context_of(self.table), by_recipient)

    def compare(self) -> AccountListDifference:
        listed = [
            ListedAddress(address=address, reason=reason, time=self.listed_at)
            for address, reason in self.account.listed.items()
        ]
        return compare(self.lists, self.table.all().values(), listed, by="op")

    def apply(self) -> int:
        """Makes the lists equal; how many addresses were corrected."""
        done: list[None] = []
        apply(self.lists, self.compare(), turns=self.turns, on_done=lambda: done.append(None))
        return len(done)


def stack() -> Stack:
    return Stack(
        hard(at(), recipient=BOTH),
        hard(at(), Reason.COMPLAINT, recipient=HERE, as_spelled="Only@Here.org"),
        hard(at(), Reason.UNSUBSCRIBE, "marketing", recipient="marketing@x.org"),
        hard(at(days=-1), recipient=GONE),
        removal(at(days=1), recipient=GONE),
        listed={"Both@X.org": "BOUNCE", "Only@There.org": "COMPLAINT", "Gone@x.org": "BOUNCE"},
    )


def test_the_lists_are_compared_both_ways() -> None:
    difference = stack().compare()
    assert (difference.in_both, difference.count) == (1, 3)
    assert [line.as_spelled for line in difference.only_here] == ["Only@Here.org"]
    assert [fact.as_spelled for fact in difference.only_there] == ["Only@There.org"]
    assert [fact.as_spelled for fact in difference.lifted] == ["Gone@x.org"]


def test_a_fact_of_ses_list_says_where_it_comes_from() -> None:
    (fact,) = stack().compare().only_there
    assert (fact.recipient, fact.reason, fact.source) == (THERE, Reason.COMPLAINT, Source.IMPORT)
    assert (fact.time, fact.by, fact.note) == (at(), "op", FOUND_ON_ACCOUNT_LIST)


def test_a_suppression_that_expires_is_not_compared() -> None:
    assert Stack(*(soft(at(days=day)) for day in (0, 1, 2)), listed={}).compare().count == 0


def test_an_address_listed_after_its_removal_is_added_here() -> None:
    both = stack()
    both.listed_at = at(days=2)
    assert {fact.recipient for fact in both.compare().only_there} == {THERE, GONE}


def test_both_lists_say_the_same_afterwards() -> None:
    both = stack()
    assert both.apply() == 3
    assert both.account.listed == {"Both@X.org": "BOUNCE", "Only@There.org": "COMPLAINT", "Only@Here.org": "COMPLAINT"}
    lines = both.table.all()
    assert lines[THERE, "*"].reason is Reason.COMPLAINT
    assert (GONE, "*") not in lines
    assert both.table.lists[HERE].account_list_state == "COMPLAINT"
    assert both.table.lists[GONE].account_list_state == "off"
    difference = both.compare()
    assert (difference.in_both, difference.count) == (3, 0)


def test_ses_gets_one_call_a_second() -> None:
    people = [f"p{number}@x.org" for number in range(5)]
    both = Stack(*(hard(at(), recipient=name) for name in people), listed={})
    both.turns.free_at = both.account.time.now() + 7
    first = both.turns.free_at
    assert both.apply() == 5
    assert both.account.calls == [first + number for number in range(5)]


def test_a_stopped_run_can_be_started_again() -> None:
    both = Stack(*(hard(at(), recipient=f"p{number}@x.org") for number in range(3)), listed={})
    both.account.errors = [AccountListError("SES: PutSuppressedDestination: InternalFailure")]
    with pytest.raises(AccountListError):
        both.apply()
    assert both.apply() == 3
    assert both.compare().count == 0


def test_a_table_that_fails_ends_the_run() -> None:
    both = stack()
    both.table.unreadable = {THERE}
    with pytest.raises(TableError, match="the suppression table: no answer"):
        both.compare()
    both.table.unreadable = set()
    both.table.unwritable = {THERE}
    with pytest.raises(TableError, match="the suppression table: ThrottlingException"):
        both.apply()


def test_one_address_in_two_spellings_is_on_both_lists() -> None:
    both = Stack(hard(at(), recipient="ann@xn--mnchen-3ya.example"), listed={"Ann@xn--mnchen-3ya.example.": "BOUNCE"})
    assert (both.compare().in_both, both.compare().count) == (1, 0)


def test_what_is_no_address_goes_to_neither_list() -> None:
    both = Stack(
        hard(at(), recipient="user", as_spelled="user"),
        hard(at(), recipient="änn@x.org", as_spelled="Änn@x.org"),
        hard(at(), recipient=HERE),
        listed={"undisclosed-recipients:;": "BOUNCE", "Only@There.org": "COMPLAINT"},
    )
    difference = both.compare()
    assert sorted(difference.not_addresses) == ["undisclosed-recipients:;", "user", "Änn@x.org"]
    assert (both.apply(), both.apply()) == (2, 0)
    assert not {"user", "Änn@x.org"} & both.account.listed.keys()
    assert {recipient for recipient, _ in both.table.all()} == {"user", "änn@x.org", HERE, THERE}


def test_a_line_under_a_key_that_no_address_has_is_left_alone() -> None:
    """An earlier version kept the root's dot."""
    both = Stack(hard(at(), recipient=f"{BOTH}."), hard(at(), recipient=BOTH), listed={BOTH: "BOUNCE"})
    difference = both.compare()
    assert (difference.in_both, difference.count, difference.not_addresses) == (1, 0, [f"{BOTH}."])

    alone = Stack(hard(at(), recipient=f"{BOTH}."), listed={BOTH: "BOUNCE"})
    assert alone.apply() == 1
    assert alone.account.listed == {BOTH: "BOUNCE"}
    assert alone.table.all().keys() == {(f"{BOTH}.", "*"), (BOTH, "*")}, "the address has a line that a check finds"
