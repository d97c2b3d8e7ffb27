"""A DynamoDB, moto's, that counts what AWS would charge: write and read units of each table and index, and rows' bytes.

- A write costs a unit for each KB of the row, the larger of before and after; a transaction's write costs twice that.
- A write whose condition fails costs the units of the row that is there, at least one.
- An index costs a write if its entry appears, changes or goes, and two if the entry moves to another key.
- A read costs half a unit for each 4 KB, a consistent one a whole unit; a row that does not exist costs as a small one.
- A row takes its bytes and 100 more in the table, and in each index that it is in.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html#GSI.ThroughputConsiderations
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import boto3

from benchmarks._template import Index, table_of_template
from ses_stack.aws.items import Item
from ses_stack.aws.json_api import Answer
from ses_stack.history.adapters.rows import size_of as size_without_sets
from tests.support.moto_calls import MotoCalls

_WRITE_UNIT, _READ_UNIT = 1024, 4096
ROW_OVERHEAD = 100
RATE_PART = "rate and limits"


class CountingStore(MotoCalls):
    """A fake of `json_api.Calls`. `writes` and `reads` are units by part and table; `part` says on whose account.

    The rows of SendTable that are no requests are a part of their own.
    """

    def __init__(self) -> None:
        self._client: Any = boto3.client("dynamodb")
        super().__init__(self._client)
        self.part = ""
        self.writes: dict[tuple[str, str], float] = defaultdict(float)
        self.reads: dict[tuple[str, str], float] = defaultdict(float)
        self.on_put: Callable[[str, Item], None] = lambda _table, _row: None

    def _carry_out(self, operation: str, body: bytes) -> Answer:
        document = json.loads(body)
        if operation not in _WRITTEN:
            answer = super()._carry_out(operation, body)
            if operation in {"BatchGetItem", "Query"}:
                self._count_read(operation, document, answer)
            return answer
        keys = list(_WRITTEN[operation](document))
        before = [self._row(table, key) for table, key, _ in keys]
        answer = super()._carry_out(operation, body)
        for (table, key, times), old in zip(keys, before, strict=True):
            if answer.error:
                self.writes[self._place(table, key)] += times * max(1, units(old, _WRITE_UNIT))
            else:
                self._count_write(table, old, self._row(table, key), times)
        return answer

    def _row(self, table: str, key: Item) -> Item:
        names = table_of_template(table).keys
        found = self._client.get_item(TableName=table, Key={name: key[name] for name in names}, ConsistentRead=True)
        row: Item = dict(found.get("Item", {}))
        return row

    def _count_write(self, table: str, old: Item, new: Item, times: int) -> None:
        place = self._place(table, new or old)
        self.writes[place] += times * max(units(old, _WRITE_UNIT), units(new, _WRITE_UNIT), 1)
        for index in table_of_template(table).indexes.values():
            self.writes[place] += index_units(index, old, new)
        if new and not old:
            self.on_put(table, new)

    def _place(self, table: str, row: Item) -> tuple[str, str]:
        is_rate = table == "SendTable" and not row["pk"]["S"].startswith("REQ#")
        return (RATE_PART if is_rate else self.part), table

    def _count_read(self, operation: str, document: Mapping[str, Any], answer: Answer) -> None:
        if operation == "Query":
            factor = 1.0 if document.get("ConsistentRead") else 0.5
            read = sum(map(size_of, answer.document.get("Items", ())))
            self.reads[self.part, document["TableName"]] += factor * max(1, -(-read // _READ_UNIT))
            return
        for table, request in document["RequestItems"].items():
            factor = 1.0 if request.get("ConsistentRead") else 0.5
            rows = answer.document.get("Responses", {}).get(table, ())
            missing = len(request["Keys"]) - len(rows)
            count = missing + sum(max(1, units(row, _READ_UNIT)) for row in rows)
            self.reads[self._place(table, request["Keys"][0])] += factor * count


def size_of(row: Item) -> int:
    """The bytes that DynamoDB counts for a row. A set counts as a list of its members."""
    return size_without_sets({name: _without_set(value) for name, value in row.items()})


def _without_set(value: dict[str, Any]) -> dict[str, Any]:
    ((kind, content),) = value.items()
    return {"L": [{kind[0]: each} for each in content]} if kind in {"SS", "NS"} else value


def units(row: Item, size: int) -> int:
    """How many units of `size` bytes a row takes."""
    return -(-size_of(row) // size) if row else 0


def index_units(index: Index, old: Item, new: Item) -> int:
    """The write units of an index, when a row of its table changes."""
    entries = [index.projected(row) if row and index.holds(row) else {} for row in (old, new)]
    before, after = entries
    if before == after:
        return 0
    moved = before and after and any(before[name] != after[name] for name in index.keys)
    if moved:
        return units(before, _WRITE_UNIT) + units(after, _WRITE_UNIT)
    return max(units(before, _WRITE_UNIT), units(after, _WRITE_UNIT))


def _put_requests(document: Mapping[str, Any]) -> Iterator[tuple[str, Item, int]]:
    for table, requests in document["RequestItems"].items():
        yield from ((table, request["PutRequest"]["Item"], 1) for request in requests)


def _actions(document: Mapping[str, Any]) -> Iterator[tuple[str, Item, int]]:
    for action in document["TransactItems"]:
        ((kind, part),) = action.items()
        yield part["TableName"], part["Item"] if kind == "Put" else part["Key"], 2


# The rows that an operation writes: table, row or key, and how many times its price.
_WRITTEN: Mapping[str, Callable[[Mapping[str, Any]], Iterator[tuple[str, Item, int]]]] = {
    "BatchWriteItem": _put_requests,
    "PutItem": lambda document: iter([(document["TableName"], document["Item"], 1)]),
    "UpdateItem": lambda document: iter([(document["TableName"], document["Key"], 1)]),
    "TransactWriteItems": _actions,
}


def stored_bytes(row: Item, indexes: Sequence[Index]) -> tuple[int, int]:
    """The bytes that a row takes in its table, and in its table's indexes."""
    entries = [index.projected(row) for index in indexes if index.holds(row)]
    return size_of(row) + ROW_OVERHEAD, sum(size_of(entry) + ROW_OVERHEAD for entry in entries)
