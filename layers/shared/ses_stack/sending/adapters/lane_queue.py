"""A lane's queue: its messages as records, and copies and dead letters as messages.

https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ses_stack.aws.json_api import Calls
from ses_stack.aws.threads import Threads
from ses_stack.errors import NotJsonError
from ses_stack.requests.request import SendRequest
from ses_stack.requests.validation import validated
from ses_stack.sending.jobs import DeadLetter, LaneCopy, LaneRecord

ENTRIES_PER_CALL = 10
BYTES_PER_CALL = 1024 * 1024 - 16 * 1024
_CALL_SECONDS = 5.0
_ATTEMPTS = 3
_COUNTS = [f"ApproximateNumberOfMessages{kind}" for kind in ("", "Delayed", "NotVisible")]
# Milliseconds since 1970, in the year 2286.
_LARGEST_NUMBER = 1e13
# No request is requeued for longer than a year: `expires_at`, or an operator, ends it before.
_LONGEST_REQUEUING_MILLISECONDS = 366 * 86_400 * 1000
# The names of the message attributes.
QUEUED_AT, DEFERRALS, FAULT_SECONDS = "queued_at", "deferrals", "waited"
FAILED_AT, REASON = "failed_at", "reason"
# A redriven message that is deferred stays marked as redriven: only the presence of `failed_at` matters.
_REDRIVEN = "0"

type _Entry = tuple[LaneRecord, dict[str, Any]]


def record_of(message: Mapping[str, Any]) -> LaneRecord:
    """A message of Lambda's SQS event."""
    attributes = {name: value.get("stringValue") for name, value in message.get("messageAttributes", {}).items()}
    system = message.get("attributes", {})
    sent_at = _number(system.get("SentTimestamp"), time.time() * 1000)
    queued_at = _number(attributes.get(QUEUED_AT), sent_at)
    # A copy is younger than its request. Applications may write any attribute.
    if not sent_at - _LONGEST_REQUEUING_MILLISECONDS <= queued_at <= sent_at:
        queued_at = sent_at
    return LaneRecord(
        id=message["messageId"],
        body=message["body"],
        queued_at=queued_at / 1000,
        deferrals=int(_number(attributes.get(DEFERRALS), 0)),
        fault_seconds=int(_number(attributes.get(FAULT_SECONDS), 0)),
        received=int(_number(system.get("ApproximateReceiveCount"), 1)),
        redriven=FAILED_AT in attributes,
        group=system.get("MessageGroupId"),
    )


def request_of(body: str) -> SendRequest:
    """The request in a record's body. Raises `RecordError`."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        raise NotJsonError("the body is not JSON") from None
    return validated(document)


def _number(text: str | None, default: float) -> float:
    """An attribute's number. Applications may write any attribute: one that is no sensible number is ignored."""
    try:
        value = float(text or "")
    except ValueError:
        return default
    return value if 0 <= value <= _LARGEST_NUMBER else default


class LaneQueue:
    """One lane's queue and its dead-letter queue."""

    def __init__(self, sqs: Callable[[], Calls], *, url: str, dead_letters: str, threads: Threads) -> None:
        """`sqs` returns the calling thread's own connection; `url` and `dead_letters` are the queues' URLs."""
        self._sqs = sqs
        self._url = url
        self._dead_letters = dead_letters
        self._threads = threads

    async def requeue(self, copies: Sequence[LaneCopy]) -> Mapping[str, str]:
        """Queues copies. Returns the ids of the records that SQS did not accept, each with the reason."""
        entries = [(copy.record, _copy_entry(copy)) for copy in copies]
        return await self._threads(self._send, self._url, entries)

    async def dead_letter(self, dead_letters: Sequence[DeadLetter]) -> Mapping[str, str]:
        """Queues dead letters. Returns the ids of the records that SQS did not accept, each with the reason."""
        now = str(int(time.time() * 1000))
        entries = [(letter.record, _dead_letter_entry(letter, now)) for letter in dead_letters]
        return await self._threads(self._send, self._dead_letters, entries)

    async def waiting(self) -> int | None:
        """How many messages the queue holds, about: ready, delayed and received. None if SQS does not answer.

        https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html
        """
        return await self._threads(self._waiting)

    def _waiting(self) -> int | None:
        body = json.dumps({"QueueUrl": self._url, "AttributeNames": _COUNTS}).encode()
        (answer,) = self._sqs().calls("GetQueueAttributes", [body], until=time.monotonic() + _CALL_SECONDS)
        if answer is None or answer.error:
            return None
        return sum(int(number) for number in answer.document.get("Attributes", {}).values())

    def _send(self, url: str, entries: Sequence[_Entry]) -> dict[str, str]:
        failed: dict[str, str] = {}
        for batch in _batches(entries):
            failed |= self._send_batch(url, batch)
        return failed

    def _send_batch(self, url: str, entries: Sequence[_Entry]) -> dict[str, str]:
        pending = [{**entry, "Id": str(number)} for number, (_, entry) in enumerate(entries)]
        reasons: dict[str, str] = {}
        for _ in range(_ATTEMPTS):
            body = json.dumps({"QueueUrl": url, "Entries": pending}).encode()
            (answer,) = self._sqs().calls("SendMessageBatch", [body], until=time.monotonic() + _CALL_SECONDS)
            if answer is None or answer.error:
                reasons = dict.fromkeys((entry["Id"] for entry in pending), answer.error if answer else "no answer")
                continue
            reasons = {failure["Id"]: failure["Code"] for failure in answer.document.get("Failed", [])}
            pending = [entry for entry in pending if entry["Id"] in reasons]
            if not pending:
                break
        return {entries[int(number)][0].id: reason for number, reason in reasons.items()}


def _copy_entry(copy: LaneCopy) -> dict[str, Any]:
    attributes = {DEFERRALS: str(copy.record.deferrals + 1), FAULT_SECONDS: str(copy.fault_seconds or "")}
    return {**_entry(copy.record, attributes), "DelaySeconds": copy.delay_seconds}


def _dead_letter_entry(letter: DeadLetter, now: str) -> dict[str, Any]:
    return _entry(letter.record, {REASON: letter.reason, FAILED_AT: now})


def _entry(record: LaneRecord, attributes: Mapping[str, str]) -> dict[str, Any]:
    kept = {QUEUED_AT: str(int(record.queued_at * 1000))}
    if record.redriven:
        kept[FAILED_AT] = _REDRIVEN
    entry: dict[str, Any] = {
        "MessageBody": record.body,
        "MessageAttributes": {
            name: {"DataType": "String", "StringValue": value}
            for name, value in {**kept, **attributes}.items()
            if value
        },
    }
    if record.group:
        entry["MessageGroupId"] = record.group
    return entry


def _batches(entries: Sequence[_Entry]) -> Iterator[list[_Entry]]:
    """The entries in parts that one call can carry."""
    batch: list[_Entry] = []
    size = 0
    for entry in entries:
        length = len(entry[0].body.encode())
        if batch and (len(batch) == ENTRIES_PER_CALL or size + length > BYTES_PER_CALL):
            yield batch
            batch, size = [], 0
        batch.append(entry)
        size += length
    if batch:
        yield batch
