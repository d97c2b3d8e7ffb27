"""The one way in which the suppression list is changed: add facts, derive the lists, write both.

The suppression writer, an operator's commands, a file import and the comparison with SES's list all use it.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from ses_stack.errors import TableError
from ses_stack.suppression.check import CurrentLists
from ses_stack.suppression.facts import Fact
from ses_stack.suppression.list_changes import ListChange, RecipientState, change_for
from ses_stack.suppression.policy import Policy

type FactsByRecipient = Mapping[str, Sequence[Fact]]

NO_FACTS: FactsByRecipient = {}
# Two writers that change the same recipient pause for different times, so that they do not fail together again.
_LONGEST_CONFLICT_PAUSE_SECONDS = 0.1


class ListTable(CurrentLists, Protocol):
    """A table of facts and lists. `until` is a `time.monotonic()`: work that is not done by then is reported."""

    def read(
        self,
        recipients: Iterable[str],
        *,
        until: float,
        new_facts: FactsByRecipient = NO_FACTS,
        explain: bool = False,
    ) -> tuple[Mapping[str, RecipientState], Mapping[str, str]]:
        """The recipients' states, and the recipients that could not be read, with the reason.

        A state has the deliveries that decide about the recipient's list once `new_facts` are added. `explain`: also
        those that decide about soft bounces which are too few to suppress.
        """

    def change(self, changes: Iterable[ListChange], *, until: float) -> tuple[set[str], Mapping[str, str]]:
        """Makes each change as a whole.

        Returns the recipients that another writer changed meanwhile, and those that failed, with the reason.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class SettleContext:
    """What `settle` needs besides facts. `until` (a `time.monotonic()`): when it gives up. `now`: epoch seconds.

    `settles_again`: the caller settles a provisional state again later. Without that, a recipient fails whose
    deliveries the history does not give: a suppression that they forbid would stay.
    """

    table: ListTable
    policy: Policy
    until: float
    settles_again: bool = False
    now: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep


@dataclass(slots=True)
class SettledLists:
    """The states of recipients whose lists are up to date, and the reasons of those that failed."""

    states: dict[str, RecipientState] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)


def settle(context: SettleContext, new_facts: FactsByRecipient) -> SettledLists:
    """Adds facts by recipient, and writes the lists that follow, until a reading shows nothing left to write.

    A recipient without new facts has its list derived again. Facts that the table has are not written again.
    """
    settled = SettledLists()
    pending = dict(new_facts)
    while pending:
        pending = _one_round(context, pending, settled)
    return settled


def raise_first(failed: Mapping[Any, str]) -> None:
    """Raises `TableError` with the first of the reasons, if there is one."""
    if failed:
        raise TableError(f"the suppression table: {next(iter(failed.values()))}")


def _one_round(context: SettleContext, pending: FactsByRecipient, settled: SettledLists) -> dict[str, Sequence[Fact]]:
    """Reads, derives and writes once; returns the recipients that must be read again, with their new facts."""
    states, unread = _read(context, pending)
    settled.failed |= unread
    changes: dict[str, ListChange] = {}
    for recipient, state in states.items():
        if change := change_for(recipient, state, pending[recipient], context.policy, context.now()):
            changes[recipient] = change
        else:
            settled.states[recipient] = state
    conflicts, failed = context.table.change(changes.values(), until=context.until)
    settled.failed |= failed
    again: dict[str, Sequence[Fact]] = {}
    for recipient, change in changes.items():
        if recipient in failed:
            continue
        if recipient in conflicts or _needs_another_reading(change):
            again[recipient] = pending[recipient]
        else:
            facts = [*states[recipient].facts, *change.facts]
            settled.states[recipient] = replace(states[recipient], current=change.after, facts=facts)
    if conflicts:
        context.sleep(random.uniform(0, _LONGEST_CONFLICT_PAUSE_SECONDS))
    return again


def _read(context: SettleContext, pending: FactsByRecipient) -> tuple[dict[str, RecipientState], dict[str, str]]:
    """The states from which lists may be derived, and the recipients that have none, with the reason."""
    states, unread = context.table.read(pending, until=context.until, new_facts=pending)
    usable = {name: state for name, state in states.items() if context.settles_again or not state.is_provisional}
    provisional = {
        name: f"the history's deliveries: {state.history_error}" for name, state in states.items() if name not in usable
    }
    return usable, {**unread, **provisional}


def _needs_another_reading(change: ListChange) -> bool:
    """Facts are left; or the list rests on soft bounces, and a delivery was perhaps added before it was written."""
    return not change.complete or change.after.rests_on_soft_bounces()
