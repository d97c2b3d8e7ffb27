"""The history's deliveries as suppression reads them, with rows that the history's own writer makes, on moto."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from ses_stack.aws.json_api import Answer
from ses_stack.aws.retry import Retrying
from ses_stack.history.adapters import events
from ses_stack.history.adapters.table import EventTable
from ses_stack.suppression.adapters import feedback
from ses_stack.suppression.adapters.history import DeliveryHistory, late_deliveries
from ses_stack.suppression.facts import Fact
from ses_stack.suppression.feedback import facts_of
from ses_stack.suppression.soft_bounces import DeliveryQuestion
from tests.support import payloads
from tests.support.moto_calls import MotoCalls
from tests.support.suppression_facts import at
from tests.support.suppression_world import bounce, delivered, enveloped
from tests.support.tables import create_table

ANN, NAME = "ann.lee@example.org", "EventTable"


@pytest.fixture
def calls() -> Iterator[MotoCalls]:
    with mock_aws():
        create_table(NAME)
        yield MotoCalls(boto3.client("dynamodb"))


@pytest.fixture
def history(calls: MotoCalls) -> DeliveryHistory:
    return DeliveryHistory(calls, name=NAME, retrying=Retrying(sleep=lambda _: None))


def until() -> float:
    return time.monotonic() + 30


def stored(calls: MotoCalls, *records: dict[str, object]) -> None:
    """Records as the normalizer stores them."""
    table = EventTable(calls, name=NAME, retention_days=90)
    for record in records:
        parsed = events.parse(json.dumps(enveloped(record)), stack="ses-stack")
        assert table.write(parsed.events, until=until()) == {}


def fact_in(record: dict[str, object]) -> Fact:
    found = feedback.parse(json.dumps(enveloped(record)))
    assert found
    (fact,) = facts_of(found)
    return fact


def question(since: str, *message_ids: str) -> DeliveryQuestion:
    return DeliveryQuestion(since=since, message_ids=frozenset(message_ids))


def test_a_delivery_in_the_history_is_the_fact_that_its_event_gives(calls: MotoCalls, history: DeliveryHistory) -> None:
    record = delivered(at(days=1), ANN)
    stored(calls, record, bounce(ANN), payloads.opened())
    assert history.deliveries({ANN: question(at())}, until=until()) == ({ANN: [fact_in(record)]}, {})


def test_older_and_irrelevant_deliveries_are_left_out(calls: MotoCalls, history: DeliveryHistory) -> None:
    stored(calls, *(delivered(at(days=day), ANN, f"m{day}") for day in range(5)), delivered(at(days=9), "bob@x.org"))
    found, _ = history.deliveries({ANN: question(at(days=1), "m0", "m2"), "cy@x.org": question(at())}, until=until())
    assert [fact.message_id for fact in found[ANN]] == ["m2", "m4"]
    assert found["cy@x.org"] == []


def first_page() -> Answer:
    """The newest row of the index alone."""
    values = {":r": {"S": ANN}}
    page = boto3.client("dynamodb").query(
        TableName=NAME,
        IndexName="by_recipient",
        KeyConditionExpression="recipient = :r",
        ExpressionAttributeValues=values,  # type: ignore[arg-type]
        ScanIndexForward=False,
        Limit=1,
    )
    return Answer(200, {"Items": page["Items"], "LastEvaluatedKey": page["LastEvaluatedKey"]})


def test_all_pages_are_read(calls: MotoCalls, history: DeliveryHistory) -> None:
    stored(calls, delivered(at(days=1), ANN, "m1"), delivered(at(days=2), ANN, "m2"))
    calls.faults = [("Query", first_page())]
    found, _ = history.deliveries({ANN: question(at(), "m1", "m2")}, until=until())
    assert sorted(str(fact.message_id) for fact in found[ANN]) == ["m1", "m2"]


def test_no_older_page_is_read_once_a_newer_delivery_answers(calls: MotoCalls, history: DeliveryHistory) -> None:
    stored(calls, delivered(at(days=1), ANN, "m1"), delivered(at(days=4), ANN, "m4"))
    for newest_bounce, expected in ((at(days=3), ["m4"]), (at(days=5), ["m1", "m4"])):
        calls.faults = [("Query", first_page())]
        asked = DeliveryQuestion(since=at(), message_ids=frozenset({"m1"}), newest_bounce=newest_bounce)
        found, _ = history.deliveries({ANN: asked}, until=until())
        assert sorted(str(fact.message_id) for fact in found[ANN]) == expected


def test_a_history_that_refuses_is_reported(calls: MotoCalls, history: DeliveryHistory) -> None:
    calls.faults = [("Query", Answer(400, {"__type": "x#AccessDeniedException"}))]
    found = history.deliveries({ANN: question(at()), "b@x.org": question(at())}, until=until())
    assert found == ({"b@x.org": []}, {ANN: "AccessDeniedException"})


def test_a_history_that_does_not_answer_is_not_waited_for(calls: MotoCalls) -> None:
    clock = iter(range(0, 1_000, 2))
    times = Retrying(sleep=lambda _: None, clock=lambda: float(next(clock)))
    history = DeliveryHistory(calls, name=NAME, retrying=times, clock=lambda: 0.0)
    calls.faults = [("Query", None)] * 9
    assert history.deliveries({ANN: question(at())}, until=1_000) == ({}, {ANN: "no answer"})
    assert len(calls.made) == 3


def test_a_stream_record_of_a_delivery_becomes_a_record_with_the_same_fact(calls: MotoCalls) -> None:
    record = delivered(at(days=1), ANN)
    stored(calls, record, bounce(ANN), payloads.opened())
    rows = boto3.client("dynamodb").scan(TableName=NAME)["Items"]
    records = [{"dynamodb": {"SequenceNumber": str(number), "NewImage": row}} for number, row in enumerate(rows)]
    (late,) = late_deliveries([*records, {"dynamodb": {"SequenceNumber": "9"}}])
    parsed = feedback.parse(late.body)
    assert parsed
    assert (late.recipient, facts_of(parsed)) == (ANN, [fact_in(record)])
    assert rows[int(late.id)]["type"] == {"S": "delivery"}
