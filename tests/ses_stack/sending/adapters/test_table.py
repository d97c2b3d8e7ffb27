"""Calls to SendTable: batches, conditions, and what is repeated."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import boto3
import pytest

from ses_stack.aws.json_api import Answer
from ses_stack.aws.retry import Retrying
from ses_stack.errors import PartialWriteError, TableError
from ses_stack.sending.adapters.table import RETRYING, RowUpdate, SendTable, Statement, UpdatedRow
from tests.support.moto_calls import MotoCalls, error

COUNT = RowUpdate(pk="a", expression="ADD hits :one", values={":one": {"N": "1"}})
PASSING = [None, error("ThrottlingException"), error("InternalServerError", 500), error("any", 503)]


def insert(pk: str, *, is_made: Callable[[], bool] = lambda: False) -> Statement:
    return Statement("INSERT INTO \"SendTable\" VALUE {'pk': ?}", [{"S": pk}], is_made)


class Scripted:
    """DynamoDB with prepared answers, and without a table."""

    def __init__(self, *answers: Answer | None) -> None:
        self._answers = list(answers)
        self.waits: list[float] = []

    def calls(self, operation: str, bodies: Iterable[bytes], *, until: float) -> Iterator[Answer | None]:
        for _ in bodies:
            self.waits.append(until)
            yield self._answers.pop(0)


def scripted(*answers: Answer | None) -> SendTable:
    return SendTable(Scripted(*answers), name="t", retrying=Retrying(max_attempts=4, sleep=lambda _: None))


def read(*keys: str, unread: Iterable[str] = ()) -> Answer:
    """An answer to BatchGetItem that leaves some keys out."""
    left = {"t": {"Keys": [{"pk": {"S": key}} for key in unread]}} if unread else {}
    return Answer(200, {"Responses": {"t": [{"pk": {"S": key}} for key in keys]}, "UnprocessedKeys": left})


def executed(*codes: str) -> Answer:
    """An answer to BatchExecuteStatement, with each statement's error."""
    return Answer(200, {"Responses": [{"Error": {"Code": code}} if code else {"TableName": "t"} for code in codes]})


# Rows


def test_rows_that_exist_are_read(table: SendTable, calls: MotoCalls) -> None:
    for number in range(120):
        boto3.client("dynamodb").put_item(TableName="SendTable", Item={"pk": {"S": str(number)}})

    rows = table.rows([*map(str, range(120)), "5", "none"])

    assert rows == {str(number): {"pk": {"S": str(number)}} for number in range(120)}
    assert calls.made == ["BatchGetItem"] * 2


def test_no_call_is_made_for_no_rows(table: SendTable, calls: MotoCalls) -> None:
    assert table.rows([]) == {}
    assert table.execute([]) == []
    assert calls.made == []


def test_keys_that_dynamodb_leaves_out_are_read_again() -> None:
    table = scripted(read("a", unread=["b"]), None, read("b"))

    assert set(table.rows(["a", "b"])) == {"a", "b"}


def test_keys_that_are_left_out_every_time_are_an_error() -> None:
    with pytest.raises(TableError, match="in time"):
        scripted(*[read(unread=["a"])] * 4).rows(["a"])


# Updates


def test_an_update_returns_the_row_if_asked(table: SendTable) -> None:
    assert table.update(COUNT) == UpdatedRow(made=True, row={})
    asked = RowUpdate(pk="a", expression="ADD hits :one", values={":one": {"N": "1"}}, returns_row=True)
    assert table.update(asked) == UpdatedRow(made=True, row={"pk": {"S": "a"}, "hits": {"N": "2"}})


def test_an_update_whose_condition_fails_returns_the_row_that_is_there(table: SendTable) -> None:
    table.update(COUNT)
    update = RowUpdate(
        pk="a",
        expression="SET #name = :one",
        condition="attribute_not_exists(hits)",
        names={"#name": "name"},
        values={":one": {"N": "1"}},
    )

    assert table.update(update) == UpdatedRow(made=False, row={"pk": {"S": "a"}, "hits": {"N": "1"}})


# Statements


