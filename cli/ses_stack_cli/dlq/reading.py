"""Dead-letter queues as `list` and `peek` read them: without the SDK where that is possible.

For queues that are empty, making the SDK's client of SQS is half of what these commands compute.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Mapping
from functools import cache
from threading import Lock
from typing import Any

from ses_stack.aws.json_api import Service
from ses_stack_cli.signed_calls import SignedCalls
from ses_stack_cli.target import Target


def queue_reader(target: Target) -> Any:
    """The methods of the SDK's client of SQS that reading a queue needs. Threads may share it."""
    make = target.signed.maker("sqs") if target.signed else None
    return SignedQueues(make, lambda: target.client("sqs")) if make else target.client("sqs")


class SignedQueues:
    """SQS's depth and messages without the SDK. The SDK repeats a call that has no success, and raises its errors.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
    """

    def __init__(self, make: Callable[[], Service], sdk: Callable[[], Any]) -> None:
        self._calls = SignedCalls(make)
        self._sdk = cache(sdk)
        self._lock = Lock()

    def get_queue_attributes(self, **request: Any) -> dict[str, Any]:
        """GetQueueAttributes' answer as the SDK gives it."""
        return self._calls.document("GetQueueAttributes", request) or dict(
            self._client().get_queue_attributes(**request)
        )

    def receive_message(self, **request: Any) -> dict[str, Any]:
        """ReceiveMessage's answer as the SDK gives it."""
        document = self._calls.document("ReceiveMessage", request)
        if document is None:
            return dict(self._client().receive_message(**request))
        return {"Messages": [_sdk_message(message) for message in document.get("Messages") or ()]}

    def change_message_visibility_batch(self, **request: Any) -> dict[str, Any]:
        """Gives messages back, through the SDK."""
        return dict(self._client().change_message_visibility_batch(**request))

    def close(self) -> None:
        """Closes the connections. A command need not call this: its process closes them."""
        self._calls.close()

    def _client(self) -> Any:
        """The SDK's client: a session of the SDK makes one at a time."""
        with self._lock:
            return self._sdk()


def _sdk_message(message: Mapping[str, Any]) -> dict[str, Any]:
    """A message as the SDK has it: binary values are bytes; in JSON they are base64."""
    attributes = message.get("MessageAttributes") or {}
    return {**message, "MessageAttributes": {name: _sdk_attribute(each) for name, each in attributes.items()}}


def _sdk_attribute(attribute: Mapping[str, Any]) -> dict[str, Any]:
    binary = {"BinaryValue": b64decode(attribute["BinaryValue"])} if "BinaryValue" in attribute else {}
    return {**attribute, **binary}
