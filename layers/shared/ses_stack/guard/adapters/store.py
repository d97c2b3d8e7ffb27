"""The send table's rows that the guard reads and writes.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ConditionExpressions.html
"""

from __future__ import annotations

from ses_stack.guard.adapters.rows import GUARD_KEY, memory_in, memory_text
from ses_stack.guard.memory import GuardMemory, GuardRecord
from ses_stack.sending.adapters.rows import (
    KNOWN_KEYS,
    PAUSES_KEY,
    known_of,
    pause_attribute,
    rate_key,
    resumed_name,
    sender_counts_of,
)
from ses_stack.sending.adapters.table import RowUpdate, SendTable, number_values
from ses_stack.sending.limits.rate import SenderCounts
from ses_stack.sending.limits.stream_pauses import StreamPause


class GuardTable:
    """SendTable as the guard uses it. Every method raises `TableError`."""

    def __init__(self, table: SendTable) -> None:
        self._table = table

    def record(self) -> GuardRecord:
        """What all workers know, and what the guard remembers, in one call."""
        rows = self._table.rows((*KNOWN_KEYS, GUARD_KEY))
        return GuardRecord(known_of(rows), memory_in(rows.get(GUARD_KEY, {})))

    def pause(self, pause: StreamPause, *, resumed_at: float | None) -> bool:
        """Pauses a stream, unless it is paused, or an operator resumed it after `resumed_at`; whether it did."""
        resumed = "attribute_not_exists(#resumed)" if resumed_at is None else "#resumed = :resumed"
        updated = self._table.update(
            RowUpdate(
                pk=PAUSES_KEY,
                expression="SET #stream = :pause",
                condition=f"attribute_not_exists(#stream) AND {resumed}",
                names={"#stream": pause.stream, "#resumed": resumed_name(pause.stream)},
                values={":pause": pause_attribute(pause)}
                | ({} if resumed_at is None else number_values(resumed=resumed_at)),
                is_made=lambda row: row.get(pause.stream) == pause_attribute(pause),
            )
        )
        return updated.made

    def holds(self, pause: StreamPause) -> bool:
        """Whether a pause still stands, and no operator is about to end it."""
        known = known_of(self._table.rows([PAUSES_KEY]))
        found = known.pauses.get(pause.stream)
        return found is not None and found.since == pause.since and known.resumed.get(pause.stream, 0.0) < pause.since

    def sender_counts(self, since: int, until: int) -> dict[int, SenderCounts]:
        """What the workers counted in each second from `since` to `until`, that one not included.

        The reads are not consistent, which halves their price: the workers wrote these rows seconds ago.
        """
        keys = {rate_key(second): second for second in range(since, until)}
        rows = self._table.rows(keys, consistent=False)
        return {keys[key]: sender_counts_of(row) for key, row in rows.items()}

    def remember(self, memory: GuardMemory, *, before: GuardMemory) -> bool:
        """Replaces the guard's memory; False if another run has replaced it since it was read."""
        text = memory_text(memory)
        updated = self._table.update(
            RowUpdate(
                pk=GUARD_KEY,
                expression="SET counted_until = :until, memory = :memory",
                condition="attribute_not_exists(counted_until) OR counted_until = :before",
                values={":memory": {"S": text}}
                | number_values(until=memory.counted_until, before=before.counted_until),
                is_made=lambda row: row.get("memory") == {"S": text},
            )
        )
        return updated.made