def test_many_statements_go_in_few_calls_each_with_its_own_answer(table: SendTable, calls: MotoCalls) -> None:
    table.execute([insert("7")])
    calls.made.clear()

    made = table.execute([insert(str(number)) for number in range(30)])

    assert [number for number, each in enumerate(made) if not each] == [7]
    assert calls.made == ["BatchExecuteStatement"] * 2


def test_only_a_repeated_statement_may_have_made_the_row_that_is_there() -> None:
    asked: list[str] = []

    def statement(pk: str, *, is_made: bool) -> Statement:
        return insert(pk, is_made=lambda: asked.append(pk) or is_made)  # type: ignore[func-returns-value]

    statements = [statement("new", is_made=True), statement("own", is_made=True), statement("other", is_made=False)]
    table = scripted(
        executed("DuplicateItem", "ThrottlingError", "TransactionConflict"),
        executed("DuplicateItem", "ConditionalCheckFailed"),
    )

    assert table.execute(statements) == [False, True, False]
    assert asked == ["own", "other"]


def test_a_call_without_an_answer_is_repeated_as_a_whole(table: SendTable, calls: MotoCalls) -> None:
    table.execute([insert("a")])
    calls.faults = [("BatchExecuteStatement", None)]  # as if the statement above had got no answer

    assert table.execute([insert("a", is_made=lambda: True), insert("b")]) == [True, True]


def test_a_statement_that_dynamodb_refuses_is_an_error() -> None:
    with pytest.raises(TableError, match="refuses a row: ValidationError"):
        scripted(executed("", "ValidationError")).execute([insert("a"), insert("b")])


def test_what_is_known_of_a_write_that_fails_halfway_is_kept() -> None:
    throttled = [executed("", "DuplicateItem", "ThrottlingError")] + [executed("ThrottlingError")] * 3
    with pytest.raises(PartialWriteError, match="in time") as error:
        scripted(*throttled).execute([insert("a"), insert("b"), insert("c")])
    assert error.value.written == (True, False, None)

    with pytest.raises(PartialWriteError, match="refuses a row: ValidationError") as error:
        scripted(executed("ValidationError", "")).execute([insert("a"), insert("b")])
    assert error.value.written == (None, True)

    first = executed(*[""] * 25)
    with pytest.raises(PartialWriteError, match="answers AccessDeniedException") as error:
        scripted(first, Answer(400, {"__type": "AccessDeniedException"})).execute([insert(str(n)) for n in range(26)])
    assert error.value.written == (*[True] * 25, None)


# Faults


OPERATIONS: dict[str, Callable[[SendTable], Any]] = {
    "BatchGetItem": lambda table: table.rows(["a"]),
    "UpdateItem": lambda table: table.update(COUNT),
    "BatchExecuteStatement": lambda table: table.execute([insert("a")]),
}


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("fault", PASSING)
def test_what_fails_in_passing_is_tried_again(
    table: SendTable, calls: MotoCalls, operation: str, fault: Answer | None
) -> None:
    calls.faults = [(operation, fault)] * 3

    assert OPERATIONS[operation](table) in ({}, UpdatedRow(made=True, row={}), [True])
    assert calls.made == [operation] * 4


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("fault", PASSING)
def test_the_fourth_attempt_is_the_last(
    table: SendTable, calls: MotoCalls, operation: str, fault: Answer | None
) -> None:
    calls.faults = [(operation, fault)] * 9

    with pytest.raises(TableError, match="the send table does not"):
        OPERATIONS[operation](table)
    assert calls.made == [operation] * 4


@pytest.mark.parametrize("operation", OPERATIONS)
def test_what_fails_for_good_says_so(table: SendTable, calls: MotoCalls, operation: str) -> None:
    calls.faults = [(operation, error("AccessDeniedException"))]

    with pytest.raises(TableError, match="the send table answers AccessDeniedException"):
        OPERATIONS[operation](table)
    assert calls.made == [operation]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_each_attempt_waits_three_seconds(operation: str) -> None:
    service = Scripted(*[None] * 4)
    retrying = Retrying(
        clock=lambda: 100.0,
        sleep=lambda _: None,
        max_attempts=RETRYING.max_attempts,
        attempt_seconds=RETRYING.attempt_seconds,
    )

    with pytest.raises(TableError):
        OPERATIONS[operation](SendTable(service, name="t", retrying=retrying))
    assert service.waits == [103.0] * 4
