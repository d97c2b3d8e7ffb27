"""`ses-stack local demo`: mail through the deployed stack, and the proof that nothing of it was lost."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import median
from typing import Any
from uuid import uuid4

import httpx

from ses_stack.client import Mailer
from ses_stack.mail.event_types import EventType
from ses_stack.sending.adapters.rows import ledger_entry_of, request_key
from ses_stack.sending.ledger import LedgerEntry, RequestStatus
from ses_stack.suppression.adapters.reader import SuppressionList
from ses_stack.suppression.policy import Suppression
from ses_stack_cli.local import cloud
from ses_stack_cli.local.campaign import MESSAGES, RESETS, campaign, password_resets, template, wake_up_mail
from ses_stack_cli.local.state import LocalState

_PATIENCE_SECONDS = 120
_WEIGHING_SECONDS = 15
_BETWEEN_RESETS = 0.5
_TYPES = tuple(kind for kind in EventType if kind is not EventType.UNKNOWN)
_SETTLED = frozenset({RequestStatus.SENT, RequestStatus.SUPPRESSED, RequestStatus.EXPIRED, RequestStatus.FAILED})


@dataclass(frozen=True, slots=True)
class Count:
    """Where the demonstration stands: the ledger's rows, and rows of history per event type.

    `published` is what the simulator's events make, `stored` what the table has; `pending` events are still to be
    published, and `waiting` ones lie before the suppression writer.
    """

    ledger: Sequence[LedgerEntry]
    published: Counter[str]
    stored: Counter[str]
    pending: int
    waiting: int

    @property
    def settled(self) -> int:
        """How many requests have reached their end."""
        return sum(entry.status in _SETTLED for entry in self.ledger)

    @property
    def complete(self) -> bool:
        """Whether every request is settled, and all that was published is stored, and nothing else."""
        same = all(self.published[kind] == self.stored[kind] for kind in _TYPES)
        return same and self.settled == MESSAGES and self.pending == 0

    @property
    def every_type(self) -> bool:
        """Whether all ten types occurred."""
        return all(self.published[kind] > 0 for kind in _TYPES)


@dataclass(frozen=True, slots=True)
class Lane:
    """How a lane did: messages sent, and the seconds from the queue to SES: the middle one and the longest."""

    name: str
    sent: int
    middle: float
    longest: float


# The emulator hands out ten messages at a time.
_TWO_BATCHES = 12


class Demonstration:
    """One run; its name tells it from every other, in the mail's tags and the request ids."""

    def __init__(self, running: LocalState) -> None:
        self.name = f"demo-{uuid4().hex[:6]}"
        self._running = running
        self._outputs = cloud.outputs(running)
        self._dynamodb = cloud.client(running, "dynamodb")

    def wake(self) -> None:
        """Has both lanes' workers start, which takes seconds, with two batches each of messages that nobody counts."""
        requests = [
            request | {"request_id": f"wake-{self.name}-{request['stream']}-{number}"}
            for request in wake_up_mail()
            for number in range(_TWO_BATCHES)
        ]
        for request in requests:
            self._mailer.send_request(request)
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < deadline:
            rows = self._rows("SendTableName", "begins_with(pk, :it)", request_key(f"wake-{self.name}"))
            if sum(ledger_entry_of(row).status in _SETTLED for row in rows) == len(requests):
                return
            time.sleep(0.5)

    def queue(self, on_queued: Callable[[], None]) -> None:
        """Queues the campaign on the bulk lane, then password resets on the priority lane while it goes out."""
        self._create_template()
        for request in campaign(self.name):
            self._mailer.send_request(request, one_message=True)
            on_queued()
        for request in password_resets(self.name):
            self._mailer.send_request(request)
            on_queued()
            time.sleep(_BETWEEN_RESETS)

    def watch(self) -> Iterator[Count]:
        """Counts again and again until everything is where it belongs, or two minutes pass without any progress.

        What lies before the suppression writer may be somebody else's: for that it waits a quarter of a minute.
        """
        last, since = None, time.monotonic()
        while True:
            count = self._count()
            yield count
            if count.complete and count.waiting == 0:
                return
            now = (count.settled, count.stored.total(), count.waiting)
            if now != last:
                last, since = now, time.monotonic()
            elif time.monotonic() - since > (_WEIGHING_SECONDS if count.complete else _PATIENCE_SECONDS):
                return
            time.sleep(0.5)

    def suppressions(self, ledger: Sequence[LedgerEntry]) -> list[Suppression]:
        """The lines of the suppression list that this run's own messages caused."""
        ours = {entry.message_id for entry in ledger}
        lines = SuppressionList(self._dynamodb, name=self._outputs["SuppressionTableName"]).lines()
        return [line for line in lines if line.message_id in ours]

    @cached_property
    def _mailer(self) -> Mailer:
        return Mailer.from_outputs(self._outputs, client=lambda service: cloud.client(self._running, service))

    def _create_template(self) -> None:
        ses = cloud.client(self._running, "sesv2")
        try:
            ses.create_email_template(**template())
        except ses.exceptions.AlreadyExistsException:
            return

    def _count(self) -> Count:
        rows = self._rows("SendTableName", "begins_with(pk, :it)", request_key(self.name))
        ledger = [ledger_entry_of(row) for row in rows]
        told = httpx.get(f"{self._running.simulator}/_simulator/ledger", params={"tag": f"campaign={self.name}"}).json()
        stored = Counter(
            row["type"]["S"] for row in self._rows("EventTableName", "contains(tags.campaign, :it)", self.name)
        )
        waiting = cloud.depth(cloud.client(self._running, "sqs"), self._outputs["SuppressionQueueUrl"])
        return Count(ledger, Counter(told["rows"]), stored, told["pending"], waiting)

    def _rows(self, table: str, condition: str, value: str) -> Iterator[Mapping[str, Any]]:
        pages = self._dynamodb.get_paginator("scan").paginate(
            TableName=self._outputs[table],
            ConsistentRead=True,
            FilterExpression=condition,
            ExpressionAttributeValues={":it": {"S": value}},
        )
        return (item for page in pages for item in page["Items"])


def lanes(ledger: Sequence[LedgerEntry]) -> list[Lane]:
    """How each lane did."""
    waits: dict[str, list[float]] = {}
    for entry in ledger:
        if entry.sent_at is not None:
            waits.setdefault(entry.lane, []).append(entry.sent_at - entry.queued_at)
    return [Lane(name, len(found), median(found), max(found)) for name, found in sorted(waits.items())]


def rate(ledger: Sequence[LedgerEntry]) -> float:
    """Recipients a second, from the first message that was sent to the last."""
    sent = sorted((entry.sent_at, entry.recipients) for entry in ledger if entry.sent_at is not None)
    took = sent[-1][0] - sent[0][0] if sent else 0.0
    return sum(recipients for _, recipients in sent[1:]) / took if took else 0.0


__all__ = ["MESSAGES", "RESETS", "Count", "Demonstration", "Lane", "lanes", "rate"]
