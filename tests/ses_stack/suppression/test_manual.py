"""What an operator does by hand, on the stack's list and on SES's list."""

from __future__ import annotations

import pytest

from ses_stack.errors import AccountListError, AddressError, ScopeError, TableError
from ses_stack.suppression.facts import Fact, FactKind, Reason
from ses_stack.suppression.manual import ManualChange, add, add_here, remove, remove_here, state_of
from ses_stack.suppression.settle import settle
from tests.support.suppression_facts import ANN, at, hard, opt_in
from tests.support.suppression_fakes import MemoryAccountList, MemoryTable, Time, both_lists, context_of
from tests.support.suppression_world import World, bounce


def by_operator(scope: str = "*", note: str | None = None, by: str = "op") -> ManualChange:
    return ManualChange(scope=scope, by=by, note=note)


def stored(*facts: Fact) -> MemoryTable:
    """A table with facts."""
    table = MemoryTable()
    by_recipient: dict[str, list[Fact]] = {}
    for fact in facts:
        by_recipient.setdefault(fact.recipient, []).append(fact)
    settle(context_of(table), by_recipient)
    return table


def account_list(**listed: str) -> MemoryAccountList:
    return MemoryAccountList(listed=listed, time=Time())


# The stack's list only


def test_adding_and_removing_by_hand() -> None:
    table, time = MemoryTable(), Time()
    context = context_of(table, time)
    state, is_new = add_here(
        context, "Ann <Ann.Lee@Example.org>", by_operator("marketing", "phone"), reason=Reason.MANUAL
    )
    assert is_new
    assert state.current.suppressions["marketing"].as_spelled == "Ann.Lee@Example.org"
    _, is_new = add_here(context, ANN, by_operator("marketing"), reason=Reason.MANUAL)
    assert not is_new
    time.seconds += 5
    state, lifted = remove_here(context, ANN, by_operator("marketing", "asked us", by="op2"))
    assert lifted
    assert state.current.suppressions == {}
    trail = [(fact.kind, fact.by, fact.note) for fact in sorted(state.facts, key=lambda fact: fact.time)]
    assert trail == [(FactKind.SUPPRESS, "op", "phone"), (FactKind.REMOVAL, "op2", "asked us")]
    _, lifted = remove_here(context, ANN, by_operator("marketing", by="op2"))
    assert lifted is None


def test_a_removal_holds_whatever_the_clocks_say() -> None:
    world = World(sync=False)
    world.take(bounce(timestamp=at(days=1)))  # SES's clock is a day ahead of this machine's
    world.remove()
    assert world.reasons() == {}
    world.take(bounce(timestamp=at(days=1)), bounce(timestamp=at(hours=3)))
    assert world.reasons() == {}
    world.take(bounce(timestamp=at(days=2)))
    assert world.reasons() == {(ANN, "*"): "bounce"}
    world.remove()
    add_here(context_of(world.table, world.time), ANN, by_operator(), reason=Reason.MANUAL)
    assert world.reasons() == {(ANN, "*"): "manual"}


def test_an_invalid_scope_or_address_is_refused() -> None:
    context = context_of(MemoryTable())
    with pytest.raises(ScopeError):
        add_here(context, ANN, by_operator("all"), reason=Reason.MANUAL)
    with pytest.raises(ScopeError):
        remove_here(context, ANN, by_operator("all"))
    with pytest.raises(AddressError, match="the address is not an e-mail address"):
        state_of(context, "ann")


def test_a_table_that_fails_is_named() -> None:
    table = MemoryTable(unwritable={ANN})
    with pytest.raises(TableError, match="the suppression table: ThrottlingException"):
        add_here(context_of(table), ANN, by_operator(), reason=Reason.MANUAL)
    with pytest.raises(TableError, match="the suppression table: no answer"):
        state_of(context_of(MemoryTable(unreadable={ANN})), ANN)


# Both lists


@pytest.mark.parametrize(
    ("reason", "account_reason"),
    [(Reason.MANUAL, "BOUNCE"), (Reason.COMPLAINT, "COMPLAINT"), (Reason.BOUNCE, "BOUNCE")],
)
def test_a_suppression_of_all_mail_is_put_on_both_lists(reason: Reason, account_reason: str) -> None:
    table, account = MemoryTable(), account_list()
    added = add(both_lists(table, account), "Ann.Lee@example.org", by_operator(), reason=reason, sync_account_list=True)
    assert (added.is_new, added.on_account_list, added.error) == (True, True, None)
    assert added.line == table.all()[ANN, "*"]
    assert account.listed == {"Ann.Lee@example.org": account_reason}
    assert table.lists[ANN].account_list_state == account_reason


def test_another_scope_is_not_put_on_ses_list() -> None:
    table, account = MemoryTable(), account_list()
    change = by_operator("marketing")
    added = add(both_lists(table, account), ANN, change, reason=Reason.UNSUBSCRIBE, sync_account_list=True)
    assert added.on_account_list is None
    assert account.calls == []


def test_a_stack_without_sync_leaves_ses_list_alone() -> None:
    account = account_list()
    added = add(both_lists(MemoryTable(), account), ANN, by_operator(), reason=Reason.MANUAL, sync_account_list=False)
    assert (added.is_new, added.on_account_list) == (True, None)
    assert account.calls == []


