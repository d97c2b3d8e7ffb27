"""The position in a table stream at which a function gave up."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from ses_stack.dead_letters.adapters.stream_position import StreamPosition, position_of
from ses_stack.errors import FieldError, NotJsonError
from tests.ses_stack.dead_letters.adapters.test_stream_replay import ARN, AT, letter


def message_body() -> str:
    return letter().body


def test_a_position_has_all_members_that_are_needed() -> None:
    assert position_of(message_body()) == StreamPosition(
        stream_arn=ARN,
        shard="shardId-1",
        first="101",
        last="103",
        condition="RetryAttemptsExhausted",
        size=3,
        arrived=(AT, datetime(2026, 11, 24, 0, 0, 1, tzinfo=UTC)),
    )
    with pytest.raises(NotJsonError):
        position_of("[")
    document = json.loads(message_body())
    del document["DDBStreamBatchInfo"]["shardId"]
    with pytest.raises(FieldError, match=r"DDBStreamBatchInfo\.shardId is missing"):
        position_of(json.dumps(document))


def test_times_and_size_may_be_missing_or_wrong() -> None:
    document = json.loads(message_body())
    document["DDBStreamBatchInfo"] |= {"batchSize": "3", "approximateArrivalOfFirstRecord": "yesterday"}
    del document["requestContext"]["condition"]
    position = position_of(json.dumps(document))
    assert (position.size, position.arrived, position.condition) == (None, None, "no reason was given")


def test_a_time_without_a_zone_is_utc() -> None:
    document = json.loads(message_body())
    document["DDBStreamBatchInfo"]["approximateArrivalOfFirstRecord"] = "2026-11-24T00:00:00"
    position = position_of(json.dumps(document))
    assert position.arrived is not None
    assert position.arrived[0] == AT
