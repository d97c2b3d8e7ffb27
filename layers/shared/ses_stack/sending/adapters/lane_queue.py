"""A lane's queue, as the sender sees it: records in, copies for later and dead letters out.

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
# Milliseconds since 1970, in the year 2286.
_LARGEST = 1e13
_ATTEMPTS = 3
QUEUED_AT, DEFERRALS, WAITED, FAILED_AT, REASON = "queued_at", "deferrals", "waited", "failed_at", "reason"


def record_of(message: Mapping[str, Any]) -> LaneRecord:
    """A record of Lambda's SQS event."""
    attributes = {name: value.get("stringValue") for name, value in message.get("messageAttributes", {}).items()}
    told = message.get("attributes", {})
    return LaneRecord(
        id=message["messageId"],
        body=message["body"],
        queued_at=_number(attributes.get(QUEUED_AT), _number(told.get("SentTimestamp"), time.time() * 1000)) / 1000,
        deferrals=int(_number(attributes.get(DEFERRALS), 0)),
        waited=int(_number(attributes.get(WAITED), 0)),
        received=int(_number(told.get("ApproximateReceiveCount"), 1)),
        redriven=FAILED_AT in attributes,
        group=told.get("MessageGroupId"),
    )


def request_of(body: str) -> SendRequest:
    """The request in a record's text. Raises `RecordError`."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        raise NotJsonError("the body is not JSON") from None
    return validated(document)


def _number(text: str | None, otherwise: float) -> float:
    """An attribute's number. Anybody may write attributes: what makes no sense is as if it were not there."""
    try:
        value = float(text or "")
    except ValueError:
        return otherwise
    return value if 0 <= value <= _LARGEST else otherwise


class LaneQueue:
    """One lane's queue and its dead-letter queue."""

    def __init__(self, sqs: Callable[[], Calls], *, url: str, dead_letters: str, threads: Threads) -> None:
        """`sqs` gives the thread's own connection."""
        self._sqs = sqs
        self._url = url
        self._dead_letters = dead_letters
        self._threads = threads

    async def put_back(self, copies: Sequence[LaneCopy]) -> Mapping[str, str]:
        """Queues copies; gives the ids of the records that could not be, each with the reason."""
        entries = [(copy.record, _entry(copy.record, _counts(copy), delay=copy.delay)) for copy in copies]
        return await self._threads(self._send, self._url, entries)

    async def dead_letter(self, dead_letters: Sequence[DeadLetter]) -> Mapping[str, str]:
        """Queues dead letters; gives the ids of the records that could not be, each with the reason."""
        now = str(int(time.time() * 1000))
        entries = [
            (letter.record, _entry(letter.record, {REASON: letter.reason, FAILED_AT: now})) for letter in dead_letters
        ]
        return await self._threads(self._send, self._dead_letters, entries)

    def _send(self, url: str, entries: Sequence[tuple[LaneRecord, dict[str, Any]]]) -> dict[str, str]:
        failed: dict[str, str] = {}
        for some in _fitting(entries):
            failed |= self._send_some(url, some)
        return failed

    def _send_some(self, url: str, entries: Sequence[tuple[LaneRecord, dict[str, Any]]]) -> dict[str, str]:
        pending = [{**entry, "Id": str(number)} for number, (_, entry) in enumerate(entries)]
        reasons: dict[str, str] = {}
        for _ in range(_ATTEMPTS):
            body = json.dumps({"QueueUrl": url, "Entries": pending}).encode()
            (answer,) = self._sqs().calls("SendMessageBatch", [body], until=time.monotonic() + _CALL_SECONDS)
            if answer is None or answer.error:
                reasons = dict.fromkeys((entry["Id"] for entry in pending), answer.error if answer else "no answer")
                continue
            reasons = {each["Id"]: each["Code"] for each in answer.document.get("Failed", [])}
            pending = [entry for entry in pending if entry["Id"] in reasons]
            if not pending:
                break
        return {entries[int(number)][0].id: reason for number, reason in reasons.items()}


def _counts(copy: LaneCopy) -> dict[str, str]:
    return {DEFERRALS: str(copy.record.deferrals + 1), WAITED: str(copy.waited or "")}


def _entry(record: LaneRecord, attributes: Mapping[str, str], *, delay: int | None = None) -> dict[str, Any]:
    kept = {QUEUED_AT: str(int(record.queued_at * 1000))}
    if record.redriven:
        kept[FAILED_AT] = "0"
    told = {**kept, **attributes}
    entry: dict[str, Any] = {
        "MessageBody": record.body,
        "MessageAttributes": {
            name: {"DataType": "String", "StringValue": value} for name, value in told.items() if value
        },
    }
    if record.group:
        entry["MessageGroupId"] = record.group
    if delay is not None:
        entry["DelaySeconds"] = delay
    return entry


def _fitting(
    entries: Sequence[tuple[LaneRecord, dict[str, Any]]],
) -> Iterator[list[tuple[LaneRecord, dict[str, Any]]]]:
    batch: list[tuple[LaneRecord, dict[str, Any]]] = []
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
