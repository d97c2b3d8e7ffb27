"""SendTable on moto: windows, the ledger, and what workers share, as the services see them."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from dataclasses import replace

import boto3
import pytest
from moto import mock_aws

from ses_stack.aws.threads import Threads
from ses_stack.errors import TableError
from ses_stack.mail.lanes import Lane
from ses_stack.sending import ledger
from ses_stack.sending.account_limits import AccountLimits
from ses_stack.sending.adapters.reader import SendTableReader
from ses_stack.sending.adapters.rows import entry_of, item_of
from ses_stack.sending.adapters.send_table import SendTable
from ses_stack.sending.ledger import LedgerChange, LedgerEntry, RequestStatus
from ses_stack.sending.rate import Backoff, SlotRequest, Window
from tests.support.moto_calls import MotoCalls, error
from tests.support.tables import create_table

NAME = "SendTable"
NOW = 1_790_000_000.0
SECOND = int(NOW)


@pytest.fixture
def calls() -> Iterator[MotoCalls]:
    with mock_aws():
        create_table(NAME)
        yield MotoCalls(boto3.client("dynamodb"))


@pytest.fixture
def table(calls: MotoCalls) -> SendTable:
    return SendTable(lambda: calls, name=NAME, retention_days=90, threads=Threads(1), sleep=lambda _: None)


@pytest.fixture
def reader(calls: MotoCalls) -> SendTableReader:
    return SendTableReader(boto3.client("dynamodb"), name=NAME)


def entry(request_id: str = "r1", **fields: object) -> LedgerEntry:
    plain = LedgerEntry(
        request_id=request_id,
        status=RequestStatus.DEFERRED,
        stream="marketing",
        lane="bulk",
        recipients=2,
        queued_at=NOW - 5,
        changed_at=NOW,
    )
    return replace(plain, **fields)  # type: ignore[arg-type]


def wish(**fields: object) -> SlotRequest:
    plain = SlotRequest(second=SECOND, lane=Lane.BULK, count=3, lowest=0, highest=14)
    return replace(plain, **fields)  # type: ignore[arg-type]


def test_the_store_grants_what_the_rules_grant(table: SendTable, calls: MotoCalls) -> None:
    chance = random.Random(7)
    played: dict[int, Window] = {}
    for _ in range(250):
        lowest = chance.randrange(0, 12)
        asked = wish(
            second=SECOND + chance.randrange(6),
            lane=chance.choice(list(Lane)),
            count=chance.randint(1, 4),
            lowest=lowest,
            highest=chance.randint(lowest, 14),
            share=chance.choice([None, 3, 8]),
            lapsed=chance.randrange(0, 14),
        )
        if asked.lane is Lane.PRIORITY:
            asked = replace(asked, share=None)
        if asked.count > asked.highest - asked.lowest:
            continue  # the limiter asks for no more than there can be
        expected = asked.granted(played.get(asked.second))
        granted, window = asyncio.run(table.take(asked))
        assert granted == (expected is not None), (asked, played.get(asked.second))
        assert window == (expected or played.get(asked.second, Window()))
        played[asked.second] = window


def test_a_window_costs_one_call_and_two_after_a_pause(table: SendTable, calls: MotoCalls) -> None:
    asyncio.run(table.take(wish()))
    asyncio.run(table.take(wish()))
    assert calls.made == ["UpdateItem"] * 2
    assert asyncio.run(table.take(wish(lowest=9))) == (True, Window(taken=12, bulk=9))
    assert calls.made == ["UpdateItem"] * 4


def test_a_row_says_everything_and_is_read_back(table: SendTable, reader: SendTableReader) -> None:
    full = entry(
        status=RequestStatus.SENT,
        claim=2,
        claimed_at=NOW + 1.25,
        sent_at=NOW + 2.5,
        message_id="ses-1",
        reason="why",
        until=NOW + 60,
        deferral="paused",
        deferrals=3,
        suppressed={"ann@example.com": "bounce (*)"},
        evidence_at=NOW + 3,
    )
    assert asyncio.run(table.write([LedgerChange(full, None)])) == [True]
    assert asyncio.run(table.read(["r1", "r2"])) == {"r1": full}
    assert reader.of_request("r1") == full
    item = item_of(full, retention_days=90)
    assert item["expires_at"] == {"N": str(SECOND + 90 * 86_400)}
    assert item_of(entry_of(item), retention_days=90) == item


def test_a_request_is_claimed_once_and_settled_by_its_own_claim(table: SendTable) -> None:
    def write(change: LedgerChange) -> bool:
        return asyncio.run(table.write([change]))[0]

    claimed = ledger.claimed(entry(), NOW)
    assert write(LedgerChange(claimed, None))
    assert not write(LedgerChange(claimed, None))
    second = ledger.claimed(claimed, NOW + 200)
    assert write(LedgerChange(second, claimed))
    assert not write(LedgerChange(ledger.sent(claimed, NOW, "late"), claimed))
    assert write(LedgerChange(ledger.sent(second, NOW, "ses-2"), second))
    assert asyncio.run(table.read(["r1"]))["r1"].message_id == "ses-2"


def test_what_was_sent_after_all_does_not_say_why_it_failed(table: SendTable) -> None:
    failed = ledger.ended(entry(), RequestStatus.FAILED, NOW, "NotFoundException")
    claimed = ledger.claimed(failed, NOW + 1)
    changes = [
        LedgerChange(failed, None),
        LedgerChange(claimed, failed),
        LedgerChange(ledger.sent(claimed, NOW + 2, "ses-1"), claimed),
    ]
    for change in changes:
        assert asyncio.run(table.write([change])) == [True]
    row = asyncio.run(table.read(["r1"]))["r1"]
    assert (row.status, row.reason, row.message_id) == (RequestStatus.SENT, None, "ses-1")


def test_many_changes_go_in_few_calls_each_with_its_own_answer(table: SendTable, calls: MotoCalls) -> None:
    asyncio.run(table.write([LedgerChange(entry("r7"), None)]))
    calls.made.clear()
    made = asyncio.run(table.write([LedgerChange(entry(f"r{number}"), None) for number in range(30)]))
    assert [number for number, each in enumerate(made) if not each] == [7]
    assert calls.made == ["BatchExecuteStatement"] * 2


@pytest.mark.parametrize("fault", [None, error("ThrottlingException"), error("InternalServerError", 500)])
def test_what_fails_in_passing_is_tried_again(table: SendTable, calls: MotoCalls, fault: object) -> None:
    calls.faults = [("BatchExecuteStatement", fault), ("UpdateItem", fault), ("BatchGetItem", fault)]  # type: ignore[list-item]
    assert asyncio.run(table.write([LedgerChange(entry(), None)])) == [True]
    assert asyncio.run(table.take(wish()))[0]
    assert asyncio.run(table.read(["r1"])) == {"r1": entry()}


def test_a_row_that_was_written_without_an_answer_counts_as_written(table: SendTable, calls: MotoCalls) -> None:
    asyncio.run(table.write([LedgerChange(entry(), None)]))
    calls.faults = [("BatchExecuteStatement", None)]  # written above, as if by the call that got no answer
    assert asyncio.run(table.write([LedgerChange(entry(), None)])) == [True]


@pytest.mark.parametrize("operation", ["BatchExecuteStatement", "UpdateItem", "BatchGetItem"])
def test_what_fails_for_good_says_so(table: SendTable, calls: MotoCalls, operation: str) -> None:
    tries = {
        "BatchExecuteStatement": lambda: table.write([LedgerChange(entry(), None)]),
        "UpdateItem": lambda: table.take(wish()),
        "BatchGetItem": lambda: table.read(["r1"]),
    }
    calls.faults = [(operation, error("AccessDeniedException"))]
    with pytest.raises(TableError, match="AccessDenied"):
        asyncio.run(tries[operation]())  # type: ignore[arg-type]
    calls.faults = [(operation, None)] * 9
    with pytest.raises(TableError):
        asyncio.run(tries[operation]())  # type: ignore[arg-type]


def test_what_one_worker_learns_of_the_account_all_know(table: SendTable, reader: SendTableReader) -> None:
    account = AccountLimits(rate=14, most=50_000, sent=10, read_at=NOW, stopped="paused")
    assert asyncio.run(table.account()) == (None, Backoff())
    assert asyncio.run(table.lease(NOW, 10))
    assert not asyncio.run(table.lease(NOW + 5, 10))
    asyncio.run(table.put_account(account))
    asyncio.run(table.count(3))
    asyncio.run(table.count(4))
    asyncio.run(table.refuse(NOW))
    asyncio.run(table.refuse(NOW - 60))  # speaks of what was known before
    asyncio.run(table.put_account(replace(account, read_at=NOW - 60)))  # came late
    known, _ = asyncio.run(table.account())
    assert known == replace(account, since=7, refused=True)
    assert reader.account()[0] == known
    asyncio.run(table.put_account(replace(account, read_at=NOW + 60, stopped=None)))
    assert asyncio.run(table.account())[0] == AccountLimits(rate=14, most=50_000, sent=10, read_at=NOW + 60)


def test_the_rate_is_lowered_by_one_of_two_who_saw_the_same(table: SendTable) -> None:
    first = Backoff().lowered(NOW)
    assert first is not None
    asyncio.run(table.lower(first, Backoff()))
    asyncio.run(table.lower(Backoff(0.1, NOW + 1), Backoff()))
    assert asyncio.run(table.account())[1] == first


def test_evidence_settles_a_row_and_a_second_message_is_noted(table: SendTable, calls: MotoCalls) -> None:
    sending = ledger.claimed(entry(), NOW)
    asyncio.run(table.write([LedgerChange(sending, None)]))

    def proved(message_id: str) -> bool:
        over = (RequestStatus.SENDING, RequestStatus.DEFERRED)
        at = "2026-11-24T06:10:00.000Z"
        return table.proved(
            "r1", stream="marketing", message_id=message_id, status=RequestStatus.SENT, over=over, at=at, reason=None
        )

    assert proved("ses-1")
    assert not proved("ses-1")
    row = asyncio.run(table.read(["r1"]))["r1"]
    assert (row.status, row.message_id, row.evidence_at) == (RequestStatus.SENT, "ses-1", 1_795_500_600.0)
    assert not proved("ses-2")
    item = boto3.client("dynamodb").get_item(TableName=NAME, Key={"pk": {"S": "REQ#r1"}})["Item"]
    assert item["other_message_ids"] == {"SS": ["ses-2"]}
    assert not table.proved(
        "no-row",
        stream="marketing",
        message_id="m",
        status=RequestStatus.FAILED,
        over=(RequestStatus.SENT,),
        at="t",
        reason="why",
    )


@pytest.mark.parametrize(
    ("stream", "row"),
    [("transactional", ledger.claimed(entry(), NOW)), ("marketing", ledger.deferred(entry(), NOW, until=NOW, why=""))],
)
def test_mail_of_others_with_the_same_tag_proves_nothing(
    table: SendTable, calls: MotoCalls, stream: str, row: LedgerEntry
) -> None:
    """Of another stream, or of a request that no worker has claimed yet."""
    asyncio.run(table.write([LedgerChange(row, None)]))
    over = (RequestStatus.SENDING, RequestStatus.DEFERRED)
    assert not table.proved(
        "r1", stream=stream, message_id="m", status=RequestStatus.SENT, over=over, at="t", reason=None
    )
    kept = asyncio.run(table.read(["r1"]))["r1"]
    assert (kept.status, kept.message_id) == (row.status, None)


def test_a_late_rejection_of_another_message_does_not_unsend(table: SendTable) -> None:
    claimed = ledger.claimed(entry(), NOW)
    sent = ledger.sent(claimed, NOW, "ses-1")
    asyncio.run(table.write([LedgerChange(claimed, None)]))
    asyncio.run(table.write([LedgerChange(sent, claimed)]))

    def rejected(message_id: str) -> bool:
        return table.proved(
            "r1",
            stream="marketing",
            message_id=message_id,
            status=RequestStatus.FAILED,
            over=(RequestStatus.SENT,),
            at="2026-11-24T06:10:00.000Z",
            reason="SES took it, and rejected it",
        )

    assert not rejected("ses-2")
    assert rejected("ses-1")


def test_a_warm_up_day_admits_no_more_than_its_limit(table: SendTable) -> None:
    def admit(provider: str, wanted: int) -> int:
        return asyncio.run(table.admit("WARMUP#own#2026-09-21", provider, wanted=wanted, limit=10))

    assert [admit("gmail", 4), admit("gmail", 4), admit("gmail", 4), admit("gmail", 1)] == [4, 4, 2, 0]
    assert [admit("yahoo", 25), admit("yahoo", 0)] == [10, 0]
    asyncio.run(table.give_back("WARMUP#own#2026-09-21", {"gmail": 3, "yahoo": 1, "other": 0}))
    assert [admit("gmail", 4), admit("yahoo", 4)] == [3, 1]
