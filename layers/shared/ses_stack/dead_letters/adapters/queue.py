"""SQS queues, as the dead-letter service uses them.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import batched
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from ses_stack.dead_letters.letters import Depth, Letter

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

LETTERS_PER_CALL = 10
LONG_POLL_SECONDS = 1
BYTES_PER_CALL = 1024 * 1024
_TOO_LONG = frozenset({"BatchRequestTooLong", "AWS.SimpleQueueService.BatchRequestTooLong"})


class Queue:
    """One queue. Calls of more than ten letters become several."""

    def __init__(self, client: SQSClient, url: str) -> None:
        self._client = client
        self._url = url

    def depth(self) -> Depth:
        """How many messages there are, as far as SQS knows at the moment."""
        answer = self._client.get_queue_attributes(
            QueueUrl=self._url,
            AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
        )["Attributes"]
        return Depth(
            visible=int(answer["ApproximateNumberOfMessages"]),
            invisible=int(answer["ApproximateNumberOfMessagesNotVisible"]),
        )

    def receive(self, limit: int, *, visibility: int) -> list[Letter]:
        """At most ten letters, hidden from others for `visibility` seconds; none only if the queue has none to give.

        A wait, however short, has SQS ask all its servers instead of some.
        https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html
        """
        answer = self._client.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=min(limit, LETTERS_PER_CALL),
            VisibilityTimeout=visibility,
            WaitTimeSeconds=LONG_POLL_SECONDS,
            MessageAttributeNames=["All"],
            MessageSystemAttributeNames=["SentTimestamp", "ApproximateReceiveCount", "MessageGroupId"],
        )
        return [_letter(message) for message in answer.get("Messages", [])]

    def give_back(self, letters: Iterable[Letter]) -> None:
        """Lets others see the letters at once. One that is visible already, or gone, is no matter."""
        for some in batched(letters, LETTERS_PER_CALL, strict=False):
            self._client.change_message_visibility_batch(
                QueueUrl=self._url,
                Entries=[
                    {"Id": str(number), "ReceiptHandle": letter.receipt, "VisibilityTimeout": 0}
                    for number, letter in enumerate(some)
                ],
            )

    def send(self, letters: Sequence[Letter]) -> dict[str, str]:
        """Sends copies of the letters; gives the ids of those that were not sent, each with the reason."""
        failed: dict[str, str] = {}
        for some in _fitting(letters):
            failed |= self._send(some)
        return failed

    def delete(self, letters: Iterable[Letter]) -> dict[str, str]:
        """Deletes letters by their receipts; gives the ids of those that were not deleted, each with the reason."""
        failed: dict[str, str] = {}
        for some in batched(letters, LETTERS_PER_CALL, strict=False):
            entries: Any = [{"Id": str(number), "ReceiptHandle": letter.receipt} for number, letter in enumerate(some)]
            answer = self._client.delete_message_batch(QueueUrl=self._url, Entries=entries)
            failed |= _failures(some, answer)
        return failed

    def _send(self, letters: Sequence[Letter]) -> dict[str, str]:
        entries: Any = [_entry(number, letter) for number, letter in enumerate(letters)]
        try:
            return _failures(letters, self._client.send_message_batch(QueueUrl=self._url, Entries=entries))
        except ClientError as error:
            # Emulators, and queues with a smaller MaximumMessageSize, take less than AWS's 1 MiB in one call.
            if error.response["Error"]["Code"] not in _TOO_LONG:
                raise
            if len(letters) == 1:
                return {letters[0].id: "BatchRequestTooLong"}
            half = len(letters) // 2
            return self._send(letters[:half]) | self._send(letters[half:])


def opener(client: SQSClient) -> Callable[[str], Queue]:
    """What opens queues by their urls, each once."""
    queues: dict[str, Queue] = {}
    return lambda url: queues.setdefault(url, Queue(client, url))


def _letter(message: Any) -> Letter:
    told = message["Attributes"]
    return Letter(
        id=message["MessageId"],
        receipt=message["ReceiptHandle"],
        body=message["Body"],
        sent_at=int(told["SentTimestamp"]) / 1000,
        receive_count=int(told["ApproximateReceiveCount"]),
        attributes=message.get("MessageAttributes", {}),
        group=told.get("MessageGroupId"),
    )


def _entry(number: int, letter: Letter) -> dict[str, Any]:
    entry: dict[str, Any] = {"Id": str(number), "MessageBody": letter.body}
    if letter.attributes:
        entry["MessageAttributes"] = {
            name: {key: value for key, value in attribute.items() if key in {"DataType", "StringValue", "BinaryValue"}}
            for name, attribute in letter.attributes.items()
        }
    if letter.group:
        entry["MessageGroupId"] = letter.group
    return entry


def _fitting(letters: Sequence[Letter]) -> Iterator[list[Letter]]:
    """The letters in batches that one call may carry."""
    batch: list[Letter] = []
    for letter in letters:
        if batch and (len(batch) == LETTERS_PER_CALL or sum(map(Letter.size, [*batch, letter])) > BYTES_PER_CALL):
            yield batch
            batch = []
        batch.append(letter)
    if batch:
        yield batch


def _failures(letters: Sequence[Letter], answer: Any) -> dict[str, str]:
    return {letters[int(failure["Id"])].id: failure["Code"] for failure in answer.get("Failed", [])}
