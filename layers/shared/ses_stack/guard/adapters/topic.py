"""The alert topic, through boto3.

https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ses_stack.errors import ServiceError
from ses_stack.guard.wording import Notification


class AlertTopic:
    """Publishes to an SNS topic. `client` gives boto3's client: it is made when there is something to publish."""

    def __init__(self, client: Callable[[], Any], *, arn: str) -> None:
        self._client = client
        self._arn = arn

    def notify(self, notification: Notification) -> None:
        """Publishes a message. Raises `ServiceError`."""
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 -- 180 ms, with boto3

        try:
            self._client().publish(TopicArn=self._arn, Subject=notification.subject, Message=notification.text)
        except ClientError as error:
            raise ServiceError(f"SNS answers {error.response['Error']['Code']} to Publish") from error
        except BotoCoreError as error:
            raise ServiceError(f"SNS does not answer: {type(error).__name__}") from error
