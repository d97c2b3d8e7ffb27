"""Loading a file's entries into the suppression list. Loading a file again changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import batched
from typing import Protocol

from ses_stack.mail.times import epoch_seconds
from ses_stack.suppression.facts import Fact
from ses_stack.suppression.files.csv_records import BadLine, BlankLine
from ses_stack.suppression.files.row_facts import ImportEntry
from ses_stack.suppression.list_changes import CurrentList, ListChange, RecipientState, change_for
from ses_stack.suppression.settle import ListTable, SettleContext, raise_first, settle

_ENTRIES_PER_STEP = 800

type _FactsByRecipient = Mapping[str, Mapping[str, Fact]]


@dataclass(slots=True)
class ImportCounts:
    """What became of a file: `lines` counts all but blank lines and the header, the others count entries.

    `blank`: lines without content.
    """

    lines: int = 0
    added: int = 0
    already: int = 0
    expired: int = 0
    bad: int = 0
    blank: int = 0


class ImportTable(ListTable, Protocol):
    """A table that also reports which facts it has."""

    def stored(self, facts: Iterable[Fact], *, until: float) -> tuple[Mapping[str, CurrentList], set[tuple[str, str]]]:
        """The current lists of the facts' recipients, and (recipient, key) of the facts that are stored.

        Raises `TableError`.
        """


def load(
    context: SettleContext,
    table: ImportTable,
    lines: Iterable[ImportEntry | BadLine | BlankLine],
    *,
    on_bad: Callable[[BadLine], None],
    on_progress: Callable[[ImportCounts], None],
    deadline: Callable[[], float],
) -> ImportCounts:
    """Loads entries in steps of some hundreds, and counts. A load that was stopped can be started again.

    `deadline` returns the `until` of the next step. Raises `TableError`.
    """
    counts = ImportCounts()
    for step in batched(_good(lines, counts, on_bad), _ENTRIES_PER_STEP, strict=False):
        _load_step(replace(context, until=deadline()), table, [entry.fact for entry in step], counts)
        on_progress(counts)
    return counts


def _good(
    lines: Iterable[ImportEntry | BadLine | BlankLine], counts: ImportCounts, on_bad: Callable[[BadLine], None]
) -> Iterator[ImportEntry]:
    for line in lines:
        if isinstance(line, BlankLine):
            counts.blank += 1
            continue
        counts.lines += 1
        if isinstance(line, BadLine):
            counts.bad += 1
            on_bad(line)
        else:
            yield line


def _load_step(context: SettleContext, table: ImportTable, facts: list[Fact], counts: ImportCounts) -> None:
    """Adds the facts. Most recipients have no facts yet: for these, no facts are read before the change is written."""
    current, stored = table.stored(facts, until=context.until)
    now = context.now()
    new = _new_facts(facts, stored, now, counts)
    first_changes: list[ListChange] = []
    others: dict[str, list[Fact]] = {}
    for recipient, by_key in new.items():
        change = None
        if recipient not in current:
            change = change_for(recipient, RecipientState(), by_key.values(), context.policy, now)
        if change and change.complete:
            first_changes.append(change)
        else:
            others[recipient] = list(by_key.values())
    conflicts, failed = table.change(first_changes, until=context.until)
    others |= {recipient: list(new[recipient].values()) for recipient in conflicts}
    raise_first({**failed, **settle(context, others).failed} if others else failed)


def _new_facts(
    facts: Iterable[Fact], stored: set[tuple[str, str]], now: float, counts: ImportCounts
) -> _FactsByRecipient:
    """The facts that must be added, by recipient and key."""
    new: dict[str, dict[str, Fact]] = {}
    for fact in facts:
        if fact.until and epoch_seconds(fact.until) <= now:
            counts.expired += 1
        elif (fact.recipient, fact.key) in stored or fact.key in new.get(fact.recipient, ()):
            counts.already += 1
        else:
            new.setdefault(fact.recipient, {})[fact.key] = fact
            counts.added += 1
    return new
