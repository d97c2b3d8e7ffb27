"""The rate's windows on moto: DynamoDB grants what the rules of the rate grant."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import replace

import boto3
import pytest

from ses_stack.aws.threads import Threads
from ses_stack.mail.lanes import Lane
from ses_stack.sending.adapters.reader import SendTableReader
from ses_stack.sending.adapters.rows import sender_counts_of
from ses_stack.sending.adapters.table import SendTable
from ses_stack.sending.adapters.windows import RateWindows
from ses_stack.sending.limits.rate import Accepted, SenderCounts, SlotRequest, Window
from tests.support.moto_calls import MotoCalls

SECOND = 1_790_000_000


@pytest.fixture
def windows(own_table: Callable[[], SendTable], threads: Threads) -> RateWindows:
    return RateWindows(own_table, threads=threads)


def wish(**fields: object) -> SlotRequest:
    plain = SlotRequest(second=SECOND, lane=Lane.BULK, count=3, lowest=0, highest=14)
    return replace(plain, **fields)  # type: ignore[arg-type]


def test_the_store_grants_what_the_rules_grant(windows: RateWindows) -> None:
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
        granted, window = asyncio.run(windows.take(asked))
        assert granted == (expected is not None), (asked, played.get(asked.second))
        assert window == (expected or played.get(asked.second, Window()))
        played[asked.second] = window


def test_a_window_costs_one_call_and_two_after_a_pause(windows: RateWindows, calls: MotoCalls) -> None:
    asyncio.run(windows.take(wish()))
    asyncio.run(windows.take(wish()))
    assert calls.made == ["UpdateItem"] * 2
    assert asyncio.run(windows.take(wish(lowest=9))) == (True, Window(taken=12, bulk=9))
    assert calls.made == ["UpdateItem"] * 4


def test_each_shard_has_slots_of_its_own(windows: RateWindows) -> None:
    assert asyncio.run(windows.take(wish(shard=2, lowest=9))) == (True, Window(taken=12, bulk=3))
    assert asyncio.run(windows.take(wish(shard=1))) == (True, Window(taken=3, bulk=3))


def test_a_row_is_kept_for_an_hour(windows: RateWindows) -> None:
    asyncio.run(windows.take(wish(lane=Lane.PRIORITY)))

    row = boto3.client("dynamodb").get_item(TableName="SendTable", Key={"pk": {"S": f"RATE#{SECOND}"}})["Item"]
    assert row["expires_at"] == {"N": str(SECOND + 3600)}
    assert row["priority"] == {"N": "3"}


def test_slots_taken_over_a_broken_connection_are_the_workers_own(windows: RateWindows, calls: MotoCalls) -> None:
    """The second call finds no room, because the first one took it."""
    calls.broken = ["UpdateItem"]

    assert asyncio.run(windows.take(wish(count=14))) == (True, Window(taken=14, bulk=14))


def test_slots_of_another_worker_stay_theirs_over_a_broken_connection(windows: RateWindows, calls: MotoCalls) -> None:
    asyncio.run(windows.take(wish(count=14)))
    calls.broken = ["UpdateItem"]

    assert asyncio.run(windows.take(wish(count=14))) == (False, Window(taken=14, bulk=14))


def test_what_ses_accepted_is_counted_beside_the_slots(windows: RateWindows) -> None:
    """A count in a second without slots changes nothing for the slots of that second."""
    asyncio.run(windows.count_sent(SECOND, Lane.BULK, SenderCounts(recipients=3, deferrals=2)))
    asyncio.run(windows.count_sent(SECOND, Lane.BULK, SenderCounts(recipients=4, throttles=1, message_id="0100")))
    asyncio.run(windows.count_sent(SECOND, Lane.PRIORITY, SenderCounts(recipients=1, deferrals=5)))
    assert asyncio.run(windows.take(wish(lowest=2, share=3))) == (True, Window(taken=5, bulk=3))

    reader = SendTableReader(boto3.client("dynamodb"), name="SendTable")
    assert reader.accepted([SECOND]) == [Accepted(priority=1, bulk=7)]
    row = boto3.client("dynamodb").get_item(TableName="SendTable", Key={"pk": {"S": f"RATE#{SECOND}"}})["Item"]
    assert sender_counts_of(row) == SenderCounts(recipients=8, deferrals=7, throttles=1, message_id="0100")


def test_a_batch_that_only_defers_is_counted_too(windows: RateWindows) -> None:
    asyncio.run(windows.count_sent(SECOND, Lane.BULK, SenderCounts(deferrals=10)))

    row = boto3.client("dynamodb").get_item(TableName="SendTable", Key={"pk": {"S": f"RATE#{SECOND}"}})["Item"]
    assert sender_counts_of(row) == SenderCounts(deferrals=10)
    assert row.keys() == {"pk", "deferrals", "expires_at"}
