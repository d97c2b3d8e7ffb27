"""What the history can say again, on the table that template.yaml describes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from moto import mock_aws

from ses_stack.dead_letters.adapters import stored_records
from ses_stack.dead_letters.adapters.stored_records import StoredStreamRecords
from ses_stack.history.adapters.events import parse
from ses_stack.history.adapters.rows import item_of
from ses_stack.sending.outcomes.evidence import Evidence
from ses_stack.sending.outcomes.project import project
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


def test_what_tells_of_no_request_is_left_out(client: Any) -> None:
    store(client, sent(None, ARRIVED))
    for kind, make in payloads.EVERY.items():
        mail = payloads.mail(messageId=kind, timestamp=ARRIVED.isoformat())
        store(client, make(mail=mail))
    found = StoredStreamRecords(client, table=TABLE).written(ARRIVED, ARRIVED + timedelta(hours=12))
    kinds = [record["dynamodb"]["NewImage"]["type"]["S"] for record in found]
    assert sorted(kinds) == ["reject", "rendering_failure", "send"]


def test_more_rows_than_one_call_takes(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored_records, "KEYS_PER_CALL", 2)
    for number in range(5):
        store(client, sent(f"r{number}", ARRIVED + timedelta(seconds=number)))
    found = StoredStreamRecords(client, table=TABLE).written(ARRIVED, ARRIVED + timedelta(seconds=5))
    assert requests(found) == [f"r{number}" for number in range(5)]


def test_what_dynamodb_leaves_out_is_asked_for_again(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored_records, "_PAUSE_SECONDS", 0)
    store(client, sent("r1", ARRIVED))
    answers = [lambda requested: {"Responses": {}, "UnprocessedKeys": requested}, None]
    batch_get_item = client.batch_get_item

    def hesitant(*, RequestItems: Any) -> Any:  # noqa: N803
        answer = answers.pop(0)
        return answer(RequestItems) if answer else batch_get_item(RequestItems=RequestItems)

    monkeypatch.setattr(client, "batch_get_item", hesitant)
    assert requests(StoredStreamRecords(client, table=TABLE).written(ARRIVED, ARRIVED)) == ["r1"]
    assert answers == []


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
    outcome = project(StoredStreamRecords(client, table=TABLE).written(ARRIVED, ARRIVED), ledger=ledger)
    assert (outcome.settled, outcome.failed) == (1, None)
    assert ledger.proofs == [("r1", "m-r1", "sent")]
