"""EventTable's reader, on the table that template.yaml describes."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from typing import Any

import pytest
from moto import mock_aws

from ses_stack.errors import PageTokenError
from ses_stack.history.adapters.events import parse
from ses_stack.history.adapters.reader import EventTableReader
from ses_stack.history.adapters.rows import item_of
from ses_stack.history.events import RecipientEvent
from ses_stack.history.keys import feed_partitions
from ses_stack.mail.event_types import EventType
from tests.support import payloads
from tests.support.tables import create_table

TABLE = "EventTable"
SINCE = "2026-11-24T06:00:00.000Z"


@pytest.fixture
def client() -> Iterator[Any]:
    with mock_aws():
        yield create_table(TABLE)


@pytest.fixture
def reader(client: Any) -> EventTableReader:
    return EventTableReader(client, name=TABLE)


def store(client: Any, *records: payloads.Json) -> list[RecipientEvent]:
    events = [event for record in records for event in parse(json.dumps(record), stack=payloads.STACK).events]
    for event in events:
        client.put_item(TableName=TABLE, Item=item_of(event, retention_days=90))
    return events


def sent(number: int, **mail: Any) -> payloads.Json:
    return payloads.send(mail=payloads.mail(messageId=f"m-{number:03}", timestamp=_minute(number), **mail))


def _minute(number: int) -> str:
    return f"2026-11-24T06:{number % 60:02}:00.000Z"


def test_a_message_comes_back_without_its_raw_payloads(client: Any, reader: EventTableReader) -> None:
    stored = store(client, *(make() for make in payloads.EVERY.values()))
    found = reader.of_message(payloads.MESSAGE_ID, raw=False)
    expected = [dataclasses.replace(event, raw="", provider=None, tags={}) for event in stored]
    assert sorted(found, key=repr) == sorted(expected, key=repr)


def test_a_message_comes_back_with_its_raw_payloads(client: Any, reader: EventTableReader) -> None:
    stored = store(client, payloads.send(), payloads.bounce())
    assert sorted(reader.of_message(payloads.MESSAGE_ID, raw=True), key=repr) == sorted(stored, key=repr)


def test_an_unknown_message_has_no_events(reader: EventTableReader) -> None:
    assert reader.of_message("none", raw=False) == []


def test_a_recipient_is_paged_newest_first_and_no_event_is_lost_between_pages(
    client: Any, reader: EventTableReader
) -> None:
    # Eight messages of the same millisecond: their event keys are the same.
    store(client, *(sent(number) for number in range(7)))
    same = "2026-11-24T06:00:00.500Z"
    store(client, *(payloads.send(mail=payloads.mail(messageId=f"s-{n}", timestamp=same)) for n in range(8)))
    pages, page = [], None
    while not pages or page:
        answer = reader.of_recipient("ann.lee@example.org", limit=4, page=page)
        pages.append([event.message_id for event in answer.events])
        page = answer.next
    assert [len(page) for page in pages] == [4, 4, 4, 3]
    assert len({message_id for page in pages for message_id in page}) == 15
    assert [message_id for page in pages for message_id in page][:6] == [f"m-{number:03}" for number in range(6, 0, -1)]


def test_the_last_page_has_no_next(client: Any, reader: EventTableReader) -> None:
    store(client, sent(1), sent(2))
    assert reader.of_recipient("ann.lee@example.org", limit=2, page=None).next is None
    assert reader.of_recipient("ann.lee@example.org", limit=1, page=None).next is not None


@pytest.mark.parametrize("page", ["", "x", "2026#send#abc", "a#b/m"])
def test_a_page_that_no_answer_gave_is_refused(reader: EventTableReader, page: str) -> None:
    with pytest.raises(PageTokenError):
        reader.of_recipient("ann.lee@example.org", limit=2, page=page)


def test_the_feed_has_every_shard_of_an_hour_and_nothing_older(client: Any, reader: EventTableReader) -> None:
    store(client, *(sent(number) for number in range(60)))
    found = reader.in_feed(feed_partitions("2026-11-24T06"), since=_minute(30), types=(), limit=None)
    assert sorted(event.message_id for event in found) == [f"m-{number:03}" for number in range(30, 60)]


def test_the_feed_gives_the_newest_of_each_partition(client: Any, reader: EventTableReader) -> None:
    store(client, *(sent(number) for number in range(60)))
    found = reader.in_feed(feed_partitions("2026-11-24T06"), since=SINCE, types=(), limit=2)
    assert len(found) == 16
    assert {"m-059", "m-058"} <= {event.message_id for event in found}


def test_the_feed_is_filtered_by_type(client: Any, reader: EventTableReader) -> None:
    store(client, *(make() for make in payloads.EVERY.values()))
    partitions = feed_partitions("2026-11-24T06")
    found = reader.in_feed(partitions, since=SINCE, types={EventType.BOUNCE, EventType.SEND}, limit=10)
    assert {event.type for event in found} == {EventType.BOUNCE, EventType.SEND}
    found = reader.in_feed(partitions, since=SINCE, types=(), limit=None)
    assert not {event.type for event in found} & {EventType.DELIVERY, EventType.OPEN, EventType.CLICK}
    assert found[0].detail is None or found[0].recipient == "ann.lee@example.org"


class Answers:
    """A client that returns a query's rows in pages, as DynamoDB does beyond 1 MB."""

    def __init__(self, *pages: list[Any]) -> None:
        self.pages = pages
        self.starts: list[Any] = []

    def query(self, **query: Any) -> dict[str, Any]:
        self.starts.append(query.get("ExclusiveStartKey"))
        number = len(self.starts)
        more = {"LastEvaluatedKey": number} if number < len(self.pages) else {}
        return {"Items": self.pages[number - 1]} | more


def test_a_query_of_several_pages_is_read_to_its_end() -> None:
    rows = [item_of(parse(json.dumps(sent(number)), stack="s").events[0], retention_days=1) for number in range(3)]
    client: Any = Answers(rows[:1], [], rows[1:])
    found = EventTableReader(client, name=TABLE).of_message("m", raw=False)
    assert [event.message_id for event in found] == ["m-000", "m-001", "m-002"]
    assert client.starts == [None, 1, 2]
