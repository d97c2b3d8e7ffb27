"""The lists of campaigns, on moto."""

from __future__ import annotations

import boto3
import pytest

from ses_stack.aws.retry import Retrying
from ses_stack.errors import TableError
from ses_stack.statistics.adapters.campaigns import CampaignLists
from tests.ses_stack.statistics.adapters.conftest import NAME
from tests.support.moto_calls import MotoCalls, error

DAY = "2026-11-24"


def lists(calls: MotoCalls, *, limit: int = 3) -> CampaignLists:
    """The lists as a new worker sees them."""
    return CampaignLists(calls, name=NAME, limit=limit, retrying=Retrying(max_attempts=3, sleep=lambda _: None))


def places(worker: CampaignLists, *wanted: str, stream: str = "marketing", day: str = DAY) -> set[str]:
    return set(worker.places(stream, day, wanted, until=float("inf")))


def test_a_campaign_gets_a_place_with_one_call(calls: MotoCalls) -> None:
    worker = lists(calls)
    assert places(worker, "a", "b") == {"a", "b"}
    assert places(worker, "b", "a") == {"a", "b"}
    assert calls.made == ["UpdateItem"]


def test_the_campaigns_are_bounded(calls: MotoCalls) -> None:
    worker = lists(calls)
    assert places(worker, "a", "b", "c", "d") == {"a", "b", "c"}
    made = len(calls.made)
    assert places(worker, "e") == {"a", "b", "c"}
    assert len(calls.made) == made


def test_a_new_worker_reads_the_list_as_it_writes(calls: MotoCalls) -> None:
    places(lists(calls), "a", "b")
    made = len(calls.made)
    assert places(lists(calls), "a") == {"a", "b"}
    assert len(calls.made) == made + 1


def test_workers_never_give_more_places_than_there_are(calls: MotoCalls) -> None:
    one, other = lists(calls), lists(calls)
    places(one, "a")
    places(other, "a")
    assert places(one, "b", "c") == {"a", "b", "c"}
    assert places(other, "d", "e") == {"a", "b", "c"}


def test_each_day_and_stream_has_its_list(calls: MotoCalls) -> None:
    worker = lists(calls, limit=1)
    assert places(worker, "a") == {"a"}
    assert places(worker, "b", day="2026-11-25") == {"b"}
    assert places(worker, "c", stream="default") == {"c"}


def test_a_list_expires_with_the_counters_of_its_day(calls: MotoCalls) -> None:
    places(lists(calls), "a")
    (row,) = boto3.client("dynamodb").scan(TableName=NAME)["Items"]
    assert row["expires_at"] == {"N": "1858550400"}
    assert (row["pk"], row["sk"]) == ({"S": "campaigns#marketing"}, {"S": DAY})


def test_a_list_that_expired_meanwhile_begins_anew(calls: MotoCalls) -> None:
    worker = lists(calls)
    places(worker, "a")
    key = {"pk": {"S": "campaigns#marketing"}, "sk": {"S": DAY}}
    boto3.client("dynamodb").delete_item(TableName=NAME, Key=key)
    assert places(worker, "b") == {"b"}


def test_a_repeated_call_finds_its_own_campaign(calls: MotoCalls) -> None:
    calls.broken = ["UpdateItem"]
    assert places(lists(calls), "a") == {"a"}


def test_many_days_do_not_fill_the_memory(calls: MotoCalls) -> None:
    worker = lists(calls)
    for number in range(70):
        places(worker, "a", day=f"{2000 + number}-01-01")
    assert len(worker._known) <= 64


def test_an_error_that_stays_is_raised(calls: MotoCalls) -> None:
    calls.faults = [("UpdateItem", error("ThrottlingException"))] * 3
    with pytest.raises(TableError, match="statistics table answers ThrottlingException"):
        places(lists(calls), "a")
