"""The number and the age of the messages in the lanes: SQS in moto, CloudWatch in memory."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from moto import mock_aws

from ses_stack.sending.adapters.lane_depths import SqsLaneDepths
from ses_stack.sending.operations.backlog import Waiting

NOW = 1_800_000_000.0


class FakeCloudWatch:
    """Answers with data points or raises an error; keeps the calls."""

    def __init__(self, answer: list[dict[str, Any]] | Exception) -> None:
        self.answer = answer
        self.calls: list[dict[str, Any]] = []

    def get_metric_statistics(self, **arguments: Any) -> dict[str, Any]:
        self.calls.append(arguments)
        if isinstance(self.answer, Exception):
            raise self.answer
        return {"Datapoints": self.answer}


@pytest.fixture
def url() -> Iterator[str]:
    with mock_aws():
        yield boto3.client("sqs").create_queue(QueueName="bulk-queue")["QueueUrl"]


def depth(url: str, cloudwatch: FakeCloudWatch) -> Waiting:
    return SqsLaneDepths(boto3.client("sqs"), cloudwatch, {"bulk": url}).depth("bulk", NOW)


def fill(url: str, *delays: int) -> None:
    for delay in delays:
        boto3.client("sqs").send_message(QueueUrl=url, MessageBody="x", DelaySeconds=delay)


def point(minute: int, age: float) -> dict[str, Any]:
    return {"Timestamp": datetime(2027, 1, 15, 7, minute, tzinfo=UTC), "Maximum": age}


def test_messages_are_counted_by_their_state(url: str) -> None:
    fill(url, 0, 0, 0, 60, 60)
    boto3.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=1)

    assert depth(url, FakeCloudWatch([])) == Waiting(ready=2, deferred=2, at_work=1)


def test_an_empty_queue_needs_no_call_to_cloudwatch(url: str) -> None:
    cloudwatch = FakeCloudWatch([point(59, 5.0)])

    assert depth(url, cloudwatch) == Waiting(ready=0, deferred=0, at_work=0)
    assert cloudwatch.calls == []


def test_the_age_is_the_newest_value_of_the_last_five_minutes(url: str) -> None:
    fill(url, 0)
    cloudwatch = FakeCloudWatch([point(58, 70.0), point(59, 130.0), point(57, 10.0)])

    assert depth(url, cloudwatch).oldest == 130.0
    (call,) = cloudwatch.calls
    assert call["Dimensions"] == [{"Name": "QueueName", "Value": "bulk-queue"}]
    assert (call["StartTime"], call["EndTime"]) == (
        datetime(2027, 1, 15, 7, 55, tzinfo=UTC),
        datetime(2027, 1, 15, 8, 0, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    "answer",
    [
        [],
        ClientError({"Error": {"Code": "AccessDenied"}}, "GetMetricStatistics"),
        EndpointConnectionError(endpoint_url="x"),
    ],
)
def test_without_an_answer_of_cloudwatch_the_age_is_unknown(url: str, answer: Any) -> None:
    fill(url, 0)

    assert depth(url, FakeCloudWatch(answer)) == Waiting(ready=1, deferred=0, at_work=0, oldest=None)
