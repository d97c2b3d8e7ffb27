"""Calls to SendTable, repeated while DynamoDB's errors pass by themselves.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchExecuteStatement.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import batched
from typing import Any

from ses_stack.aws.items import Item
from ses_stack.aws.json_api import Answer, Calls
from ses_stack.aws.retry import NO_ANSWER, Attempt, Retrying, is_transient, may_be_carried_out
from ses_stack.errors import PartialWriteError, TableError

KEYS_PER_CALL = 100
STATEMENTS_PER_CALL = 25
# A worker that holds slots of the rate cannot wait long: after four short attempts it defers the mail.
RETRYING = Retrying(max_attempts=4, attempt_seconds=3.0, first_pause_seconds=0.1)
# The codes without "Exception" are those of a single statement.
_CONDITION_FAILED = frozenset({"ConditionalCheckFailed", "ConditionalCheckFailedException", "DuplicateItem"})
_NO_ANSWER_CODE = "no answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class RowUpdate:
    """An UpdateItem of one row. `expression` and `condition` are DynamoDB's, `values` are in its wire form.

    A call without an answer may have been carried out. `is_made` is asked when the call was repeated and its condition
    failed: whether the row that is there is what the update leaves.
    """

    pk: str
    expression: str
    values: Item = field(default_factory=dict)
    condition: str | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    returns_row: bool = False
    is_made: Callable[[Item], bool] = lambda _: False

    def request(self, table: str) -> dict[str, Any]:
        """The request's document. When the condition fails, DynamoDB answers with the row that is there."""
        optional = {
            "ConditionExpression": self.condition,
            "ExpressionAttributeNames": dict(self.names),
            "ExpressionAttributeValues": self.values,
            "ReturnValues": "ALL_NEW" if self.returns_row else None,
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD" if self.condition else None,
        }
        return {
            "TableName": table,
            "Key": {"pk": {"S": self.pk}},
            "UpdateExpression": self.expression,
        } | {name: value for name, value in optional.items() if value}


def number_values(**numbers: float) -> Item:
    """Values of an update, each under its own name."""
    return {f":{name}": {"N": repr(number)} for name, number in numbers.items()}


@dataclass(frozen=True, slots=True)
class UpdatedRow:
    """What an update left: the new row if it was made and returns it, the unchanged row if its condition failed."""

    made: bool
    row: Item


@dataclass(frozen=True, slots=True)
class Statement:
    """A PartiQL statement that writes one row on a condition. `parameters` are in DynamoDB's wire form.

    A call without an answer may have been carried out. `is_made` is asked when the statement was repeated and its
    condition failed: whether the row that is there is the statement's own.
    """

    text: str
    parameters: Sequence[Mapping[str, Any]]
    is_made: Callable[[], bool]


