"""The age of the oldest message, from SQS and CloudWatch."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

import botocore.session
import pytest
from botocore.validate import validate_parameters

from ses_stack.aws.json_api import Answer
from ses_stack.aws.retry import Retrying
from ses_stack.errors import ServiceError
from ses_stack.guard.adapters.lanes import GuardedQueues

NOW = 1_790_000_000.0
URLS = ("https://sqs/1/priority", "https://sqs/1/bulk")


class Scripted:
    """A service that gives scripted answers, in order, and checks each call against botocore's model."""

    def __init__(self, service: str, *answers: Answer) -> None:
        self._model = botocore.session.Session().get_service_model(service)
        self._answers = list(answers)
        self.made: list[dict[str, Any]] = []

    def calls(self, operation: str, bodies: Iterable[bytes], *, until: float) -> Iterator[Answer | None]:
        for body in bodies:
            document = json.loads(body)
            validate_parameters(document, self._model.operation_model(operation).input_shape)
            self.made.append(document)
            yield self._answers.pop(0)


def depth(ready: int = 0, delayed: int = 0, taken: int = 0) -> Answer:
    names = ("", "Delayed", "NotVisible")
    counts = zip(names, (ready, delayed, taken), strict=True)
    return Answer(200, {"Attributes": {f"ApproximateNumberOfMessages{name}": str(count) for name, count in counts}})


def points(*ages: float) -> Answer:
    found = [{"Timestamp": NOW - 60 * number, "Maximum": age} for number, age in enumerate(ages)]
    return Answer(200, {"Label": "x", "Datapoints": found[::-1]})


def lanes(sqs: Scripted, cloudwatch: Scripted) -> GuardedQueues:
    return GuardedQueues(sqs, cloudwatch, URLS, retrying=Retrying(max_attempts=1))


def test_empty_queues_have_no_old_message_and_cloudwatch_is_not_asked() -> None:
    assert lanes(Scripted("sqs", depth(), depth()), Scripted("cloudwatch")).oldest_seconds(NOW) == 0


def test_the_newest_value_of_the_older_lane_counts() -> None:
    sqs, cloudwatch = Scripted("sqs", depth(1), depth(0, 5)), Scripted("cloudwatch", points(30, 500), points(90, 20))
    assert lanes(sqs, cloudwatch).oldest_seconds(NOW) == 90
    assert [call["Dimensions"][0]["Value"] for call in cloudwatch.made] == ["priority", "bulk"]


def test_a_queue_of_which_cloudwatch_knows_nothing_has_no_known_age() -> None:
    sqs, cloudwatch = Scripted("sqs", depth(taken=1), depth(1)), Scripted("cloudwatch", points(), points(90))
    assert lanes(sqs, cloudwatch).oldest_seconds(NOW) is None


@pytest.mark.parametrize("name", ["SQS", "CloudWatch"])
def test_a_service_that_refuses_is_named(name: str) -> None:
    refusal = Answer(403, {"__type": "AccessDenied"})
    sqs = Scripted("sqs", refusal if name == "SQS" else depth(1))
    with pytest.raises(ServiceError, match=f"{name} answers AccessDenied"):
        lanes(sqs, Scripted("cloudwatch", refusal)).oldest_seconds(NOW)
