"""StatisticsTable in memory, as far as the writer and the reader use DynamoDB. It counts write units, and can fail.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from ses_stack.aws.items import Item
from ses_stack.aws.json_api import Answer
from ses_stack.history.adapters.rows import size_of

_UNIT = 1024
_ASSIGNMENT = re.compile(r"(#?\w+) = (:\w+)")
_ADDITION = re.compile(r"(#\w+) (:\w+)")

type _Key = tuple[str, str]


class StatisticsStore:
    """A fake of `json_api.Calls`. `around` is called at the start and the end of each call: it may raise.

    `units` are the write units of each partition key, `made` the number of calls.
    """

    def __init__(self) -> None:
        self.rows: dict[_Key, Item] = {}
        self.units = Counter[str]()
        self.made = 0
        self.around: Callable[[], None] = lambda: None

    def calls(self, operation: str, bodies: Iterable[bytes], *, until: float) -> Iterator[Answer | None]:  # noqa: ARG002
        for body in bodies:
            self.made += 1
            self.around()
            answer = getattr(self, f"_{operation}")(json.loads(body))
            self.around()
            yield answer

    def byte_days(self, keys: Iterable[tuple[str, str]], *, now: float) -> float:
        """The bytes that rows take, 100 more for each, times the days until they expire; a year without expiry."""
        rows = [self.rows[key] for key in keys]
        ends = [float(row["expires_at"]["N"]) if "expires_at" in row else now + 365 * 86_400 for row in rows]
        return sum((_bytes(row) + 100) * max(0.0, end - now) / 86_400 for row, end in zip(rows, ends, strict=True))

    def _GetItem(self, request: Mapping[str, Any]) -> Answer:  # noqa: N802
        row = self.rows.get(_key_of(request["Key"]))
        return Answer(200, {"Item": row} if row else {})

    def _Query(self, request: Mapping[str, Any]) -> Answer:  # noqa: N802
        values = {name: value["S"] for name, value in request["ExpressionAttributeValues"].items()}
        first, last = values.get(":first", ""), values.get(":last", "~")
        found = [row for (pk, sk), row in sorted(self.rows.items()) if pk == values[":pk"] and first <= sk <= last]
        return Answer(200, {"Items": found})

    def _UpdateItem(self, update: Mapping[str, Any]) -> Answer:  # noqa: N802
        if not self._holds(update):
            self._charge(update, 1)
            old = self.rows.get(_key_of(update["Key"]), {})
            return Answer(400, {"__type": "com.amazonaws#ConditionalCheckFailedException", "Item": old})
        self._update(update, 1)
        return Answer(200, {})

    def _TransactWriteItems(self, request: Mapping[str, Any]) -> Answer:  # noqa: N802
        updates = [action["Update"] for action in request["TransactItems"]]
        if len(updates) > 100 or len({_key_of(update["Key"]) for update in updates}) < len(updates):
            return Answer(400, {"__type": "com.amazonaws#ValidationException"})
        if all(map(self._holds, updates)):
            for update in updates:
                self._update(update, 2)
            return Answer(200, {})
        for update in updates:
            self._charge(update, 2)
        reasons = [
            {"Code": "None"}
            if self._holds(update)
            else {"Code": "ConditionalCheckFailed", "Item": self.rows.get(_key_of(update["Key"]), {})}
            for update in updates
        ]
        return Answer(400, {"__type": "com.amazonaws#TransactionCanceledException", "CancellationReasons": reasons})

    def _holds(self, update: Mapping[str, Any]) -> bool:
        condition = update.get("ConditionExpression", "")
        row = self.rows.get(_key_of(update["Key"]), {})
        if "attribute_not_exists" in condition:
            return not row
        if "size(#names)" in condition:
            count = update["ExpressionAttributeValues"][":count"]["N"]
            return len(row.get("names", {}).get("SS", ())) == int(count)
        return not condition or row.get("version") == update["ExpressionAttributeValues"][":before"]

    def _update(self, update: Mapping[str, Any], factor: int) -> None:
        names = update.get("ExpressionAttributeNames", {})
        values = update["ExpressionAttributeValues"]
        row = {**self.rows.get(_key_of(update["Key"]), update["Key"])}
        assigned, _, added = update["UpdateExpression"].partition(" ADD ")
        for name, value in _ASSIGNMENT.findall(assigned):
            row[names.get(name, name)] = values[value]
        if "REMOVE" in assigned:
            row.pop("expires_at", None)
        for name, value in _ADDITION.findall(added):
            row[names[name]] = _sum(row.get(names[name]), values[value])
        self._charge(update, factor, row)
        self.rows[_key_of(update["Key"])] = row

    def _charge(self, update: Mapping[str, Any], factor: int, new: Item | None = None) -> None:
        """A write costs the larger of the row before and after; a failed one costs the row that is there."""
        old = self.rows.get(_key_of(update["Key"]), {})
        self.units[update["Key"]["pk"]["S"]] += factor * max(1, _units(old), _units(new or {}))


def _units(row: Item) -> int:
    """The units of a row."""
    return -(-_bytes(row) // _UNIT) if row else 0


def _bytes(row: Item) -> int:
    """The bytes of a row. A Binary value is Base64 here, a third longer than what DynamoDB stores."""
    packed = len(row["counts"]["B"]) if "counts" in row else 0
    names = row.get("names", {}).get("SS", ())
    plain = size_of({name: value for name, value in row.items() if name != "names"})
    return plain - packed // 4 + sum(map(len, names))


def _sum(old: Mapping[str, Any] | None, new: dict[str, Any]) -> dict[str, Any]:
    if old is None:
        return new
    if "SS" in new:
        return {"SS": sorted({*old["SS"], *new["SS"]})}
    return {"N": str(int(old["N"]) + int(new["N"]))}


def _key_of(key: Item) -> _Key:
    return key["pk"]["S"], key["sk"]["S"]
