"""The ledger: a row of SendTable for each send request, which changes only from the state that a worker has seen.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ses_stack.aws.items import Item
from ses_stack.aws.threads import Threads
from ses_stack.errors import TableError
from ses_stack.sending.adapters.further_recipients import further_rows
from ses_stack.sending.adapters.rows import UNSENT_RECIPIENT, ledger_entry_of, ledger_row_of, request_key
from ses_stack.sending.adapters.table import SendTable, Statement
from ses_stack.sending.outcomes.ledger import LedgerChange, LedgerEntry


class LedgerRows:
    """The rows of send requests. Every method raises `TableError`."""

    def __init__(self, table: Callable[[], SendTable], *, retention_days: int, threads: Threads) -> None:
        """`table` gives the thread's own table."""
        self._table = table
        self._retention_days = retention_days
        self._threads = threads

    async def read(self, request_ids: Sequence[str]) -> Mapping[str, LedgerEntry]:
        """The rows that exist, by request id."""
        return await self._threads(self._read, request_ids)

    def _read(self, request_ids: Sequence[str]) -> dict[str, LedgerEntry]:
        rows = self._table().rows(map(request_key, request_ids)).values()
        return {entry.request_id: entry for entry in map(ledger_entry_of, rows)}

    async def write(self, changes: Sequence[LedgerChange]) -> Sequence[bool]:
        """Whether each change was made."""
        return await self._threads(self._write, changes)

    def _write(self, changes: Sequence[LedgerChange]) -> list[bool]:
        self._list_further_recipients(changes)
        return self._table().execute([self._statement(change) for change in changes])

    def _list_further_recipients(self, changes: Sequence[LedgerChange]) -> None:
        """Lists requests under their further recipients, before their own rows say that they are unsent."""
        table = self._table()
        rows = [row for change in changes for row in further_rows(change, retention_days=self._retention_days)]
        if not rows:
            return
        try:
            table.execute([Statement(*_insert(table.name, row), is_made=lambda: True) for row in rows])
        except TableError as error:  # of the changes themselves, none was made
            raise TableError(str(error)) from error

    def _statement(self, change: LedgerChange) -> Statement:
        table, entry = self._table().name, change.entry
        row = ledger_row_of(entry, retention_days=self._retention_days)
        text, parameters = _insert(table, row) if change.expected is None else _update(table, row, change.expected)
        return Statement(text, parameters, is_made=lambda: self._is_there(entry))

    def _is_there(self, entry: LedgerEntry) -> bool:
        """Whether the request's row is the entry."""
        found = self._read([entry.request_id]).get(entry.request_id)
        return found is not None and ledger_row_of(found, retention_days=0) == ledger_row_of(entry, retention_days=0)


def _insert(table: str, row: Item) -> tuple[str, list[Mapping[str, Any]]]:
    fields = ", ".join(f"'{name}': ?" for name in row)
    return f'INSERT INTO "{table}" VALUE {{{fields}}}', list(row.values())


def _update(table: str, row: Item, over: LedgerEntry) -> tuple[str, list[Mapping[str, Any]]]:
    """An update on the condition that the row still has the status and the claim of `over`."""
    changed = {name: value for name, value in row.items() if name != "pk"}
    sets = " ".join(f'SET "{name}"=?' for name in changed)
    # A failed request that an operator redrives is no failure any more. A pause has no end that is known. A request
    # that is sent leaves the index. An address may be left out of one attempt, and not of the next.
    before = ledger_row_of(over, retention_days=0)
    gone = [name for name in ("reason", "until", "suppressed", UNSENT_RECIPIENT) if name in before and name not in row]
    remove = "".join(f' REMOVE "{name}"' for name in gone)
    condition = [row["pk"], {"S": over.status.value}, {"N": str(over.claim)}]
    return (
        f'UPDATE "{table}" {sets}{remove} WHERE "pk"=? AND "status"=? AND "claim"=?',
        [*changed.values(), *condition],
    )
