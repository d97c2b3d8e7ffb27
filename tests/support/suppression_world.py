"""A suppression writer with in-memory fakes, and the SES events that it gets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ses_stack.suppression.account.account_sync import AccountSync
from ses_stack.suppression.adapters import feedback as ses_feedback
from ses_stack.suppression.facts import Fact
from ses_stack.suppression.feedback import facts_of
from ses_stack.suppression.late_deliveries import LateDelivery, forward
from ses_stack.suppression.list_changes import CurrentList
from ses_stack.suppression.manual import ManualChange, remove_here
from ses_stack.suppression.records import SuppressionRecord
from ses_stack.suppression.writer import WrittenBatch, suppress
from tests.support import payloads
from tests.support.suppression_facts import at
from tests.support.suppression_fakes import (
    MemoryAccountList,
    MemoryQueue,
    MemoryTable,
    MemoryTurns,
    Time,
    context_of,
)


def enveloped(record: dict[str, Any]) -> dict[str, Any]:
    """The record in an envelope of the time at which it happened."""
    parts = [part for part in record.values() if isinstance(part, dict)]
    return payloads.envelope(record, time=max(part["timestamp"] for part in parts if "timestamp" in part))


class World:
    """A suppression writer and all that it works with."""

    def __init__(self, *, sync: bool = True) -> None:
        self.time = Time()
        self.table = MemoryTable()
        self.account = MemoryAccountList(time=self.time)
        self.turns = MemoryTurns(self.time)
        self.queue = MemoryQueue()
        self.sync = sync

    def take(self, *records: dict[str, Any] | SuppressionRecord) -> WrittenBatch:
        """Runs the writer on a batch of SES events or records."""
        batch = [
            record
            if isinstance(record, SuppressionRecord)
            else SuppressionRecord(id=f"r{number}", body=json.dumps(enveloped(record)))
            for number, record in enumerate(records)
        ]
        account = AccountSync(
            account=self.account,
            turns=self.turns,
            queue=self.queue,
            table=self.table,
            now=self.time.now,
            sleep=self.time.sleep,
            clock=self.time.now,
        )
        return suppress(
            batch,
            parse=ses_feedback.parse,
            table=self.table,
            context=context_of(self.table, self.time, settles_again=True),
            account=account if self.sync else None,
            queue=self.queue,
            recheck_seconds=HISTORY_WAIT,
        )

    def deliver_copies(self) -> WrittenBatch:
        """Runs the writer on the copies that were sent, each after its delay."""
        copies, self.queue.sent = self.queue.sent, []
        self.time.seconds += max((copy.delay for copy in copies), default=0)
        return self.take(
            *(
                SuppressionRecord(id=f"c{number}", body=copy.body, turn=copy.turn, is_recheck=copy.is_recheck)
                for number, copy in enumerate(copies)
            )
        )

    def show_in_history(self, record: dict[str, Any]) -> None:
        """The history's index shows a Delivery."""
        for fact in _facts_of(record):
            self.table.history.setdefault(fact.recipient, {})[fact.key] = fact

    def follow_history(self, record: dict[str, Any], *, lists: Mapping[str, CurrentList] | None = None) -> None:
        """The projector reads a Delivery in the history's table stream, and may pass it on.

        `lists`: what it reads of the suppression table, if that is not what the table has now.
        """
        deliveries = [
            LateDelivery(id=f"s{number}", recipient=fact.recipient, body=json.dumps(enveloped(record)))
            for number, fact in enumerate(_facts_of(record))
        ]
        table = self.table if lists is None else MemoryTable(lists=dict(lists))
        forward(deliveries, table=table, queue=self.queue, until=float("inf"))

    def remove(self, scope: str = "*") -> None:
        """Removes Ann's suppression from the stack's list, as an operator does."""
        change = ManualChange(scope=scope, by="op", note="asked us")
        remove_here(context_of(self.table, self.time), "Ann.Lee@Example.org", change)

    def reasons(self) -> dict[tuple[str, str], str]:
        """The list: (recipient, scope) -> reason."""
        return {place: line.reason.value for place, line in self.table.all().items()}


def _facts_of(record: dict[str, Any]) -> list[Fact]:
    feedback = ses_feedback.parse(json.dumps(enveloped(record)))
    assert feedback
    return facts_of(feedback)


def bounce(address: str = "Ann.Lee@example.org", **changes: Any) -> dict[str, Any]:
    return payloads.bounce(bouncedRecipients=[payloads.bounced(address)], **changes)


def soft_bounce(
    message: str, time: str, address: str = "Ann.Lee@example.org", subtype: str = "MailboxFull"
) -> dict[str, Any]:
    return bounce(address, bounceType="Transient", bounceSubType=subtype, timestamp=time, mail={"messageId": message})


def auto_reply(message: str, time: str, address: str = "Ann.Lee@example.org") -> dict[str, Any]:
    """An out-of-office reply as SES publishes it: a soft bounce without a delivery status."""
    return payloads.bounce(
        bounceType="Transient",
        bounceSubType="General",
        timestamp=time,
        mail={"messageId": message},
        bouncedRecipients=[{"emailAddress": address}],
    )


def delivered(time: str, address: str = "Ann.Lee@example.org", message: str = payloads.MESSAGE_ID) -> dict[str, Any]:
    accepted = min(time, payloads.SENT_AT)
    return payloads.delivery(timestamp=time, recipients=[address], mail={"messageId": message, "timestamp": accepted})


def bounces(count: int) -> list[dict[str, Any]]:
    """Permanent bounces of different addresses."""
    return [bounce(f"P{number}@x.org", feedbackId=f"f{number}") for number in range(count)]


HISTORY_WAIT = 120
THREE_SOFT_BOUNCES = [
    soft_bounce("m1", at(days=0)),
    soft_bounce("m2", at(days=1)),
    soft_bounce("m3", at(days=2)),
]
