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
# The message attribute of a copy that settles a soft-bounce suppression again.
RECHECK_ATTRIBUTE = "recheck"
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
    attributes = message.get("messageAttributes", {})
    return SuppressionRecord(
        id=message["messageId"],
        body=message["body"],
        turn=_epoch_seconds(attributes.get(TURN_ATTRIBUTE, {}).get("stringValue")),
        is_recheck=RECHECK_ATTRIBUTE in attributes,
    )


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
    attributes = {
        TURN_ATTRIBUTE: None if copy.turn is None else f"{copy.turn:.3f}",
        RECHECK_ATTRIBUTE: "1" if copy.is_recheck else None,
    }
    set_attributes = {name: {"DataType": "Number", "StringValue": text} for name, text in attributes.items() if text}
    return entry | ({"MessageAttributes": set_attributes} if set_attributes else {})
