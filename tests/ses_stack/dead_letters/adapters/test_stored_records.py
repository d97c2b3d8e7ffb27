"""What the history can say again, on the table that template.yaml describes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from moto import mock_aws

from ses_stack.dead_letters.adapters.stored_records import StoredStreamRecords
from ses_stack.history.adapters.events import parse
from ses_stack.history.adapters.rows import item_of
from ses_stack.sending.outcomes.evidence import Evidence
from ses_stack.sending.outcomes.project import project
from ses_stack.suppression.late_deliveries import ForwardedDeliveries
from tests.support import payloads
from tests.support.tables import create_table

TABLE = "EventTable"
ARRIVED = datetime(2026, 11, 24, 6, 10, tzinfo=UTC)


@pytest.fixture
def client() -> Iterator[Any]:
    with mock_aws():
        yield create_table(TABLE)


def store(client: Any, record: payloads.Json) -> None:
    for event in parse(json.dumps(record), stack=payloads.STACK).events:
        client.put_item(TableName=TABLE, Item=item_of(event, retention_days=90))


def sent(request_id: str | None, at: datetime) -> payloads.Json:
    tags = {"request_id": [request_id]} if request_id else {}
    mail = payloads.mail(messageId=f"m-{request_id}", timestamp=at.isoformat(), tags=tags)
    return payloads.send(mail=mail)


def requests(records: list[Any]) -> list[str]:
    return [record["dynamodb"]["NewImage"]["request_id"]["S"] for record in records]


def test_what_was_written_in_a_time_is_found_in_order_and_late_events_too(client: Any) -> None:
    minutes = {"too-early": -61, "early": -60, "before-the-hour": -15, "first": 0, "last": 50, "too-late": 52}
    for request_id, minute in minutes.items():
        store(client, sent(request_id, ARRIVED + timedelta(minutes=minute)))
    found = StoredStreamRecords(client, table=TABLE).written(ARRIVED, ARRIVED + timedelta(minutes=51))
    assert requests(found) == ["early", "before-the-hour", "first", "last"]


def test_the_last_second_is_a_whole_one(client: Any) -> None:
    store(client, sent("first", ARRIVED + timedelta(milliseconds=999)))
    assert requests(StoredStreamRecords(client, table=TABLE).written(ARRIVED, ARRIVED)) == ["first"]


def test_what_the_projectors_filter_keeps_from_it_is_left_out(client: Any) -> None:
    store(client, sent(None, ARRIVED))
    for kind, make in payloads.EVERY.items():
        mail = payloads.mail(messageId=kind, timestamp=ARRIVED.isoformat())
        store(client, make(mail=mail))
    found = StoredStreamRecords(client, table=TABLE).written(ARRIVED, ARRIVED + timedelta(hours=12))
    kinds = [record["dynamodb"]["NewImage"]["type"]["S"] for record in found]
    assert sorted(kinds) == ["delivery", "reject", "rendering_failure", "send"]


def test_sends_that_are_not_in_the_feed_are_found(client: Any) -> None:
    for event in parse(json.dumps(sent("r1", ARRIVED)), stack=payloads.STACK).events:
        item = item_of(event, retention_days=90, request_sends=False)
        assert "feed" not in item
        client.put_item(TableName=TABLE, Item=item)
    assert requests(StoredStreamRecords(client, table=TABLE).written(ARRIVED, ARRIVED)) == ["r1"]


class Ledger:
    def __init__(self) -> None:
        self.proofs: list[tuple[str, str, str]] = []

    def settled(self, evidence: Sequence[Evidence]) -> list[Evidence]:
        return []

    def settle(self, evidence: Sequence[Evidence]) -> list[bool]:
        self.proofs += [(each.request_id, each.message_id, each.status.value) for each in evidence]
        return [True] * len(evidence)


def test_the_projector_understands_them(client: Any) -> None:
    store(client, sent("r1", ARRIVED))
    ledger = Ledger()
    records = StoredStreamRecords(client, table=TABLE).written(ARRIVED, ARRIVED)
    outcome = project(records, ledger=ledger, forward=lambda _: ForwardedDeliveries(0, {}))
    assert (outcome.settled, outcome.failed) == (1, None)
    assert ledger.proofs == [("r1", "m-r1", "sent")]
