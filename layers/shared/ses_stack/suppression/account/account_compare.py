"""The stack's list and SES's account-level list: compared, and brought into agreement."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import batched

from ses_stack.mail.addresses import address_in, address_key
from ses_stack.mail.mailboxes import is_deliverable
from ses_stack.suppression.account.account_list import OFF, AccountListTurns, ListedAddress
from ses_stack.suppression.account.both_lists import BothLists
from ses_stack.suppression.facts import Fact, FactKind, Reason, Source
from ses_stack.suppression.policy import Suppression, derive
from ses_stack.suppression.scopes import EVERYTHING
from ses_stack.suppression.settle import raise_first, settle

_FACTS_PER_STEP = 100
_REASONS = {"BOUNCE": Reason.BOUNCE, "COMPLAINT": Reason.COMPLAINT}
# The note of a fact that was made because SES's list has the address.
FOUND_ON_ACCOUNT_LIST = "found on SES's list"


@dataclass(slots=True)
class AccountListDifference:
    """The addresses that one list has and the other has not, and how many both have.

    `only_here`: only the stack's list. `only_there`: only SES's list. `lifted`: only SES's list, because the
    suppression was lifted here after SES listed the address. `not_addresses`: entries of SES's list that are no
    addresses, and of the stack's list that SES would refuse, or whose key no address has. They are left alone: they
    stop no mail.
    """

    only_here: list[Suppression] = field(default_factory=list)
    only_there: list[Fact] = field(default_factory=list)
    lifted: list[Fact] = field(default_factory=list)
    in_both: int = 0
    not_addresses: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        """How many addresses differ."""
        return len(self.only_here) + len(self.only_there) + len(self.lifted)


def compare(
    lists: BothLists, ours: Iterable[Suppression], theirs: Iterable[ListedAddress], *, by: str
) -> AccountListDifference:
    """Compares the permanent suppressions of all mail with SES's list. Raises `TableError`.

    `by`: the operator's name, for the facts that `apply` adds.
    """
    seen: set[str] = set()
    unknown: list[Fact] = []
    difference = AccountListDifference()
    here: dict[str, Suppression] = {}
    for line in ours:
        if line.scope != EVERYTHING or line.expires_at is not None:
            continue
        if address_key(line.recipient) == line.recipient:
            here[line.recipient] = line
        else:
            difference.not_addresses.append(line.recipient)
    for listed in theirs:
        recipient = address_key(listed.address)
        seen.add(recipient)
        if recipient in here:
            continue
        if address_in(listed.address) is None:
            difference.not_addresses.append(listed.address)
        else:
            unknown.append(_fact(listed, recipient, by))
    missing_there = [line for recipient, line in here.items() if recipient not in seen]
    difference.in_both = len(here) - len(missing_there)
    for line in missing_there:
        if not is_deliverable(line.as_spelled):
            difference.not_addresses.append(line.as_spelled)
        else:
            difference.only_here.append(line)
    for fact, is_lifted in _judged(lists, unknown):
        (difference.lifted if is_lifted else difference.only_there).append(fact)
    return difference


def apply(
    lists: BothLists, difference: AccountListDifference, *, turns: AccountListTurns, on_done: Callable[[], None]
) -> None:
    """Makes both lists say the same, the stack's list first, SES's list at one call a second.

    Calls `on_done` after each address. A run that was stopped can be started again.
    Raises `TableError` or `AccountListError`.
    """
    _add_here(lists, difference.only_there, on_done)
    for line in difference.only_here:
        _wait_for_turn(lists, turns)
        lists.put_on_account_list(line.recipient, line.as_spelled, line.reason)
        on_done()
    for fact in difference.lifted:
        _wait_for_turn(lists, turns)
        lists.account.remove(fact.as_spelled)
        lists.table.set_account_list_state(fact.recipient, OFF, until=lists.deadline())
        on_done()


def _add_here(lists: BothLists, facts: Sequence[Fact], on_done: Callable[[], None]) -> None:
    for step in batched(facts, _FACTS_PER_STEP, strict=False):
        by_recipient: dict[str, list[Fact]] = {}
        for fact in step:
            by_recipient.setdefault(fact.recipient, []).append(fact)
        raise_first(settle(lists.context(), by_recipient).failed)
        for _ in step:
            on_done()


def _wait_for_turn(lists: BothLists, turns: AccountListTurns) -> None:
    lists.sleep(max(0.0, turns.take(1, until=lists.deadline()) - lists.now()))


def _judged(lists: BothLists, unknown: Sequence[Fact]) -> Iterator[tuple[Fact, bool]]:
    """Each fact, and whether something newer lifts it: then SES's list is out of date, not the stack's."""
    for facts in batched(unknown, _FACTS_PER_STEP, strict=False):
        states, failed = lists.table.read({fact.recipient for fact in facts}, until=lists.deadline())
        raise_first(failed)
        for fact in facts:
            line = derive([*states[fact.recipient].facts, fact], lists.policy, lists.now()).get(EVERYTHING)
            yield fact, line is None or line.expires_at is not None


def _fact(listed: ListedAddress, recipient: str, by: str) -> Fact:
    return Fact(
        recipient=recipient,
        kind=FactKind.SUPPRESS,
        time=listed.time,
        reason=_REASONS.get(listed.reason, Reason.BOUNCE),
        source=Source.IMPORT,
        as_spelled=listed.address,
        by=by,
        note=FOUND_ON_ACCOUNT_LIST,
    )
