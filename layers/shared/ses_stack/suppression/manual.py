"""What an operator does by hand: look at an address, suppress it, remove a suppression.

`add_here` and `remove_here` change the stack's list only. `add` and `remove` change SES's account-level list too.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ses_stack.errors import AccountListError
from ses_stack.mail.addresses import address_key, bare, checked_key
from ses_stack.mail.times import epoch_utc_milliseconds, utc_milliseconds
from ses_stack.suppression.account.account_list import OFF
from ses_stack.suppression.account.both_lists import BothLists
from ses_stack.suppression.facts import Fact, FactKind, Reason, Source
from ses_stack.suppression.list_changes import RecipientState
from ses_stack.suppression.policy import Suppression
from ses_stack.suppression.scopes import EVERYTHING, checked_scope
from ses_stack.suppression.settle import SettleContext, raise_first, settle


@dataclass(frozen=True, slots=True, kw_only=True)
class ManualChange:
    """What an operator asks for: the scope, the operator's name, and a remark for the record."""

    scope: str
    by: str
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AddedSuppression:
    """What became of an addition. `is_new` False: the same suppression was there already.

    `on_account_list`: whether SES's list has the address; None: it was not changed. `error`: why it could not be.
    """

    line: Suppression
    is_new: bool
    on_account_list: bool | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovedSuppression:
    """What became of a removal.

    `lifted`: what the stack's list had. `taken_off_account_list`: the spellings that SES's list had.
    `remaining`: what the address is still suppressed from. `error`: why SES's list could not be changed.
    """

    recipient: str
    scope: str
    lifted: Suppression | None = None
    taken_off_account_list: list[str] = field(default_factory=list)
    remaining: list[str] = field(default_factory=list)
    error: str | None = None

    @property
    def is_removed(self) -> bool:
        """Whether one of the two lists had the address."""
        return bool(self.lifted or self.taken_off_account_list)


def state_of(context: SettleContext, address: str) -> RecipientState:
    """The current list and all facts of one address. Raises `AddressError`, `TableError`."""
    recipient = checked_key(address, "the address")
    states, failed = context.table.read([recipient], until=context.until, explain=True)
    raise_first(failed)
    return states[recipient]


def add(
    lists: BothLists, address: str, change: ManualChange, *, reason: Reason, sync_account_list: bool
) -> AddedSuppression:
    """Suppresses an address by hand; a suppression of all mail is put on SES's list too, if the stack syncs it.

    Raises `ScopeError`, `AddressError`, `TableError`. SES's failure is returned: the stack's list is changed then.
    """
    state, is_new = add_here(lists.context(), address, change, reason=reason)
    line = state.current.suppressions[change.scope]
    if change.scope != EVERYTHING or not sync_account_list:
        return AddedSuppression(line=line, is_new=is_new)
    try:
        lists.put_on_account_list(line.recipient, line.as_spelled, line.reason)
    except AccountListError as error:
        return AddedSuppression(line=line, is_new=is_new, on_account_list=False, error=str(error))
    return AddedSuppression(line=line, is_new=is_new, on_account_list=True)


def remove(lists: BothLists, address: str, change: ManualChange) -> RemovedSuppression:
    """Removes a suppression by hand; for all mail, also from SES's list, in every spelling that is known.

    The stack's list is changed first: a suppression writer that is putting the address on SES's list at the same time
    reads it afterwards, and takes the address off again. Raises `ScopeError`, `AddressError`, `TableError`. SES's
    failure is returned.
    """
    context = lists.context()
    before = state_of(context, address)
    lifted = remove_here(context, address, change)[1] if before.facts else None
    taken: list[str] = []
    error = None
    if change.scope == EVERYTHING:
        taken, error = _take_off_account_list(lists, address, before)
        if taken and not before.facts:
            remove_here(context, address, change)
        if before.current.account_list_state and not error:
            lists.table.set_account_list_state(address_key(address), OFF, until=lists.deadline())
    others = before.current.suppressions.values()
    return RemovedSuppression(
        recipient=address_key(address),
        scope=change.scope,
        lifted=lifted,
        taken_off_account_list=taken,
        remaining=[line.scope for line in others if line.active(lists.now()) and line.scope != change.scope],
        error=error,
    )


def add_here(
    context: SettleContext, address: str, change: ManualChange, *, reason: Reason
) -> tuple[RecipientState, bool]:
    """Suppresses an address in the stack's list; returns the new state, and whether the suppression is new.

    Raises `ScopeError`, `AddressError`, `TableError`.
    """
    before = state_of(context, address)
    existing = before.current.suppressions.get(checked_scope(change.scope))
    if existing and (existing.reason, existing.source) == (reason, Source.MANUAL):
        return before, False
    fact = _fact(address, change, FactKind.SUPPRESS, reason, _time(context, before, change.scope))
    return _settled(context, fact), True


def remove_here(
    context: SettleContext, address: str, change: ManualChange
) -> tuple[RecipientState, Suppression | None]:
    """Removes a suppression from the stack's list and records that; returns the new state, and what was removed.

    The removal is newer than all facts that are stored when it is made, whatever clock they come from.
    Raises `ScopeError`, `AddressError`, `TableError`.
    """
    before = state_of(context, address)
    existing = before.current.suppressions.get(checked_scope(change.scope))
    fact = _fact(address, change, FactKind.REMOVAL, None, _time(context, before, change.scope))
    return _settled(context, fact), existing if existing and existing.active(context.now()) else None


def _take_off_account_list(lists: BothLists, address: str, before: RecipientState) -> tuple[list[str], str | None]:
    """The spellings that SES's list had, and why they could not be removed."""
    spellings = {fact.as_spelled for fact in before.facts} | {bare(address), address_key(address)}
    try:
        return [spelling for spelling in sorted(spellings) if lists.account.remove(spelling)], None
    except AccountListError as error:
        return [], str(error)


def _fact(address: str, change: ManualChange, kind: FactKind, reason: Reason | None, time: str) -> Fact:
    return Fact(
        recipient=address_key(address),
        kind=kind,
        time=time,
        scope=change.scope,
        reason=reason,
        source=Source.MANUAL,
        as_spelled=bare(address),
        by=change.by,
        note=change.note,
    )


def _settled(context: SettleContext, fact: Fact) -> RecipientState:
    settled = settle(context, {fact.recipient: [fact]})
    raise_first(settled.failed)
    return settled.states[fact.recipient]


def _time(context: SettleContext, before: RecipientState, scope: str) -> str:
    """The present, or just after the newest stored fact: SES's clock and this machine's may differ."""
    newest = max((fact.time for fact in before.facts if fact.scope == scope), default="")
    now = epoch_utc_milliseconds(context.now())
    return now if now > newest else utc_milliseconds(datetime.fromisoformat(newest) + timedelta(milliseconds=1))