def test_an_address_that_is_on_our_list_is_put_on_ses_list_again() -> None:
    table, account = MemoryTable(), account_list()
    lists = both_lists(table, account)
    add(lists, ANN, by_operator(), reason=Reason.MANUAL, sync_account_list=True)
    account.listed.clear()
    added = add(lists, ANN, by_operator(), reason=Reason.MANUAL, sync_account_list=True)
    assert (added.is_new, added.on_account_list) == (False, True)
    assert account.listed == {ANN: "BOUNCE"}
    assert len(table.facts[ANN]) == 1


def test_ses_fails_to_add_and_our_list_has_the_address() -> None:
    table, account = MemoryTable(), account_list()
    account.errors = [AccountListError("SES: PutSuppressedDestination: AccessDeniedException")]
    added = add(both_lists(table, account), ANN, by_operator(), reason=Reason.MANUAL, sync_account_list=True)
    assert (added.is_new, added.on_account_list) == (True, False)
    assert added.error == "SES: PutSuppressedDestination: AccessDeniedException"
    assert table.all().keys() == {(ANN, "*")}
    assert table.lists[ANN].account_list_state is None


def test_a_removal_takes_every_known_spelling_off_ses_list() -> None:
    table = stored(
        hard(at(days=-2), as_spelled="Ann.Lee@example.org"), hard(at(days=-1), as_spelled="ANN.LEE@example.org")
    )
    table.set_account_list_state(ANN, "BOUNCE", until=0)
    account = account_list(
        **{"Ann.Lee@example.org": "BOUNCE", "ANN.LEE@example.org": "BOUNCE", "other@x.org": "BOUNCE"}
    )
    removed = remove(both_lists(table, account), "ann.lee@Example.org", by_operator(note="works again"))
    assert removed.is_removed
    assert removed.lifted
    assert removed.lifted.event_time == at(days=-1)
    assert removed.taken_off_account_list == ["ANN.LEE@example.org", "Ann.Lee@example.org"]
    assert account.listed == {"other@x.org": "BOUNCE"}
    assert table.all() == {}
    assert table.lists[ANN].account_list_state == "off"


def test_a_removal_of_one_scope_leaves_the_others() -> None:
    table = stored(hard(at(days=-1)), hard(at(days=-1), Reason.UNSUBSCRIBE, "topic:offers"))
    account = account_list(**{ANN: "BOUNCE"})
    removed = remove(both_lists(table, account), ANN, by_operator("topic:offers"))
    assert (removed.is_removed, removed.remaining, removed.taken_off_account_list) == (True, ["*"], [])
    assert account.calls == []


def test_a_removal_of_an_address_that_only_ses_has_is_recorded() -> None:
    table, account = MemoryTable(), account_list(**{"Ann.Lee@example.org": "BOUNCE"})
    removed = remove(both_lists(table, account), "Ann.Lee@example.org", by_operator())
    assert (removed.lifted, removed.taken_off_account_list) == (None, ["Ann.Lee@example.org"])
    assert [fact.kind for fact in table.state(ANN).facts] == [FactKind.REMOVAL]
    assert table.lists[ANN].account_list_state is None


def test_a_removal_of_an_address_on_neither_list_writes_nothing() -> None:
    table = MemoryTable()
    removed = remove(both_lists(table, account_list()), ANN, by_operator())
    assert not removed.is_removed
    assert table.facts == {}


def test_a_removal_is_recorded_for_an_address_with_facts_that_is_not_suppressed() -> None:
    table = stored(opt_in(at(days=-1)))
    removed = remove(both_lists(table, account_list()), ANN, by_operator("marketing"))
    assert (removed.is_removed, removed.lifted) == (False, None)
    assert {fact.kind for fact in table.state(ANN).facts} == {FactKind.OPT_IN, FactKind.REMOVAL}


def test_ses_fails_to_remove_and_our_list_is_changed() -> None:
    table = stored(hard(at(days=-1)))
    table.set_account_list_state(ANN, "BOUNCE", until=0)
    account = account_list(**{ANN: "BOUNCE"})
    account.errors = [AccountListError("SES: DeleteSuppressedDestination: InternalFailure")]
    removed = remove(both_lists(table, account), ANN, by_operator())
    assert removed.error == "SES: DeleteSuppressedDestination: InternalFailure"
    assert (removed.is_removed, removed.taken_off_account_list) == (True, [])
    assert table.all() == {}
    assert table.lists[ANN].account_list_state == "BOUNCE", "the next removal takes the address off"


def test_the_worker_that_puts_the_address_on_ses_list_meanwhile_takes_it_off() -> None:
    """A removal changes our list first, so the suppression writer sees the removal when it reads again."""
    world = World()
    world.time.seconds += 60
    lists = both_lists(world.table, world.account)

    def removed_meanwhile() -> None:
        remove(lists, "Ann.Lee@example.org", by_operator())

    world.account.on_call = removed_meanwhile
    assert world.take(bounce()).deferred == 1
    world.deliver_copies()
    assert world.account.listed == {}
