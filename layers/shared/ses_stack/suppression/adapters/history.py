"""The history's deliveries, as far as suppression needs them: in EventTable's index by_recipient, and in its stream.

The two capabilities do not import each other: what is known here of EventTable's rows is their layout in
docs/architecture.md. A test writes rows with the history's own adapter and reads them with this one.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ses_stack.aws.items import Item
from ses_stack.aws.json_api import Calls
from ses_stack.aws.retry import Retrying
from ses_stack.suppression.adapters.recipient_queries import RecipientQueries
from ses_stack.suppression.facts import Fact, FactKind
from ses_stack.suppression.late_deliveries import LateDelivery
from ses_stack.suppression.soft_bounces import DeliveryQuestion

_INDEX, _TYPE = "by_recipient", "delivery"
# A history that does not answer keeps no suppression waiting for longer.
_LONGEST_WAIT_SECONDS = 3.0


class DeliveryHistory:
    """Reads deliveries of recipients. What the index shows may be a moment old."""

    def __init__(
        self,
        dynamodb: Calls,
        *,
        name: str,
        retrying: Retrying | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name = name
        self._clock = clock
        self._queries = RecipientQueries(dynamodb, retrying=retrying or Retrying())

    def deliveries(
        self, questions: Mapping[str, DeliveryQuestion], *, until: float
    ) -> tuple[dict[str, list[Fact]], dict[str, str]]:
        """The relevant deliveries by recipient, and the recipients that could not be read, with the reason.

        The newest are read first, and older ones only if the newest leave the question open.
        """
        relevant: dict[str, list[Fact]] = {recipient: [] for recipient in questions}

        def take(recipient: str, page: Iterable[Item]) -> bool:
            deliveries = [*relevant[recipient], *map(_fact_of, page)]
            relevant[recipient] = questions[recipient].relevant(deliveries)
            return questions[recipient].is_answered_by(relevant[recipient])

        until = min(until, self._clock() + _LONGEST_WAIT_SECONDS)
        _, failed = self._queries.run(questions, lambda name: self._query(name, questions[name]), until, take)
        return {recipient: found for recipient, found in relevant.items() if recipient not in failed}, failed

    def _query(self, recipient: str, question: DeliveryQuestion) -> dict[str, Any]:
        return {
            "TableName": self._name,
            "IndexName": _INDEX,
            "KeyConditionExpression": "recipient = :recipient AND event_key >= :since",
            "ScanIndexForward": False,
            "FilterExpression": "#type = :type",
            "ProjectionExpression": "recipient, event_key, message_id",
            "ExpressionAttributeNames": {"#type": "type"},
            "ExpressionAttributeValues": {
                ":recipient": {"S": recipient},
                ":since": {"S": question.since},
                ":type": {"S": _TYPE},
            },
        }


def late_deliveries(records: Sequence[Mapping[str, Any]]) -> list[LateDelivery]:
    """The deliveries in records of EventTable's stream. Their ids are the records' sequence numbers."""
    rows = {record["dynamodb"]["SequenceNumber"]: record["dynamodb"].get("NewImage", {}) for record in records}
    return [
        LateDelivery(id=number, recipient=row["recipient"]["S"], body=_body(_fact_of(row)))
        for number, row in rows.items()
        if row.get("type", {}).get("S") == _TYPE and "recipient" in row
    ]


def _fact_of(row: Mapping[str, Any]) -> Fact:
    recipient = row["recipient"]["S"]
    return Fact(
        recipient=recipient,
        kind=FactKind.DELIVERY,
        time=row["event_key"]["S"].partition("#")[0],
        message_id=row["message_id"]["S"],
        as_spelled=recipient,
    )


def _body(delivery: Fact) -> str:
    """A record of the suppression queue: the Delivery, as EventBridge would have brought it."""
    return json.dumps(
        {
            "detail-type": "Email Delivered",
            "source": "ses-stack.history",
            "time": delivery.time,
            "detail": {
                "eventType": "Delivery",
                "mail": {
                    "messageId": delivery.message_id,
                    "timestamp": delivery.time,
                    "destination": [delivery.recipient],
                },
                "delivery": {"timestamp": delivery.time, "recipients": [delivery.recipient]},
            },
        }
    )
