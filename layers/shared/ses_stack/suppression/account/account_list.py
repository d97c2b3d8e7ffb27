"""SES's account-level suppression list: what it should contain, and how it is reached.

SES drops mail to every address on that list. It knows two reasons, BOUNCE and COMPLAINT, and knows an address only in
the case in which it was added. https://docs.aws.amazon.com/ses/latest/dg/sending-email-suppression-list.html
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from ses_stack.mail.mailboxes import is_deliverable
from ses_stack.suppression.facts import ON_ACCOUNT_LIST, Fact, FactKind, Reason, Source
from ses_stack.suppression.list_changes import RecipientState
from ses_stack.suppression.policy import holding
from ses_stack.suppression.scopes import EVERYTHING
from ses_stack.suppression.settle import ListTable

# The account-list state of a recipient whose addresses were taken off SES's list. Other states are SES's two reasons.
OFF = "off"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedAddress:
    """One address on SES's list, in its case. `time`: ISO-8601 in UTC with milliseconds."""

    address: str
    reason: str
    time: str


class AccountList(Protocol):
    """SES's list. Its calls raise `AccountListError`, and `AccountListBusyError` if SES throttles."""

    def put(self, address: str, reason: str) -> None:
        """Adds an address in its case. Adding it again changes nothing."""

    def remove(self, address: str) -> bool:
        """Removes an address in its case; returns whether it was there."""


class AccountListTurns(Protocol):
    """Turns to call SES's list: one a second over all workers, which is what SES grants."""

    def take(self, count: int, *, until: float) -> float:
        """The first of `count` turns in a row, in epoch seconds. Raises `TableError`."""


class AccountStateTable(ListTable, Protocol):
    """A table that also remembers what SES's list was made to say of a recipient."""

    def set_account_list_state(self, recipient: str, state: str, *, until: float) -> None:
        """Stores `BOUNCE`, `COMPLAINT` or `off` (`OFF`). Raises `TableError`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountTarget:
    """What SES's list should say of a recipient. `reason` None: the addresses should not be on it."""

    addresses: Sequence[str]
    reason: str | None

    @property
    def state(self) -> str:
        """The recipient's account-list state, once SES's list says so."""
        return self.reason or OFF


def account_reason_of(reason: Reason) -> str:
    """SES's reason for ours."""
    return "COMPLAINT" if reason is Reason.COMPLAINT else "BOUNCE"


def target_of(state: RecipientState) -> AccountTarget | None:
    """How SES's list should be changed for a recipient; None: not at all."""
    return account_target(state.facts, state.current.account_list_state)


def account_target(facts: Iterable[Fact], state: str | None) -> AccountTarget | None:
    """How SES's list should be changed because of events; None: not at all.

    `state` is what it was last made to say. SES lists by itself what it reports as OnAccountSuppressionList. An address
    whose suppression was corrected must come off SES's list too: else SES would go on dropping its mail. An address
    that SES does not send to is left alone: SES would refuse the call each time.
    """
    facts = list(facts)
    holds = [fact for fact in holding(facts) if fact.scope == EVERYTHING and not fact.until]
    if belonging := [fact for fact in holds if _belongs_on_account_list(fact)]:
        target = _target_to_add(belonging)
        return None if state == target.state else target
    lifted = [fact for fact in facts if _belongs_on_account_list(fact)]
    corrected = any(fact.kind is FactKind.NOT_SPAM for fact in facts) and lifted
    if holds or state == OFF or not (state or corrected):
        return None
    spellings = sorted({fact.as_spelled for fact in lifted} or {fact.as_spelled for fact in facts})
    return AccountTarget(addresses=spellings, reason=None)


def _target_to_add(belonging: Sequence[Fact]) -> AccountTarget:
    complained = any(fact.reason is Reason.COMPLAINT for fact in belonging)
    newest = max(belonging, key=lambda fact: (fact.time, fact.key))
    return AccountTarget(addresses=[newest.as_spelled], reason="COMPLAINT" if complained else "BOUNCE")


def _belongs_on_account_list(fact: Fact) -> bool:
    return (
        fact.kind is FactKind.SUPPRESS
        and fact.scope == EVERYTHING
        and fact.source is Source.EVENT
        and fact.subtype != ON_ACCOUNT_LIST
        and is_deliverable(fact.as_spelled)
    )
