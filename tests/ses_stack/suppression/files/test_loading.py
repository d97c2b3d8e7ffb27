"""Loading a file's entries into the list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from ses_stack.errors import TableError
from ses_stack.suppression.facts import Fact, Reason, Source
from ses_stack.suppression.files.csv_records import BadLine, BlankLine
from ses_stack.suppression.files.loading import ImportCounts, load
from ses_stack.suppression.files.row_facts import ImportEntry
from ses_stack.suppression.settle import settle
from tests.support.suppression_facts import ANN, at, hard, removal
from tests.support.suppression_fakes import MemoryTable, context_of


def imported(recipient: str = ANN, time: str = at(), scope: str = "*") -> Fact:
    return hard(time, Reason.MANUAL, scope, recipient, source=Source.IMPORT)


class Import:
    """One import, and what it reported."""

    def __init__(self, table: MemoryTable, lines: Sequence[Fact | BadLine | BlankLine]) -> None:
        self.bad: list[BadLine] = []
        self.progress: list[int] = []
        self.deadlines = 0
        self.counts = load(
            context_of(table),
            table,
            [
                line if isinstance(line, BadLine | BlankLine) else ImportEntry(n, line)
                for n, line in enumerate(lines, 1)
            ],
            on_bad=self.bad.append,
            on_progress=lambda counts: self.progress.append(counts.lines),
            deadline=self._deadline,
        )

    def _deadline(self) -> float:
        self.deadlines += 1
        return float("inf")


def test_new_addresses_are_written_without_reading_their_facts() -> None:
    table = MemoryTable()
    found = Import(table, [imported(f"p{number}@x.org") for number in range(50)])
    assert found.counts == ImportCounts(lines=50, added=50)
    assert len(table.all()) == 50
    assert table.readings == 0


def test_loading_a_file_again_changes_nothing() -> None:
    table = MemoryTable()
    facts = [imported(f"p{number}@x.org") for number in range(5)]
    Import(table, facts)
    changes = table.changes
    assert Import(table, facts).counts == ImportCounts(lines=5, already=5)
    assert table.changes == changes


def test_an_address_twice_in_a_file_is_added_once() -> None:
    table = MemoryTable()
    assert Import(table, [imported(), imported(), imported(scope="marketing")]).counts == ImportCounts(
        lines=3, added=2, already=1
    )
    assert table.all().keys() == {(ANN, "*"), (ANN, "marketing")}


def test_an_address_with_facts_is_settled() -> None:
    table = MemoryTable()
    settle(context_of(table), {ANN: [hard(at(), recipient=ANN)]})
    assert Import(table, [imported(scope="marketing")]).counts.added == 1
    assert table.all().keys() == {(ANN, "*"), (ANN, "marketing")}


def test_a_newer_removal_holds() -> None:
    table = MemoryTable()
    Import(table, [imported()])
    settle(context_of(table), {ANN: [removal(at(hours=1))]})
    Import(table, [imported()])
    assert table.all() == {}
    Import(table, [imported(time=at(hours=2))])
    assert table.all().keys() == {(ANN, "*")}


def test_a_recipient_that_another_writer_adds_meanwhile_is_read_again() -> None:
    table = MemoryTable()

    def add_meanwhile() -> None:
        settle(context_of(table), {ANN: [hard(at(), Reason.UNSUBSCRIBE, "marketing")]})

    table.meanwhile = add_meanwhile
    assert Import(table, [imported()]).counts.added == 1
    assert table.all().keys() == {(ANN, "*"), (ANN, "marketing")}


def test_more_facts_of_a_recipient_than_a_transaction_takes() -> None:
    table = MemoryTable()
    assert Import(table, [imported(scope=f"topic:{number}") for number in range(100)]).counts.added == 100
    assert len(table.all()) == 100


def test_an_expired_line_is_counted_and_not_written() -> None:
    table = MemoryTable()
    soft = replace(imported(), reason=Reason.SOFT_BOUNCE, until=at(days=-1))
    assert Import(table, [soft]).counts == ImportCounts(lines=1, expired=1)
    assert table.all() == {}


def test_bad_lines_are_counted_and_reported() -> None:
    bad = BadLine(7, "no address")
    found = Import(MemoryTable(), [imported(), bad])
    assert found.counts == ImportCounts(lines=2, added=1, bad=1)
    assert found.bad == [bad]


def test_blank_lines_are_counted_apart() -> None:
    assert Import(MemoryTable(), [imported(), BlankLine(2)]).counts == ImportCounts(lines=1, added=1, blank=1)


def test_each_step_has_a_deadline_and_reports_progress() -> None:
    found = Import(MemoryTable(), [imported(f"p{number}@x.org") for number in range(1700)])
    assert (found.progress, found.deadlines) == ([800, 1600, 1700], 3)


def test_a_table_that_fails_ends_the_import() -> None:
    table = MemoryTable(unwritable={"p1@x.org"})
    with pytest.raises(TableError, match="the suppression table: ThrottlingException"):
        Import(table, [imported("p1@x.org")])
