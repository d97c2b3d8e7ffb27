"""SendTable as the command line reads it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import boto3
import pytest

from ses_stack.aws.retry import Retrying
from ses_stack.errors import TableError
from ses_stack.sending.adapters.reader import SendTableReader
from ses_stack.sending.adapters.rows import ledger_row_of
from ses_stack.sending.limits.account_limits import AccountLimits, KnownLimits
from ses_stack.sending.limits.rate import Accepted, Backoff
from ses_stack.sending.outcomes.ledger import LedgerEntry, RequestStatus
from tests.support.moto_calls import MotoCalls

ENTRY = LedgerEntry(
    request_id="order-1001",
    status=RequestStatus.SENDING,
    stream="transactional",
    lane="priority",
    recipients=1,
    queued_at=1.0,
    changed_at=2.0,
)


@pytest.fixture
def client(calls: MotoCalls) -> Any:
    return boto3.client("dynamodb")


def put(client: Any, pk: str, **numbers: float) -> None:
    row = {name: {"N": str(number)} for name, number in numbers.items()}
    client.put_item(TableName="SendTable", Item={"pk": {"S": pk}, **row})


def test_an_empty_table(client: Any) -> None:
    reader = SendTableReader(client, name="SendTable")

    assert reader.known() == KnownLimits()
    assert reader.accepted([1]) == [Accepted()]
    assert reader.accepted([]) == []
    assert reader.of_request("r") is None


def test_the_reader_reads_what_the_workers_know(client: Any) -> None:
    put(client, "QUOTA", rate=14, most=200, sent=5, since=3, read_at=1.5, refused=1)
    put(client, "BACKOFF", factor=0.7, at=2.5)
    put(client, "RATE#1", taken=3, priority=1, bulk=2, accepted_priority=1, accepted_bulk=1)
    client.put_item(TableName="SendTable", Item=ledger_row_of(ENTRY, retention_days=14))
    reader = SendTableReader(client, name="SendTable")

    account = AccountLimits(rate=14, most=200, sent=5, since=3, read_at=1.5, refused=True)
    assert reader.known() == KnownLimits(account=account, backoff=Backoff(0.7, 2.5))
    assert reader.accepted([1, 2]) == [Accepted(priority=1, bulk=1), Accepted()]
    assert reader.of_request("order-1001") == ENTRY


def test_a_quota_row_without_an_answer_of_ses_says_nothing(client: Any) -> None:
    put(client, "QUOTA", asked_at=1)

    assert SendTableReader(client, name="SendTable").known().account is None


def test_a_table_that_gives_no_rows_is_an_error() -> None:
    class Table:
        calls = 0

        def batch_get_item(self, *, RequestItems: Any) -> Any:  # noqa: N803
            self.calls += 1
            return {"Responses": {}, "UnprocessedKeys": RequestItems}

    table = Table()
    reader = SendTableReader(table, name="t", retrying=Retrying(max_attempts=5, sleep=lambda _: None))  # type: ignore[arg-type]
    with pytest.raises(TableError, match="in time"):
        reader.of_request("r")
    assert table.calls == 5


def test_requests_that_were_sent_since_take_no_place_of_those_that_were_not(client: Any) -> None:
    """A request to several recipients stays listed: more of them than DynamoDB gives in one answer."""
    waiting = replace(ENTRY, request_id="r-0", status=RequestStatus.DEFERRED)
    client.put_item(TableName="SendTable", Item=ledger_row_of(waiting, retention_days=14))
    for number in range(150):
        request_id = f"r-{number}"
        if number:
            sent = replace(ENTRY, request_id=request_id, status=RequestStatus.SENT)
            client.put_item(TableName="SendTable", Item=ledger_row_of(sent, retention_days=14))
        texts = {"pk": f"TO#2#{request_id}", "unsent_recipient": "bob@example.org", "queued_at": f"{number:03}"}
        client.put_item(TableName="SendTable", Item={name: {"S": text} for name, text in texts.items()})
    reader = SendTableReader(client, name="SendTable")
    assert [entry.request_id for entry in reader.unsent_to("bob@example.org", limit=1)] == ["r-0"]


def test_unsent_requests_of_an_address_are_read_as_they_are_now(client: Any) -> None:
    def store(request_id: str, **fields: Any) -> LedgerEntry:
        entry = replace(ENTRY, request_id=request_id, recipient="ann@example.org", **fields)
        client.put_item(TableName="SendTable", Item=ledger_row_of(entry, retention_days=14))
        return entry

    old = store("old", status=RequestStatus.FAILED, reason="why")
    new = store("new", status=RequestStatus.DEFERRED, queued_at=2.0, deferral="paused", deferrals=1)
    store("bobs", status=RequestStatus.FAILED)
    client.put_item(
        TableName="SendTable",
        Item=ledger_row_of(
            replace(ENTRY, request_id="bobs", recipient="bob@example.org", status=RequestStatus.FAILED),
            retention_days=14,
        ),
    )
    reader = SendTableReader(client, name="SendTable")
    assert reader.unsent_to("ann@example.org", limit=10) == [new, old]
    assert reader.unsent_to("ann@example.org", limit=1) == [new]
    assert reader.unsent_to("carol@example.org", limit=10) == []
