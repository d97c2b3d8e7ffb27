"""EventTable's writer against the table of the template, in moto."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws

from ses_stack.aws.json_api import Answer
from ses_stack.aws.retry import Retrying
from ses_stack.aws.sdk_calls import SdkCalls
from ses_stack.history.adapters import events as ses_events
from ses_stack.history.adapters.rows import PrimaryKey, event_of, key_of
from ses_stack.history.adapters.table import EventTable
from ses_stack.history.events import RecipientEvent
from ses_stack.history.keys import event_key, feed_partitions
from ses_stack.mail.event_types import EventType
from tests.support import payloads
from tests.support.event_strategies import EventTraits, body_of, event_traits
from tests.support.tables import create_table

NAME = "EventTable"
type Rows = dict[PrimaryKey, dict[str, Any]]
parse = partial(ses_events.parse, stack="ses-stack")


@pytest.fixture
def client() -> Iterator[Any]:
    with mock_aws():
        create_table(NAME)
        yield boto3.client("dynamodb")


def write(client: Any, *events: RecipientEvent) -> None:
    table = EventTable(SdkCalls(client), name=NAME, retention_days=90)
    assert table.write(events, until=1e12) == {}


def every() -> list[RecipientEvent]:
    return [event for make in payloads.EVERY.values() for event in parse(payloads.body(make())).events]


def query(client: Any, condition: str, *, index: str | None = None, **values: str) -> list[RecipientEvent]:
    names = {"IndexName": index} if index else {}
    bound = {f":{name}": {"S": value} for name, value in values.items()}
    answer = client.query(TableName=NAME, KeyConditionExpression=condition, ExpressionAttributeValues=bound, **names)
    return [event_of(item) for item in answer["Items"]]


def test_a_message_is_found_in_the_order_of_its_events(client: Any) -> None:
    write(client, *reversed(every()))

    found = query(client, "message_id = :id", id=payloads.MESSAGE_ID)

    assert found == sorted(every(), key=event_key)
    assert [event.time for event in found] == sorted(event.time for event in found)


def test_writing_again_changes_nothing(client: Any) -> None:
    write(client, *every())
    before = client.scan(TableName=NAME)["Items"]

    write(client, *reversed(every()))
    write(client, *every(), *every())

    assert client.scan(TableName=NAME)["Items"] == before
    assert len(before) == 10


def test_a_recipient_is_found_without_the_raw_payload(client: Any) -> None:
    write(client, *every())

    found = query(client, "recipient = :address", index="by_recipient", address="ann.lee@example.org")

    assert len(found) == 10
    assert {event.raw for event in found} == {""}
    assert {event.detail for event in found} == {event.detail for event in every()}


def test_the_feed_has_no_deliveries_opens_or_clicks(client: Any) -> None:
    write(client, *every())

    hours = ("2026-11-24T06", "2026-11-24T07", "2026-11-24T08", "2026-11-24T09")
    partitions = [partition for hour in hours for partition in feed_partitions(hour)]
    found = [event for name in partitions for event in query(client, "feed = :name", index="by_time", name=name)]

    assert {event.type for event in found} == set(EventType) - {
        EventType.DELIVERY,
        EventType.OPEN,
        EventType.CLICK,
        EventType.UNKNOWN,
    }


def test_an_event_without_a_recipient_is_in_no_recipient_s_history(client: Any) -> None:
    (event,) = parse(payloads.body(payloads.opened(mail={"destination": ["a@x.org", "b@x.org"]}))).events

    write(client, event)

    assert query(client, "message_id = :id", id=payloads.MESSAGE_ID) == [event]
    assert client.scan(TableName=NAME, IndexName="by_recipient")["Count"] == 0


def test_rows_expire_in_epoch_seconds(client: Any) -> None:
    write(client, *every()[:1])

    (row,) = client.scan(TableName=NAME)["Items"]

    assert row["expires_at"] == {"N": str(1_795_500_600 + 90 * 86_400)}


def test_texts_of_any_language_survive(client: Any) -> None:
    (event,) = parse(
        payloads.body(payloads.send(mail={"commonHeaders": {"subject": "Grüße 🥾 \x00"}, "tags": {"ключ": ["値"]}}))
    ).events

    write(client, event)

    assert query(client, "message_id = :id", id=payloads.MESSAGE_ID) == [event]


# In any order, in any batches, and whatever DynamoDB leaves unprocessed


class InMemoryDynamoDb:
    """Takes BatchWriteItem. By call, `leaves` is n if every n-th row stays unprocessed, 1 if all do, 0 if none does."""

    def __init__(self, leaves: Iterable[int] = ()) -> None:
        self.rows: Rows = {}
        self._leaves = iter(leaves)

    def calls(self, operation: str, bodies: Iterable[bytes], *, until: float) -> Iterator[Answer | None]:
        assert operation == "BatchWriteItem"
        for body in bodies:
            puts = json.loads(body)["RequestItems"]["events"]
            keys = [key_of(put["PutRequest"]["Item"]) for put in puts]
            assert len(set(keys)) == len(keys) <= 25
            nth = next(self._leaves, 0)
            unprocessed = puts[::nth] if nth else []
            self.rows |= {
                key: put["PutRequest"]["Item"] for key, put in zip(keys, puts, strict=True) if put not in unprocessed
            }
            yield Answer(200, {"UnprocessedItems": {"events": unprocessed} if unprocessed else {}})


def table_after(texts: list[str], leaves: Iterable[int] = ()) -> Rows:
    """The table after a batch of records, all of which were good."""
    dynamodb = InMemoryDynamoDb(leaves)
    table = EventTable(
        dynamodb, name="events", retention_days=90, retrying=Retrying(clock=lambda: 0.0, sleep=lambda _: None)
    )
    events = [event for text in texts for event in parse(text).events]
    assert table.write(events, until=1e9) == {}
    return dynamodb.rows


@given(st.data())
def test_order_and_repetition_change_nothing(data: st.DataObject) -> None:
    events: list[EventTraits] = data.draw(st.lists(event_traits(), unique=True, max_size=12))
    repeated = events + data.draw(st.lists(st.sampled_from(events), max_size=8) if events else st.just([]))
    shuffled = data.draw(st.permutations(repeated))
    leaves = data.draw(st.lists(st.integers(0, 3), max_size=6))

    rows = table_after([body_of(event) for event in shuffled], leaves)

    assert rows == table_after([body_of(event) for event in events])
    assert len(rows) == len(events)


@given(st.data())
def test_batches_change_nothing(data: st.DataObject) -> None:
    texts = [body_of(event) for event in data.draw(st.lists(event_traits(), unique=True, max_size=60))]
    cut = data.draw(st.integers(0, len(texts)))

    assert table_after(texts[cut:]) | table_after(texts[:cut]) == table_after(texts)
