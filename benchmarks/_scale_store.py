"""SendTable in memory, as far as the sender's rate and limits use DynamoDB: UpdateItem and BatchGetItem.

Conditions and updates are evaluated as DynamoDB does: an attribute that a row lacks compares as false. A write costs
the units of the larger of the row before and after it; one whose condition fails costs those of the row that is there.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from types import CodeType
from typing import Any

from benchmarks._scale_units import Units, units_of
from ses_stack.aws.items import Item
from ses_stack.aws.json_api import Answer
from ses_stack.history.adapters.rows import size_of

TABLE = "SendTable"
_REFUSED = {"__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException"}
_WORDS = {"AND": "and", "OR": "or", "NOT": "not", "=": "==", "<>": "!="}
_FUNCTIONS = frozenset({"attribute_exists", "attribute_not_exists", "if_not_exists"})
_TOKEN = re.compile(r"\s*(<=|>=|<>|[-+=<>(),]|[#:]?\w+)")
_BETWEEN = re.compile(r"(#?\w+) BETWEEN (:\w+) AND (:\w+)")
_CLAUSE = re.compile(r"\b(SET|ADD|REMOVE)\b")
_ASSIGNMENT = re.compile(r"(#?\w+) = (.+?)(?=, #?\w+ = |$)")


class _Missing:
    """An attribute that a row does not have."""

    def __lt__(self, _: object) -> bool:
        return False

    __le__ = __gt__ = __ge__ = __lt__


_MISSING = _Missing()


class SendStore:
    """A fake of `json_api.Calls`. `now` is the moment at which a call is carried out."""

    def __init__(self, units: Units, now: Callable[[], float]) -> None:
        self._units, self._now = units, now
        self._rows: dict[str, dict[str, Any]] = {}

    def calls(self, operation: str, bodies: Iterable[bytes], *, until: float) -> Iterator[Answer]:  # noqa: ARG002
        for body in bodies:
            document = json.loads(body)
            yield self._update(document) if operation == "UpdateItem" else self._read(document)

    def put(self, key: str, **numbers: float) -> None:
        """Puts a row that costs nothing."""
        self._rows[key] = {"pk": key, **numbers}

    def _read(self, document: Mapping[str, Any]) -> Answer:
        keys = [key["pk"]["S"] for key in document["RequestItems"][TABLE]["Keys"]]
        return Answer(200, {"Responses": {TABLE: [_item(self._rows[key]) for key in keys if key in self._rows]}})

    def _update(self, document: Mapping[str, Any]) -> Answer:
        key = document["Key"]["pk"]["S"]
        row = self._rows.get(key, {})
        names = document.get("ExpressionAttributeNames", {})
        values = {name: _value(value) for name, value in document["ExpressionAttributeValues"].items()}
        condition = document.get("ConditionExpression")
        if condition and not _evaluated(condition, names, row, values):
            self._charge(key, row)
            return Answer(400, _REFUSED | ({"Item": _item(row)} if row else {}))
        new = _updated(row or {"pk": key}, document["UpdateExpression"], names, values)
        self._charge(key, row, new)
        self._rows[key] = new
        return Answer(200, {"Attributes": _item(new)} if "ReturnValues" in document else {})

    def _charge(self, key: str, *rows: Mapping[str, Any]) -> None:
        units = max(units_of(size_of(_item(row))) if row else 1 for row in rows)
        self._units.add(int(self._now()), TABLE, key, units)


def _updated(
    row: Mapping[str, Any], expression: str, names: Mapping[str, str], values: Mapping[str, Any]
) -> dict[str, Any]:
    new = dict(row)
    parts = _CLAUSE.split(expression)[1:]
    for clause, text in zip(parts[::2], parts[1::2], strict=True):
        match clause:
            case "SET":
                for name, value in _ASSIGNMENT.findall(text.strip()):
                    new[names.get(name, name)] = _evaluated(value, names, row, values)
            case "ADD":
                for name, value in (pair.split() for pair in text.split(",")):
                    new[names.get(name, name)] = row.get(names.get(name, name), 0) + values[value]
            case _:
                raise NotImplementedError(clause)
    return new


def _evaluated(expression: str, names: Mapping[str, str], row: Mapping[str, Any], values: Mapping[str, Any]) -> Any:
    code = _compiled(expression, tuple(names.items()))
    scope = {
        "row": row,
        "values": values,
        "missing": _MISSING,
        "if_not_exists": lambda found, other: other if found is _MISSING else found,
        "attribute_exists": lambda found: found is not _MISSING,
        "attribute_not_exists": lambda found: found is _MISSING,
    }
    return eval(code, {"__builtins__": {}}, scope)  # noqa: S307 -- an expression of this repository's own adapters


@cache
def _compiled(expression: str, names: tuple[tuple[str, str], ...]) -> CodeType:
    """An expression of DynamoDB's as one of Python's, over `row` and `values`."""
    by_mark = dict(names)

    def python(token: str) -> str:
        if token in _WORDS or token in _FUNCTIONS or not token[-1].isalnum():
            return _WORDS.get(token, token)
        return f"values[{token!r}]" if token[0] == ":" else f"row.get({by_mark.get(token, token)!r}, missing)"

    plain = _BETWEEN.sub(r"(\1 >= \2 AND \1 <= \3)", expression)
    return compile(" ".join(map(python, _TOKEN.findall(plain))), "expression", "eval")


def _value(value: Mapping[str, Any]) -> Any:
    ((kind, content),) = value.items()
    return float(content) if kind == "N" else content


def _item(row: Mapping[str, Any]) -> Item:
    return {name: {"S": value} if isinstance(value, str) else {"N": f"{value:.15g}"} for name, value in row.items()}
