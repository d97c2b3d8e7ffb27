"""The lanes' queues, as applications write to them.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import batched
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NetworkError

from ses_stack.aws.retry import Attempt, Retrying, is_transient
from ses_stack.errors import QueueingError
from ses_stack.requests.lane_messages import LaneMessage

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

# How long a put waits for a queue that throttles or fails.
PATIENCE_SECONDS = 20.0
_TOO_LONG = frozenset({"BatchRequestTooLong", "AWS.SimpleQueueService.BatchRequestTooLong"})


class SendQueues:
    """Puts messages into the lanes. Transient failures are retried, with growing pauses, for `PATIENCE_SECONDS`."""

    def __init__(self, client: SQSClient, urls: Mapping[str, str], *, retrying: Retrying | None = None) -> None:
        self._client = client
        self._urls = urls
        self._retrying = retrying or Retrying()

    def put(self, lane: str, messages: Sequence[LaneMessage]) -> dict[int, str]:
        """Sends at most ten messages; gives the positions of those that SQS did not take, each with its reason.

        Raises `QueueingError` if SQS refuses the call for a reason that does not pass.
        """

        def attempt(calls: Sequence[Sequence[int]]) -> Attempt[int]:
            left: Attempt[int] = Attempt()
            for positions in calls:
                self._send(lane, {position: messages[position] for position in positions}, left)
            return left

        until = self._retrying.clock() + PATIENCE_SECONDS
        return self._retrying.run(range(len(messages)), attempt, packed=_one_call, until=until)

    def _send(self, lane: str, messages: Mapping[int, LaneMessage], left: Attempt[int]) -> None:
        """One call, with messages by their position. Those that SQS did not take go into `left`."""
        entries: Any = [
            {"Id": str(position), "MessageBody": message.body, "MessageGroupId": message.group}
            for position, message in messages.items()
        ]
        try:
            answer = self._client.send_message_batch(QueueUrl=self._urls[lane], Entries=entries)
        except ClientError as error:
            self._sort_refused(lane, messages, left, error)
        except (NetworkError, HTTPClientError) as error:
            left.again |= dict.fromkeys(messages, type(error).__name__)
        except BotoCoreError as error:
            raise QueueingError(f"the {lane} queue cannot be reached: {error}") from error
        else:
            for failed in answer.get("Failed", []):
                kind = left.refused if failed["SenderFault"] else left.again
                kind[int(failed["Id"])] = failed["Code"]

    def _sort_refused(
        self, lane: str, messages: Mapping[int, LaneMessage], left: Attempt[int], error: ClientError
    ) -> None:
        code = error.response["Error"]["Code"]
        if code in _TOO_LONG and len(messages) == 1:
            left.refused |= dict.fromkeys(messages, "BatchRequestTooLong")
        elif code in _TOO_LONG:
            # Some queues take less than AWS allows: an emulator's, or one with a smaller MaximumMessageSize.
            for half in batched(messages.items(), -(-len(messages) // 2), strict=False):
                self._send(lane, dict(half), left)
        elif is_transient(code, error.response["ResponseMetadata"]["HTTPStatusCode"]):
            left.again |= dict.fromkeys(messages, code)
        else:
            message = error.response["Error"]["Message"]
            raise QueueingError(f"the {lane} queue refuses mail: {code}: {message}") from error


def _one_call(positions: Iterable[int]) -> list[tuple[int, ...]]:
    call = tuple(positions)
    return [call] if call else []
