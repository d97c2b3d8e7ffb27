"""The history as the guard reads it, on moto."""

from __future__ import annotations

from datetime import UTC, datetime

import boto3
import pytest

from ses_stack.aws.retry import Retrying
from ses_stack.errors import TableError
from ses_stack.guard.adapters.history import HistoryEvidence
from ses_stack.guard.policy import Cause
from ses_stack.guard.samples import EventSample
from ses_stack.history.keys import FEED_SHARDS
from ses_stack.mail.times import epoch_utc_milliseconds
from tests.support.moto_calls import MotoCalls, error

NOW = datetime(2026, 11, 25, 12, 0, 30, tzinfo=UTC).timestamp()
HARD = {"type": "bounce", "subtype": "Permanent/General", "detail": "550 5.1.1 <ann@example.com> unknown"}


@pytest.fixture
def history(calls: MotoCalls) -> HistoryEvidence:
    return HistoryEvidence(calls, name="EventTable", retrying=Retrying(max_attempts=2, sleep=lambda _: None))


def put(seconds_ago: float, *, number: int = 0, campaign: str = "", stream: str = "marketing", **texts: str) -> None:
    """A row of the history with an event of so many seconds ago."""
    time = epoch_utc_milliseconds(NOW - seconds_ago)
    row = {"type": "send", "stream": stream, "provider": "gmail", **texts}
    row |= {"message_id": f"m{number}", "event_key": f"{time}#{row['type']}#{number}"}
    row["feed"] = f"{time[:13]}#{number % FEED_SHARDS}"
    item = {name: {"S": text} for name, text in row.items()}
    tags = {"tags": {"M": {"campaign": {"L": [{"S": campaign}]}}}} if campaign else {}
    boto3.client("dynamodb").put_item(TableName="EventTable", Item={**item, **tags})


@pytest.mark.parametrize(("age", "since", "found"), [(40, 60, True), (61, 60, False), (1_900, 2_000, True)])
def test_an_event_since_a_moment_is_found_in_any_partition(
    history: HistoryEvidence, age: float, since: float, found: bool
) -> None:
    put(age, number=5)
    assert history.has_event_since(NOW - since, NOW) is found


def test_an_event_of_a_message_is_found_whatever_its_type(history: HistoryEvidence) -> None:
    put(1, number=7, type="delivery")
    assert history.has_event_of("m7")
    assert not history.has_event_of("m8")


def test_a_long_silence_reads_the_last_hour_only(history: HistoryEvidence, calls: MotoCalls) -> None:
    put(5_000)
    assert not history.has_event_since(NOW - 90_000, NOW)
    assert len(calls.made) == 2 * FEED_SHARDS


def test_the_first_partition_with_an_event_is_enough(history: HistoryEvidence, calls: MotoCalls) -> None:
    put(1, number=0)
    assert history.has_event_since(NOW - 60, NOW)
    assert calls.made == ["Query"]


def test_a_sample_has_the_campaign_and_the_kind_of_the_newest_events(history: HistoryEvidence) -> None:
    for number in range(6):
        put(number, number=number, campaign="spring" if number < 4 else "", **HARD)
    put(1, number=10, campaign="other", type="bounce", subtype="Transient/MailboxFull")
    put(1, number=11, campaign="other", type="bounce", subtype="Permanent/Suppressed")
    put(1, number=12, campaign="other", type="complaint", subtype="abuse")
    put(1, number=13, campaign="other", stream="default", **HARD)
    put(1, number=14, campaign="other", provider="simulator", **HARD)

    assert history.sample("marketing", Cause.HARD_BOUNCES, NOW) == EventSample(
        6, "spring", 4, "Permanent/General 5.1.1", 6
    )
    assert history.sample("marketing", Cause.COMPLAINTS, NOW) == EventSample(1, "other", 1, "abuse", 1)


def test_a_correction_is_no_complaint(history: HistoryEvidence) -> None:
    put(1, type="complaint", subtype="not-spam")
    assert history.sample("marketing", Cause.COMPLAINTS, NOW).size == 0


def test_a_sample_is_bounded(history: HistoryEvidence, calls: MotoCalls) -> None:
    for number in range(130):
        put(number / 10, number=number, campaign="spring", **HARD)
    assert history.sample("marketing", Cause.HARD_BOUNCES, NOW).size == 100
    assert calls.made.count("BatchGetItem") == 1


def test_a_table_that_does_not_answer_raises(history: HistoryEvidence, calls: MotoCalls) -> None:
    calls.faults = [("Query", error("ThrottlingException"))] * 2
    with pytest.raises(TableError, match="ThrottlingException"):
        history.has_event_since(NOW, NOW)