class SendTable:
    """SendTable over one connection. Every method raises `TableError` when no attempt gets a usable answer."""

    def __init__(self, dynamodb: Calls, *, name: str, retrying: Retrying = RETRYING) -> None:
        self.name = name
        self._dynamodb = dynamodb
        self._retrying = retrying

    def rows(self, keys: Iterable[str], *, consistent: bool = True) -> dict[str, Item]:
        """The rows that exist, by key. A read that is not consistent costs half, and may show a row of a second ago."""
        return read_rows(self.name, keys, self._get, self._retrying, consistent=consistent)

    def update(self, update: RowUpdate) -> UpdatedRow:
        """Updates a row if its condition holds."""
        (updated,) = self.update_each([update])
        if isinstance(updated, TableError):
            raise updated
        return updated

    def update_each(self, updates: Sequence[RowUpdate]) -> list[UpdatedRow | TableError]:
        """Updates different rows, several at a time: what each update left, or the error that it met."""
        bodies = [json.dumps(each.request(self.name), separators=(",", ":")).encode() for each in updates]
        outcomes: dict[int, UpdatedRow | TableError] = {}
        repeated: set[int] = set()

        def attempt(calls: Sequence[Sequence[int]]) -> Attempt[int]:
            left: Attempt[int] = Attempt()
            numbers = [number for call in calls for number in call]
            until = self._retrying.attempt_until()
            answers = self._dynamodb.calls("UpdateItem", [bodies[number] for number in numbers], until=until)
            for number, given in zip(numbers, answers, strict=True):
                answer = given or NO_ANSWER
                if is_transient(answer.error, answer.status):
                    left.again[number] = answer.error
                    repeated.update([number] if may_be_carried_out(answer) else ())
                else:
                    outcomes[number] = _updated(updates[number], answer, repeated=number in repeated)
            return left

        self._retrying.run(range(len(updates)), attempt, packed=_packed(max(1, len(updates))))
        unanswered = TableError("the send table does not answer UpdateItem")
        return [outcomes.get(number, unanswered) for number in range(len(updates))]

    def execute(self, statements: Sequence[Statement]) -> list[bool]:
        """Executes statements; whether each one's condition held, so that its row is written.

        Raises `PartialWriteError` if that is known of some of them only.
        """
        made: dict[int, bool] = {}
        try:
            self._execute(statements, made)
        except TableError as error:
            if not made:
                raise
            raise PartialWriteError(str(error), [made.get(number) for number in range(len(statements))]) from error
        return [made[number] for number in range(len(statements))]

    def _execute(self, statements: Sequence[Statement], made: dict[int, bool]) -> None:
        """Executes statements, and notes in `made` whether each one's condition held."""
        repeated: set[int] = set()

        def attempt(calls: Sequence[Sequence[int]]) -> Attempt[int]:
            left: Attempt[int] = Attempt()
            for call in calls:
                codes, resent = self._execute_once([statements[number] for number in call])
                repeated.update(call if resent else ())
                for number, code in zip(call, codes, strict=True):
                    if is_transient(code) or code == _NO_ANSWER_CODE:
                        left.again[number] = code
                    elif not code or code in _CONDITION_FAILED:
                        made[number] = not code or (number in repeated and statements[number].is_made())
                if refused := [code for code in codes if _is_refusal(code)]:
                    raise TableError(f"the send table refuses a row: {refused[0]}")
            repeated.update(left.again)
            return left

        if self._retrying.run(range(len(statements)), attempt, packed=_packed(STATEMENTS_PER_CALL)):
            raise TableError("the send table does not take rows in time")

    def _execute_once(self, statements: Sequence[Statement]) -> tuple[list[str], bool]:
        """Each statement's error code, or empty; and whether an earlier call may have executed the statements."""
        documents = [{"Statement": each.text, "Parameters": list(each.parameters)} for each in statements]
        answer = self._once("BatchExecuteStatement", {"Statements": documents})
        if answer is None:
            return [_NO_ANSWER_CODE] * len(statements), False
        codes = [response.get("Error", {}).get("Code", "") for response in answer.document["Responses"]]
        return codes, answer.resent

    def _get(self, document: Mapping[str, Any]) -> dict[str, Any] | None:
        answer = self._once("BatchGetItem", document)
        return None if answer is None else answer.document

    def _once(self, operation: str, document: Mapping[str, Any]) -> Answer | None:
        """DynamoDB's answer to one call, a success; None if the same call may succeed later."""
        body = json.dumps(document, separators=(",", ":")).encode()
        (answer,) = self._dynamodb.calls(operation, [body], until=self._retrying.attempt_until())
        if answer is None or is_transient(answer.error, answer.status):
            return None
        _checked(answer)
        return answer


def _updated(update: RowUpdate, answer: Answer, *, repeated: bool) -> UpdatedRow | TableError:
    """What an update left, by an answer that is final."""
    if answer.error in _CONDITION_FAILED:
        row = answer.document.get("Item", {})
        return UpdatedRow(made=(answer.resent or repeated) and update.is_made(row), row=row)
    if answer.error:
        return TableError(f"the send table answers {answer.error}")
    return UpdatedRow(made=True, row=answer.document.get("Attributes", {}))


def read_rows(
    table: str,
    keys: Iterable[str],
    get: Callable[[dict[str, Any]], Mapping[str, Any] | None],
    retrying: Retrying,
    *,
    consistent: bool = True,
) -> dict[str, Item]:
    """The rows that exist, by key. Raises `TableError`.

    `get` calls BatchGetItem once; None stands for a call that may succeed later. An answer may leave keys out for lack
    of capacity: they are asked for again.
    """
    found: dict[str, Item] = {}

    def attempt(calls: Sequence[Sequence[str]]) -> Attempt[str]:
        left: Attempt[str] = Attempt()
        for call in calls:
            request = {"Keys": [{"pk": {"S": key}} for key in call], "ConsistentRead": consistent}
            answer = get({"RequestItems": {table: request}})
            rows, missing = ([], call) if answer is None else _read(answer, table)
            found.update((row["pk"]["S"], row) for row in rows)
            left.again |= dict.fromkeys(missing, _NO_ANSWER_CODE)
        return left

    if retrying.run(dict.fromkeys(keys), attempt, packed=_packed(KEYS_PER_CALL)):
        raise TableError("the send table does not give rows in time")
    return found


def _read(answer: Mapping[str, Any], table: str) -> tuple[Sequence[Item], Sequence[str]]:
    """The rows in BatchGetItem's answer, and the keys that it left out."""
    unprocessed = (answer.get("UnprocessedKeys") or {}).get(table, {}).get("Keys", ())
    return answer["Responses"].get(table, ()), [key["pk"]["S"] for key in unprocessed]


def _is_refusal(code: str) -> bool:
    """Whether a statement's error is neither its condition's nor one that passes."""
    return bool(code) and code not in {*_CONDITION_FAILED, _NO_ANSWER_CODE} and not is_transient(code)


def _packed[K](count: int) -> Callable[[Iterable[K]], Sequence[Sequence[K]]]:
    """Packs pieces into calls of at most `count`."""
    return lambda pieces: list(batched(pieces, count, strict=False))


def _checked(answer: Answer) -> dict[str, Any]:
    if answer.error:
        raise TableError(f"the send table answers {answer.error}")
    return answer.document
