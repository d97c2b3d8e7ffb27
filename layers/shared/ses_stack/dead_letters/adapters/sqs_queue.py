"""Dead-letter queues, and the queues that their messages go back to, in SQS.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import batched
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from ses_stack.dead_letters.messages import DeadLetterMessage, QueueDepth

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

MESSAGES_PER_CALL = 10
LONG_POLL_SECONDS = 1
BYTES_PER_CALL = 1024 * 1024
_TOO_LONG = frozenset({"BatchRequestTooLong", "AWS.SimpleQueueService.BatchRequestTooLong"})


class SqsMessageQueue:
    """One queue. A call with more than ten messages becomes several calls."""

    def __init__(self, client: SQSClient, url: str) -> None:
        self._client = client
        self._url = url

    def depth(self) -> QueueDepth:
        """How many messages there are, as SQS approximates it."""
        answer = self._client.get_queue_attributes(
            QueueUrl=self._url,
            AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
        )["Attributes"]
        return QueueDepth(
            visible=int(answer["ApproximateNumberOfMessages"]),
            invisible=int(answer["ApproximateNumberOfMessagesNotVisible"]),
        )

    def receive(self, limit: int, *, visibility: int) -> list[DeadLetterMessage]:
        """At most ten messages, hidden from other readers for `visibility` seconds; none only if none is visible.

        A long poll, however short, asks all servers of SQS; a short poll asks some of them.
        https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html
        """
        answer = self._client.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=min(limit, MESSAGES_PER_CALL),
            VisibilityTimeout=visibility,
            WaitTimeSeconds=LONG_POLL_SECONDS,
            MessageAttributeNames=["All"],
            MessageSystemAttributeNames=["SentTimestamp", "ApproximateReceiveCount", "MessageGroupId"],
        )
        return [_message(message) for message in answer.get("Messages", [])]

    def give_back(self, messages: Iterable[DeadLetterMessage]) -> None:
        """Makes messages visible to other readers at once. Messages that are visible already, or deleted, are ignored.

        https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibilityBatch.html
        """
        for batch in batched(messages, MESSAGES_PER_CALL, strict=False):
            self._client.change_message_visibility_batch(
                QueueUrl=self._url,
                Entries=[
                    {"Id": str(number), "ReceiptHandle": message.receipt, "VisibilityTimeout": 0}
                    for number, message in enumerate(batch)
                ],
            )

    def send(self, messages: Sequence[DeadLetterMessage]) -> dict[str, str]:
        """Sends copies of the messages. Returns the ids of those that were not sent, each with SQS's error code."""
        failed: dict[str, str] = {}
        for batch in _fitting(messages):
            failed |= self._send(batch)
        return failed

    def delete(self, messages: Iterable[DeadLetterMessage]) -> dict[str, str]:
        """Deletes messages by their receipts. Returns the ids of those that were not deleted, with SQS's error code."""
        failed: dict[str, str] = {}
        for batch in batched(messages, MESSAGES_PER_CALL, strict=False):
            entries: Any = [
                {"Id": str(number), "ReceiptHandle": message.receipt} for number, message in enumerate(batch)
            ]
            answer = self._client.delete_message_batch(QueueUrl=self._url, Entries=entries)
            failed |= _failures(batch, answer)
        return failed

    def _send(self, messages: Sequence[DeadLetterMessage]) -> dict[str, str]:
        entries: Any = [_entry(number, message) for number, message in enumerate(messages)]
        try:
            return _failures(messages, self._client.send_message_batch(QueueUrl=self._url, Entries=entries))
        except ClientError as error:
            # Emulators, and queues with a smaller MaximumMessageSize, take less than AWS's 1 MiB in one call.
            if error.response["Error"]["Code"] not in _TOO_LONG:
                raise
            if len(messages) == 1:
                return {messages[0].id: "BatchRequestTooLong"}
            half = len(messages) // 2
            return self._send(messages[:half]) | self._send(messages[half:])


def opener(client: SQSClient) -> Callable[[str], SqsMessageQueue]:
    """A function that opens queues by url. It opens each queue once."""
    queues: dict[str, SqsMessageQueue] = {}
    return lambda url: queues.setdefault(url, SqsMessageQueue(client, url))


def _message(answer: Any) -> DeadLetterMessage:
    attributes = answer["Attributes"]
    return DeadLetterMessage(
        id=answer["MessageId"],
        receipt=answer["ReceiptHandle"],
        body=answer["Body"],
        sent_at=int(attributes["SentTimestamp"]) / 1000,
        receive_count=int(attributes["ApproximateReceiveCount"]),
        attributes=answer.get("MessageAttributes", {}),
        group=attributes.get("MessageGroupId"),
    )


def _entry(number: int, message: DeadLetterMessage) -> dict[str, Any]:
    entry: dict[str, Any] = {"Id": str(number), "MessageBody": message.body}
    if message.attributes:
        entry["MessageAttributes"] = {
            name: {key: value for key, value in attribute.items() if key in {"DataType", "StringValue", "BinaryValue"}}
            for name, attribute in message.attributes.items()
        }
    if message.group:
        entry["MessageGroupId"] = message.group
    return entry


def _fitting(messages: Sequence[DeadLetterMessage]) -> Iterator[list[DeadLetterMessage]]:
    """The messages in batches that fit into one call."""
    batch: list[DeadLetterMessage] = []
    for message in messages:
        if batch and (
            len(batch) == MESSAGES_PER_CALL or sum(map(DeadLetterMessage.size, [*batch, message])) > BYTES_PER_CALL
        ):
            yield batch
            batch = []
        batch.append(message)
    if batch:
        yield batch


def _failures(messages: Sequence[DeadLetterMessage], answer: Any) -> dict[str, str]:
    return {messages[int(failure["Id"])].id: failure["Code"] for failure in answer.get("Failed", [])}
