"""What is known of a recipient, and what has to be written when more becomes known.

Why writing needs no lock. A change adds facts **and** the list that follows from them in one transaction, on the
condition that nothing else was changed since the facts were read: so whoever reads a version reads every fact that it
rests on, and of two who change the same version, one reads again. Deliveries alone are added outside, because there are
so many:

    a delivery is added, then the list is read:      if it rests on soft bounces, it is derived again
    the list is changed, then deliveries are read:   if it rests on soft bounces, it is derived again

Whichever of the two comes second sees the other's writing, because all reads are consistent. So the list is right once
both are done, and until both are done, their records are still in the queue.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ses_stack.suppression.policy import Fact, FactKind, List, Policy, Reason, derive, expires_at

# A transaction may have 100 actions: what is current, each fact, and each line of the list that a fact may change.
_FACTS_AT_ONCE = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Current:
    """What holds of one recipient. `version` 0: nothing is known. `mark`: what SES's list was last made to say."""

    version: int = 0
    suppressions: List = field(default_factory=dict)
    mark: str | None = None

    def rests_on_evidence(self) -> bool:
        """Whether a delivery could change it."""
        return any(suppression.reason is Reason.SOFT_BOUNCE for suppression in self.suppressions.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is current, and the facts behind it; of deliveries, the newest."""

    current: Current = Current()
    facts: Sequence[Fact] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """New facts, and the list that follows.

    `until`: when all facts may be forgotten; None: never. `complete`: no new fact is left for another change.
    """

    recipient: str
    facts: Sequence[Fact]
    before: Current
    after: Current
    until: int | None
    complete: bool = True


def change_for(recipient: str, known: Known, new: Iterable[Fact], policy: Policy, now: float) -> Change | None:
    """What has to be written, now that new facts are known; None if all of it is written already."""
    there = {fact.key for fact in known.facts}
    fresh = {fact.key: fact for fact in new if fact.key not in there and _matters(fact, policy, now)}
    added = [fresh[key] for key in sorted(fresh)[:_FACTS_AT_ONCE]]
    facts = [*known.facts, *added]
    suppressions = derive(facts, policy, now)
    if not added and suppressions == known.current.suppressions:
        return None
    ends = [expires_at(fact, policy) for fact in facts if fact.kind is not FactKind.DELIVERY]
    lasting = [end for end in ends if end is not None]
    return Change(
        recipient=recipient,
        facts=added,
        before=known.current,
        after=Current(version=known.current.version + 1, suppressions=suppressions, mark=known.current.mark),
        until=max(lasting) if lasting and len(lasting) == len(ends) else None,
        complete=len(added) == len(fresh),
    )


def _matters(fact: Fact, policy: Policy, now: float) -> bool:
    end = expires_at(fact, policy)
    return end is None or end > now
