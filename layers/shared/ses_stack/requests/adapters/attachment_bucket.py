"""The bucket of attachments that are too large for a queue, as applications write to it.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from functools import cache
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from ses_stack.errors import QueueingError

_FRESH_SECONDS = 3600.0


class S3Client(Protocol):
    """The one method of boto3's S3 client that the bucket needs."""

    def put_object(self, *, Bucket: str, Key: str, Body: bytes) -> Any:  # noqa: N803
        """Stores an object."""


class AttachmentBucket:
    """Keeps attachments. May be shared by threads. `remembered` is the number of keys that it knows as stored."""

    def __init__(
        self,
        client: Callable[[], S3Client],
        name: str,
        *,
        clock: Callable[[], float] = time.monotonic,
        remembered: int = 1024,
    ) -> None:
        self._client = cache(client)  # made when first needed: most applications never need it
        self._name = name
        self._clock = clock
        self._remembered = remembered
        self._stored: OrderedDict[str, float] = OrderedDict()

    @property
    def name(self) -> str:
        """The bucket's name."""
        return self._name

    def put(self, key: str, content: bytes) -> str:
        """Stores the content and returns the bucket's name. Within an hour, the same key is stored once.

        After an hour it is stored again: that renews the object's age, so it outlives the messages that name it.
        Raises `QueueingError`.
        """
        now = self._clock()
        if now - self._stored.get(key, float("-inf")) < _FRESH_SECONDS:
            return self._name
        try:
            self._client().put_object(Bucket=self._name, Key=key, Body=content)
        except ClientError as error:
            answer = error.response["Error"]
            raise QueueingError(
                f"the attachment bucket refuses a file: {answer['Code']}: {answer['Message']}"
            ) from error
        except BotoCoreError as error:
            raise QueueingError(f"the attachment bucket cannot be reached: {error}") from error
        self._stored[key] = now
        self._stored.move_to_end(key)
        if len(self._stored) > self._remembered:
            self._stored.popitem(last=False)
        return self._name
