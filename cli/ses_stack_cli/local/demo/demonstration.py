"""The demonstration: queues mail for the deployed stack, and counts until every event is stored."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any
from uuid import uuid4

import httpx

from ses_stack.aws.items import text_of
from ses_stack.aws.sdk_calls import SdkCalls
from ses_stack.client import Mailer
from ses_stack.mail.addresses import SIMULATOR
from ses_stack.sending.adapters.rows import ledger_entry_of, request_key
from ses_stack.sending.outcomes.ledger import LedgerEntry
from ses_stack.statistics.adapters.reader import StatisticsReader
from ses_stack.suppression.adapters.reader import SuppressionList
from ses_stack.suppression.policy import Suppression
from ses_stack_cli.local.clients import client
from ses_stack_cli.local.demo.campaign import newsletter, password_resets, template, wake_up_mail
from ses_stack_cli.local.demo.counts import SETTLED, CampaignCounters, DemonstrationCount
from ses_stack_cli.local.stack import depth, outputs
from ses_stack_cli.local.state import LocalState

_NO_PROGRESS_SECONDS = 120
_SUPPRESSION_QUEUE_SECONDS = 15
_COUNTING_SECONDS = 15
_BETWEEN_RESETS_SECONDS = 0.5
_POLL_SECONDS = 0.5
# For each lane. The emulator hands a worker ten messages at a time, so these are two batches.
_WAKE_UP_MESSAGES = 12


class Demonstration:
    """One run. Its name is in the mail's tags and in the request ids."""

    def __init__(self, running: LocalState) -> None:
        self.name = f"demo-{uuid4().hex[:6]}"
        self._running = running
        self._outputs = outputs(running)
        self._dynamodb = client(running, "dynamodb")

    def wake(self) -> None:
        """Makes both lanes' workers start, which takes seconds, with messages that are not counted."""
        requests = [
            request | {"request_id": f"wake-{self.name}-{request['stream']}-{number}"}
            for request in wake_up_mail()
            for number in range(_WAKE_UP_MESSAGES)
        ]
        for request in requests:
            self._mailer.send_request(request)
        deadline = time.monotonic() + _NO_PROGRESS_SECONDS
        while time.monotonic() < deadline:
            if sum(entry.status in SETTLED for entry in self._entries(f"wake-{self.name}")) == len(requests):
                return
            time.sleep(_POLL_SECONDS)

    def queue(self, on_queued: Callable[[], None]) -> None:
        """Queues the newsletter on the bulk lane, then password resets on the priority lane while it goes out."""
        self._create_template()
        for request in newsletter(self.name):
            self._mailer.send_request(request, one_message=True)
            on_queued()
        for request in password_resets(self.name):
            self._mailer.send_request(request)
            on_queued()
            time.sleep(_BETWEEN_RESETS_SECONDS)

    def watch(self) -> Iterator[DemonstrationCount]:
        """Counts again and again until all events are stored, or two minutes pass without any progress.

        The suppression queue may hold other messages than this run's: it waits for that queue 15 seconds only.
        """
        last, since = None, time.monotonic()
        while True:
            count = self._count()
            yield count
            if count.complete and count.waiting == 0:
                return
            progress = (count.settled, count.stored.total(), count.waiting)
            if progress != last:
                last, since = progress, time.monotonic()
            elif time.monotonic() - since > (_SUPPRESSION_QUEUE_SECONDS if count.complete else _NO_PROGRESS_SECONDS):
                return
            time.sleep(_POLL_SECONDS)

    def suppressions(self, ledger: Sequence[LedgerEntry]) -> list[Suppression]:
        """The entries of the suppression list that this run's own messages caused."""
        message_ids = {entry.message_id for entry in ledger}
        suppressions = SuppressionList(self._dynamodb, name=self._outputs["SuppressionTableName"]).lines()
        return [each for each in suppressions if each.message_id in message_ids]

    def counters(self) -> CampaignCounters:
        """The campaign's counters, as soon as they equal the history, or after 15 seconds."""
        deadline = time.monotonic() + _COUNTING_SECONDS
        while not (found := self._counters()).complete and time.monotonic() < deadline:
            time.sleep(_POLL_SECONDS)
        return found

    @cached_property
    def _mailer(self) -> Mailer:
        return Mailer.from_outputs(self._outputs, client=lambda service: client(self._running, service))

    def _create_template(self) -> None:
        ses = client(self._running, "sesv2")
        try:
            ses.create_email_template(**template())
        except ses.exceptions.AlreadyExistsException:
            return

    def _count(self) -> DemonstrationCount:
        url = f"{self._running.simulator}/_simulator/ledger"
        published = httpx.get(url, params={"tag": f"campaign={self.name}"}, trust_env=False).json()
        return DemonstrationCount(
            ledger=self._entries(self.name),
            published=Counter(published["rows"]),
            stored=Counter(
                row["type"]["S"] for row in self._rows("EventTableName", "contains(tags.campaign, :value)", self.name)
            ),
            pending=published["pending"],
            waiting=depth(client(self._running, "sqs"), self._outputs["SuppressionQueueUrl"]),
        )

    def _counters(self) -> CampaignCounters:
        rows = self._rows("EventTableName", "contains(tags.campaign, :value)", self.name)
        reader = StatisticsReader(SdkCalls(self._dynamodb), name=self._outputs["StatisticsTableName"])
        return CampaignCounters(
            streams=[reader.last_day(stream, self.name) for stream in ("marketing", "transactional")],
            stored=sum(text_of(row, "provider") != SIMULATOR for row in rows),
        )

    def _entries(self, prefix: str) -> list[LedgerEntry]:
        """The ledger's entries for request ids that begin with `prefix`."""
        return [
            ledger_entry_of(row) for row in self._rows("SendTableName", "begins_with(pk, :value)", request_key(prefix))
        ]

    def _rows(self, table: str, condition: str, value: str) -> Iterator[Mapping[str, Any]]:
        pages = self._dynamodb.get_paginator("scan").paginate(
            TableName=self._outputs[table],
            ConsistentRead=True,
            FilterExpression=condition,
            ExpressionAttributeValues={":value": {"S": value}},
        )
        return (item for page in pages for item in page["Items"])
