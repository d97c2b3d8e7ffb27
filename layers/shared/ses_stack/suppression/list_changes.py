"""A recipient's current list, and what is written when facts are added.

Writing needs no lock:

- A change writes facts **and** the list that follows from them in one transaction. The transaction's condition is that
  the list still has the version from which the new list was derived. So a reader that sees a version sees every fact
  behind it, and of two writers that change the same version, one fails and reads again.
- Deliveries are too many for that. They are in the history, and few of them ever get here (see `late_deliveries`):

      after a delivery was added, its recipient's list is read: if it rests on soft bounces, it is derived again
      after a list was changed, the deliveries are read:        if it rests on soft bounces, it is derived again

  So the second of two writers sees what the first wrote. Reads of the history may be a moment old, and the history may
  be late or out of order: the writer settles a list that rests on soft bounces once more, some minutes later. A
  delivery never adds a suppression, so no other list needs to be derived again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ses_stack.suppression.facts import Fact, FactKind, Reason
from ses_stack.suppression.policy import Policy, SuppressionsByScope, derive, expires_at

# A transaction may have 100 actions: one for the current list, one per fact, one per line that a fact may change.
_FACTS_PER_CHANGE = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrentList:
    """The current suppressions of one recipient.

    `version` 0: no fact about the recipient is stored. `account_list_state`: what SES's account-level list was last
    made to say of the recipient, see `account_list`; None: it was not changed.
    """

    version: int = 0
    suppressions: SuppressionsByScope = field(default_factory=dict)
    account_list_state: str | None = None

    def rests_on_soft_bounces(self) -> bool:
        """Whether a delivery could change it."""
        return any(suppression.reason is Reason.SOFT_BOUNCE for suppression in self.suppressions.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipientState:
    """A recipient's current list and the facts behind it; of the deliveries, only those that decide about it.

    `history_error`: why the history's deliveries could not be read, if they were needed; else empty.
    """

    current: CurrentList = CurrentList()
    facts: Sequence[Fact] = ()
    history_error: str = ""

    @property
    def is_provisional(self) -> bool:
        """Whether a delivery may be missing."""
        return bool(self.history_error)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListChange:
    """New facts, and the list that follows.

    `until` (epoch seconds): when all of the recipient's facts may be deleted; None: never. `complete`: no new fact is
    left for another change.
    """

    recipient: str
    facts: Sequence[Fact]
    before: CurrentList
    after: CurrentList
    until: int | None
    complete: bool = True


def change_for(
    recipient: str, state: RecipientState, new: Iterable[Fact], policy: Policy, now: float
) -> ListChange | None:
    """What must be written to add facts; None if the table has all of it already. `now` is in epoch seconds."""
    stored = {fact.key for fact in state.facts}
    missing = {fact.key: fact for fact in new if fact.key not in stored and _is_alive(fact, policy, now)}
    added = [missing[key] for key in sorted(missing)[:_FACTS_PER_CHANGE]]
    facts = [*state.facts, *added]
    suppressions = derive(facts, policy, now)
    before = state.current
    if not added and suppressions == before.suppressions:
        return None
    return ListChange(
        recipient=recipient,
        facts=added,
        before=before,
        after=CurrentList(
            version=before.version + 1, suppressions=suppressions, account_list_state=before.account_list_state
        ),
        until=_last_expiry(facts, policy),
        complete=len(added) == len(missing),
    )


def _last_expiry(facts: Iterable[Fact], policy: Policy) -> int | None:
    ends = [expires_at(fact, policy) for fact in facts if fact.kind is not FactKind.DELIVERY]
    known = [end for end in ends if end is not None]
    return max(known) if known and len(known) == len(ends) else None


def _is_alive(fact: Fact, policy: Policy, now: float) -> bool:
    end = expires_at(fact, policy)
    return end is None or end > now
