"""Events for `ses-stack local invoke`: what a function cannot take is explained."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ses_stack_cli.local.errors import LocalCloudError
from ses_stack_cli.local.invocations import check_event, read_event
from tests.support.paths import ROOT

REQUEST = ROOT / "events" / "send_request.json"  # the body of a message, not an event
QUEUE = ["arn:aws:sqs:us-east-1:000000000000:shop-EventQueue"]
STREAM = ["arn:aws:dynamodb:us-east-1:000000000000:table/shop/stream/2026"]
SQS_RECORD = {"messageId": "1", "body": "{}", "eventSourceARN": QUEUE[0]}
STREAM_RECORD = {"eventName": "INSERT", "dynamodb": {}}


def checked(*records: object, sources: list[str]) -> None:
    check_event("Normalizer", json.dumps({"Records": records}).encode(), sources)


@pytest.mark.parametrize("text", [b"", b"not json", b"\xff\xfe", b"{"])
def test_a_file_that_is_not_json_is_named(text: bytes, tmp_path: Path) -> None:
    (tmp_path / "event.json").write_bytes(text)
    with pytest.raises(LocalCloudError, match=r"event\.json is not JSON: "):
        read_event(tmp_path / "event.json")


@pytest.mark.parametrize("name", sorted(path.name for path in (ROOT / "events").glob("*.json") if path != REQUEST))
def test_the_projects_own_events_are_events_of_a_queue(name: str) -> None:
    check_event("Normalizer", read_event(ROOT / "events" / name), QUEUE)


@pytest.mark.parametrize("event", ["{}", "[]", "7", '{"Records": 5}', '{"Records": {"body": "x"}}'])
def test_an_event_without_records_is_explained(event: str) -> None:
    with pytest.raises(LocalCloudError, match=r"this event has no list of Records: events/bounce\.json is an example"):
        check_event("Normalizer", event.encode(), QUEUE)


def test_an_empty_list_of_records_is_explained() -> None:
    with pytest.raises(LocalCloudError, match=r"the list of Records of this event is empty: events/bounce\.json is"):
        checked(sources=QUEUE)
    with pytest.raises(LocalCloudError, match=r"the list of Records of this event is empty$"):
        checked(sources=STREAM)


@pytest.mark.parametrize("lane", ["PriorityQueue", "BulkQueue"])
def test_the_example_of_a_lane_is_a_send_request(lane: str) -> None:
    with pytest.raises(LocalCloudError, match=r"send_request\.json is an example of a record's body$"):
        checked(sources=[f"arn:aws:sqs:us-east-1:000000000000:shop-{lane}-1ABC"])


def test_a_record_of_another_service_is_explained() -> None:
    checked(SQS_RECORD, sources=QUEUE)
    checked(STREAM_RECORD, sources=STREAM)
    with pytest.raises(LocalCloudError, match=r"\(SQS\); record 2 has no messageId, body, eventSourceARN$"):
        checked(SQS_RECORD, STREAM_RECORD, sources=QUEUE)
    with pytest.raises(LocalCloudError, match=r"\(DynamoDB\); record 1 has no eventName, dynamodb$"):
        checked(SQS_RECORD, sources=STREAM)
    with pytest.raises(LocalCloudError, match=r"record 1 body is not a text$"):
        checked(SQS_RECORD | {"body": {"eventType": "Bounce"}}, sources=QUEUE)
    with pytest.raises(LocalCloudError, match=r"record 1 is not an object$"):
        checked("text", sources=QUEUE)


def test_a_record_of_another_queue_is_explained_where_the_function_has_several() -> None:
    lanes = [f"arn:aws:sqs:us-east-1:000000000000:shop-{lane}Queue-1ABC" for lane in ("Priority", "Bulk")]
    checked(SQS_RECORD | {"eventSourceARN": lanes[1]}, sources=lanes)
    checked(SQS_RECORD | {"eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:another"}, sources=QUEUE)
    with pytest.raises(LocalCloudError, match=rf"eventSourceARN of record 2 must be {lanes[0]} or {lanes[1]}$"):
        checked(SQS_RECORD | {"eventSourceARN": lanes[0]}, SQS_RECORD, sources=lanes)


def test_a_function_without_a_mapping_takes_any_event() -> None:
    check_event("Schedule", b"{}", [])
