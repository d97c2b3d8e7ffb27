"""The suppression queue: records from Lambda's event, and copies of records that wait for their turn.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import batched
from typing import Any

from ses_stack.aws.json_api import Calls
from ses_stack.aws.retry import Attempt, Retrying
from ses_stack.suppression.records import SuppressionCopy, SuppressionRecord

# The message attribute that carries a copy's turn, in epoch seconds.
TURN_ATTRIBUTE = "account_list_turn"
_COPIES_PER_CALL = 10


class SuppressionSqsQueue:
    """Sends copies to the suppression queue."""

    def __init__(self, sqs: Calls, *, url: str, retrying: Retrying | None = None) -> None:
        self._sqs = sqs
        self._url = url
        self._retrying = retrying or Retrying()

    def send(self, copies: Sequence[SuppressionCopy], *, until: float) -> dict[str, str]:
        """Sends copies; returns the ids of records whose copy was not sent, with the reason.

        If SQS's answer is lost, a copy is sent twice. The second copy finds nothing left to do.
        """
        by_id = {copy.record_id: copy for copy in copies}

        def attempt(calls: Sequence[Sequence[str]]) -> Attempt[str]:
            left: Attempt[str] = Attempt()
            bodies = (_body(self._url, [by_id[record_id] for record_id in call]) for call in calls)
            answers = self._sqs.calls("SendMessageBatch", bodies, until=until)
            for call, answer in zip(calls, answers, strict=True):
                if answer is None or answer.error:
                    left.failed(call, answer)
                    continue
                for failure in answer.document.get("Failed", ()):
                    left.again[call[int(failure["Id"])]] = failure["Code"]
            return left

        return self._retrying.run(by_id, attempt, packed=_packed, until=until)


def record_of(message: Mapping[str, Any]) -> SuppressionRecord:
    """The record in one message of Lambda's SQS event.

    https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
    """
    turn = message.get("messageAttributes", {}).get(TURN_ATTRIBUTE, {}).get("stringValue")
    return SuppressionRecord(id=message["messageId"], body=message["body"], turn=_epoch_seconds(turn))


def _epoch_seconds(text: object) -> float | None:
    """A turn; None for an invalid one: any sender to the queue may have set the attribute."""
    try:
        return float(text) if isinstance(text, str) and text[:1].isdecimal() else None
    except ValueError:
        return None


def _packed(record_ids: Iterable[str]) -> list[tuple[str, ...]]:
    return list(batched(record_ids, _COPIES_PER_CALL, strict=False))


def _body(url: str, copies: Sequence[SuppressionCopy]) -> bytes:
    entries = [_entry(number, copy) for number, copy in enumerate(copies)]
    return json.dumps({"QueueUrl": url, "Entries": entries}).encode()


def _entry(number: int, copy: SuppressionCopy) -> dict[str, Any]:
    entry: dict[str, Any] = {"Id": str(number), "MessageBody": copy.body, "DelaySeconds": copy.delay}
    if copy.turn is not None:
        turn = {"DataType": "Number", "StringValue": f"{copy.turn:.3f}"}
        entry["MessageAttributes"] = {TURN_ATTRIBUTE: turn}
    return entry
