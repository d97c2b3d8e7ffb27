"""The number of messages in the lanes' queues from SQS, and the age of the oldest from CloudWatch, through boto3.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from ses_stack.sending.operations.backlog import Waiting

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_READY: Final = "ApproximateNumberOfMessages"
_DEFERRED: Final = "ApproximateNumberOfMessagesDelayed"
_AT_WORK: Final = "ApproximateNumberOfMessagesNotVisible"
_METRIC_PERIOD_SECONDS = 60
_METRIC_RANGE = timedelta(minutes=5)


class SqsLaneDepths:
    """The queues of the lanes, by lane. `cloudwatch` is boto3's client. SQS's errors pass through."""

    def __init__(self, sqs: SQSClient, cloudwatch: Any, urls: Mapping[str, str]) -> None:
        self._sqs = sqs
        self._cloudwatch = cloudwatch
        self._urls = urls

    def depth(self, lane: str, now: float) -> Waiting:
        """The messages of a lane at `now`, in seconds of the epoch."""
        url = self._urls[lane]
        attributes: Any = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[_READY, _DEFERRED, _AT_WORK])
        number = attributes["Attributes"]
        waiting = Waiting(ready=int(number[_READY]), deferred=int(number[_DEFERRED]), at_work=int(number[_AT_WORK]))
        return replace(waiting, oldest=self._oldest_seconds(url, now)) if waiting.all else waiting

    def _oldest_seconds(self, url: str, now: float) -> float | None:
        """The age of the oldest message, a minute ago; None where CloudWatch has no value or may not be read."""
        end = datetime.fromtimestamp(now, UTC)
        try:
            points = self._cloudwatch.get_metric_statistics(
                Namespace="AWS/SQS",
                MetricName="ApproximateAgeOfOldestMessage",
                Dimensions=[{"Name": "QueueName", "Value": url.rsplit("/", 1)[-1]}],
                StartTime=end - _METRIC_RANGE,
                EndTime=end,
                Period=_METRIC_PERIOD_SECONDS,
                Statistics=["Maximum"],
            )["Datapoints"]
        except (BotoCoreError, ClientError):
            return None
        newest = max(points, key=lambda point: point["Timestamp"], default=None)
        return None if newest is None else float(newest["Maximum"])
