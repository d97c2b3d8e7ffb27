"""The lanes' queues, as applications write to them.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NetworkError

from ses_stack.errors import QueueingError
from ses_stack.requests.lane_messages import LaneMessage

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

ATTEMPTS = 5
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 3.0
_TOO_LONG = frozenset({"BatchRequestTooLong", "AWS.SimpleQueueService.BatchRequestTooLong"})
_PASSING = frozenset(
    {
        "InternalError",
        "InternalFailure",
        "RequestThrottled",
        "ServiceUnavailable",
        "Throttling",
        "ThrottlingException",
        "KmsThrottled",
    }
)


class SendQueues:
    """Puts letters into the lanes. What fails in passing is tried again, a few times, ever more slowly."""

    def __init__(
        self, client: SQSClient, urls: Mapping[str, str], *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._client = client
        self._urls = urls
        self._sleep = sleep

    def put(self, lane: str, letters: Sequence[LaneMessage]) -> dict[int, str]:
        """Sends at most ten letters; gives the positions of those that SQS did not take, each with its reason."""
        pending = list(range(len(letters)))
        refused: dict[int, str] = {}
        for attempt in range(ATTEMPTS):
            again, final = self._attempt(lane, letters, pending)
            refused |= final
            if not again:
                return refused
            pending = list(again)
            if attempt + 1 < ATTEMPTS:
                pause = min(_FIRST_PAUSE * 2**attempt, _LONGEST_PAUSE)
                self._sleep(random.uniform(pause / 2, pause))
        return refused | again

    def _attempt(
        self, lane: str, letters: Sequence[LaneMessage], positions: Sequence[int]
    ) -> tuple[dict[int, str], dict[int, str]]:
        """One call: the letters that may succeed in another one, and those that never will."""
        entries: Any = [
            {"Id": str(position), "MessageBody": letters[position].body, "MessageGroupId": letters[position].group}
            for position in positions
        ]
        try:
            answer = self._client.send_message_batch(QueueUrl=self._urls[lane], Entries=entries)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in _TOO_LONG:
                return self._halves(lane, letters, positions)
            if code in _PASSING or error.response["ResponseMetadata"]["HTTPStatusCode"] >= 500:
                return dict.fromkeys(positions, code), {}
            raise QueueingError(
                f"the {lane} queue refuses mail: {code}: {error.response['Error']['Message']}"
            ) from error
        except (NetworkError, HTTPClientError) as error:
            return dict.fromkeys(positions, type(error).__name__), {}
        except BotoCoreError as error:
            raise QueueingError(f"the {lane} queue cannot be reached: {error}") from error
        failed = answer.get("Failed", [])
        again = {int(each["Id"]): each["Code"] for each in failed if not each["SenderFault"]}
        return again, {int(each["Id"]): each["Code"] for each in failed if each["SenderFault"]}

    def _halves(
        self, lane: str, letters: Sequence[LaneMessage], positions: Sequence[int]
    ) -> tuple[dict[int, str], dict[int, str]]:
        """Some queues take less than AWS allows: an emulator's, or one with a smaller MaximumMessageSize."""
        if len(positions) == 1:
            return {}, {positions[0]: "BatchRequestTooLong"}
        half = len(positions) // 2
        first, second = (self._attempt(lane, letters, some) for some in (positions[:half], positions[half:]))
        return first[0] | second[0], first[1] | second[1]
