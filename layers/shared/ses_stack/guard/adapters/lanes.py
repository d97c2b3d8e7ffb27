"""The age of the lanes' oldest message: the number of messages from SQS, the age from CloudWatch.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ses_stack.aws.json_api import Calls
from ses_stack.aws.retry import Retrying
from ses_stack.errors import ServiceError

_COUNTS = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesDelayed",
    "ApproximateNumberOfMessagesNotVisible",
)
_PERIOD_SECONDS = 60
_RANGE_SECONDS = 300


class GuardedQueues:
    """The lanes' queues, by their URLs."""

    def __init__(self, sqs: Calls, cloudwatch: Calls, urls: Sequence[str], *, retrying: Retrying | None = None) -> None:
        self._sqs = sqs
        self._cloudwatch = cloudwatch
        self._urls = urls
        self._retrying = retrying or Retrying(max_attempts=2, attempt_seconds=3)

    def oldest_seconds(self, now: float) -> float | None:
        """The age of the oldest message, as CloudWatch knew it a minute ago: 0 if the queues are empty.

        None: CloudWatch has no value yet. Raises `ServiceError`.
        """
        ages = [self._oldest_in(url, now) for url in self._urls if self._has_messages(url)]
        return None if None in ages else max((age for age in ages if age is not None), default=0.0)

    def _has_messages(self, url: str) -> bool:
        answer = self._call("SQS", self._sqs, "GetQueueAttributes", {"QueueUrl": url, "AttributeNames": _COUNTS})
        return any(int(number) for number in answer["Attributes"].values())

    def _oldest_in(self, url: str, now: float) -> float | None:
        document = {
            "Namespace": "AWS/SQS",
            "MetricName": "ApproximateAgeOfOldestMessage",
            "Dimensions": [{"Name": "QueueName", "Value": url.rpartition("/")[2]}],
            "StartTime": int(now) - _RANGE_SECONDS,
            "EndTime": int(now),
            "Period": _PERIOD_SECONDS,
            "Statistics": ["Maximum"],
        }
        points = self._call("CloudWatch", self._cloudwatch, "GetMetricStatistics", document).get("Datapoints") or ()
        newest = max(points, key=lambda point: float(point["Timestamp"]), default=None)
        return None if newest is None else float(newest["Maximum"])

    def _call(self, name: str, service: Calls, operation: str, document: Mapping[str, Any]) -> dict[str, Any]:
        answer = self._retrying.call(service, operation, document)
        if answer.error:
            raise ServiceError(f"{name} answers {answer.error} to {operation}")
        return answer.document
