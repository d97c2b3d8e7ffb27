"""The counting store: DynamoDB's charges, by its documentation's own examples."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from moto import mock_aws

from benchmarks._counting_store import RATE_PART, CountingStore, index_units, stored_bytes, units
from benchmarks._template import Index
from tests.support.tables import create_table

SENDS = ("", "SendTable")
EVENTS = ("", "EventTable")


@pytest.fixture
def store() -> Iterator[CountingStore]:
    with mock_aws():
        for table in ("SendTable", "EventTable", "SuppressionTable"):
            create_table(table)
        yield CountingStore()


def call(store: CountingStore, operation: str, document: dict[str, Any]) -> Any:
    (answer,) = store.calls(operation, [json.dumps(document).encode()], until=0)
    return answer


def put(store: CountingStore, key: str, **more: Any) -> None:
    call(store, "PutItem", {"TableName": "SendTable", "Item": {"pk": {"S": key}}, **more})


def row(size: int, **more: str) -> dict[str, Any]:
    """A row of a request, of so many bytes."""
    texts = {"pk": "REQ#1", **more}
    room = size - sum(len(name) + len(text) for name, text in texts.items()) - len("x")
    return {name: {"S": text} for name, text in texts.items()} | {"x": {"S": "x" * room}}


@pytest.mark.parametrize(("size", "cost"), [(100, 1), (1_024, 1), (1_025, 2), (3_000, 3)])
def test_a_write_costs_a_unit_for_each_kilobyte(store: CountingStore, size: int, cost: int) -> None:
    call(store, "PutItem", {"TableName": "SendTable", "Item": row(size)})
    assert store.writes == {SENDS: cost}


def test_an_update_costs_the_larger_of_before_and_after(store: CountingStore) -> None:
    call(store, "PutItem", {"TableName": "SendTable", "Item": row(2_500)})
    store.writes.clear()
    removal = {"TableName": "SendTable", "Key": {"pk": {"S": "REQ#1"}}, "UpdateExpression": "REMOVE x"}
    call(store, "UpdateItem", removal)
    call(store, "UpdateItem", removal)
    assert store.writes == {SENDS: 3 + 1}


def test_a_refused_write_costs_what_is_there(store: CountingStore) -> None:
    condition = {"ConditionExpression": "attribute_not_exists(pk)"}
    call(store, "PutItem", {"TableName": "SendTable", "Item": row(1_500)})
    store.writes.clear()
    put(store, "REQ#1", **condition)
    assert store.writes == {SENDS: 2}
    put(store, "REQ#2", ConditionExpression="attribute_exists(pk)")
    assert store.writes == {SENDS: 3}


def test_a_transaction_costs_twice_and_its_index_once(store: CountingStore) -> None:
    line = {"recipient": {"S": "a@x.org"}, "scope": {"S": "*"}, "shard": {"S": "01"}}
    transaction = {"TransactItems": [{"Put": {"TableName": "SuppressionTable", "Item": line}}]}
    call(store, "TransactWriteItems", transaction)
    assert store.writes == {("", "SuppressionTable"): 2 + 1}


def test_a_row_costs_again_in_each_index_that_it_is_in(store: CountingStore) -> None:
    event = {"message_id": {"S": "m"}, "event_key": {"S": "t#open#f"}}
    puts = [
        {"PutRequest": {"Item": {**event, "event_key": {"S": str(number)}, **more}}}
        for number, more in enumerate(
            [{}, {"recipient": {"S": "a@x.org"}}, {"recipient": {"S": "a@x.org"}, "feed": {"S": "f"}}]
        )
    ]
    call(store, "BatchWriteItem", {"RequestItems": {"EventTable": puts}})
    assert store.writes == {EVENTS: 1 + 2 + 3}


def test_the_rows_of_the_rate_are_a_part_of_their_own(store: CountingStore) -> None:
    store.part = "ledger"
    put(store, "REQ#1")
    put(store, "RATE#1")
    assert store.writes == {("ledger", "SendTable"): 1, (RATE_PART, "SendTable"): 1}


@pytest.mark.parametrize(("consistent", "cost"), [(True, 1 + 1 + 2), (False, (1 + 1 + 2) / 2)])
def test_a_read_costs_by_four_kilobytes_also_of_nothing(store: CountingStore, consistent: bool, cost: float) -> None:
    call(store, "PutItem", {"TableName": "SendTable", "Item": row(5_000)})
    call(store, "PutItem", {"TableName": "SendTable", "Item": row(100, pk="REQ#2")})
    keys = [{"pk": {"S": f"REQ#{number}"}} for number in (1, 2, 3)]
    call(store, "BatchGetItem", {"RequestItems": {"SendTable": {"Keys": keys, "ConsistentRead": consistent}}})
    assert store.reads == {SENDS: cost}


def test_a_query_costs_by_the_sum_of_its_rows(store: CountingStore) -> None:
    for number in range(5):
        event = {"message_id": {"S": "m"}, "event_key": {"S": str(number)}, "x": {"S": "x" * 990}}
        call(store, "PutItem", {"TableName": "EventTable", "Item": event})
    query = {"TableName": "EventTable", "KeyConditionExpression": "message_id = :m"}
    call(store, "Query", query | {"ExpressionAttributeValues": {":m": {"S": "m"}}, "ConsistentRead": True})
    assert store.reads == {EVENTS: 2}


INDEX = Index(keys=frozenset({"k"}), attributes=frozenset({"k", "shown"}), partition="k")
ENTRY = {"k": {"S": "a"}, "shown": {"S": "b"}, "hidden": {"S": "c"}}


@pytest.mark.parametrize(
    ("old", "new", "cost"),
    [
        ({}, ENTRY, 1),
        (ENTRY, {}, 1),
        (ENTRY, ENTRY, 0),
        (ENTRY, ENTRY | {"hidden": {"S": "other"}}, 0),
        (ENTRY, ENTRY | {"shown": {"S": "other"}}, 1),
        (ENTRY, ENTRY | {"k": {"S": "other"}}, 2),
        ({}, {"hidden": {"S": "c"}}, 0),
    ],
)
def test_an_index_costs_what_changes_in_it(old: dict[str, Any], new: dict[str, Any], cost: int) -> None:
    assert index_units(INDEX, old, new) == cost


def test_a_stored_row_takes_a_hundred_bytes_more_in_the_table_and_in_each_index() -> None:
    assert stored_bytes(ENTRY, [INDEX]) == (2 + 6 + 7 + 100, 2 + 6 + 100)
    assert stored_bytes({"hidden": {"S": "c"}}, [INDEX]) == (7 + 100, 0)
    assert units({}, 1_024) == 0
