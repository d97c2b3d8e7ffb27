"""Write units by table or index and partition key, second by second.

A partition of DynamoDB takes 1,000 write units a second, and all rows with one partition key may be in one partition.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks._template import table_of_template
from ses_stack.history.adapters.rows import size_of

UNIT_BYTES = 1024


@dataclass(frozen=True, slots=True)
class Hottest:
    """The most write units that one partition key of a table or index took in a second."""

    units: float = 0
    key: str = ""


class Units:
    """Adds up write units. Seconds must not go backwards."""

    def __init__(self) -> None:
        self.total: Counter[str] = Counter()
        self._second = 0
        self._units: Counter[tuple[str, str]] = Counter()
        self._hottest: dict[str, Hottest] = {}

    def add(self, second: int, place: str, key: str, units: int) -> None:
        """Adds units of a partition key of a place: a table, or `table/index`."""
        if second != self._second:
            self._close()
            self._second = second
        self._units[place, key] += units
        self.total[place] += units

    def write(
        self, second: int, table: str, row: Mapping[str, Any], *, size: int | None = None, times: int = 1
    ) -> None:
        """Adds a new row: in its table, and in each index that holds it. `size`: its bytes; None: those of the row."""
        shape = table_of_template(table)
        units = units_of(size_of(dict(row)) if size is None else size)
        self.add(second, table, row[shape.partition]["S"], times * units)
        for name, index in shape.indexes.items():
            if index.holds(row):
                projected = 1 if units == 1 else units_of(size_of(index.projected(row)))
                self.add(second, f"{table}/{name}", row[index.partition]["S"], times * projected)

    def hottest(self) -> dict[str, Hottest]:
        """The busiest key of each place."""
        self._close()
        return dict(self._hottest)

    def _close(self) -> None:
        for (place, key), units in self._units.items():
            if units > self._hottest.get(place, Hottest()).units:
                self._hottest[place] = Hottest(units, key)
        self._units.clear()


def units_of(size: int) -> int:
    """The write units of so many bytes."""
    return max(1, -(-size // UNIT_BYTES))
