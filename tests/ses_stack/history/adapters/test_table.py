"""EventTable's writer against the table of the template, in moto."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import boto3
import pytest
from moto import mock_aws

from ses_stack.aws.sdk_calls import SdkCalls
from ses_stack.history.adapters import events as ses_events
from ses_stack.history.adapters.rows import event_of
from ses_stack.history.adapters.table import EventTable
from ses_stack.history.events import RecipientEvent
from ses_stack.history.keys import event_key, feed_partitions
from ses_stack.mail.event_types import EventType
from tests.support import payloads
from tests.support.tables import create_table

NAME = "EventTable"
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
    return [event for make in payloads.EVERY.values() for event in parse(payloads.body(make()))]


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
    (event,) = parse(payloads.body(payloads.opened(mail={"destination": ["a@x.org", "b@x.org"]})))

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
    )

    write(client, event)

    assert query(client, "message_id = :id", id=payloads.MESSAGE_ID) == [event]
