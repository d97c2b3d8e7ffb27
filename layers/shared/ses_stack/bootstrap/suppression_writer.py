"""The suppression writer with its real collaborators."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

from ses_stack.aws import clients
from ses_stack.config import SuppressionWriterSettings
from ses_stack.suppression.account.account_sync import AccountSync
from ses_stack.suppression.adapters import feedback
from ses_stack.suppression.adapters.account_list import SesAccountList
from ses_stack.suppression.adapters.account_turns import AccountTurnsTable
from ses_stack.suppression.adapters.history import DeliveryHistory
from ses_stack.suppression.adapters.queue import SuppressionSqsQueue, record_of
from ses_stack.suppression.adapters.table import SuppressionTable
from ses_stack.suppression.settle import SettleContext
from ses_stack.suppression.writer import WrittenBatch, suppress

# Kept free at the end of an invocation, to answer Lambda.
_MARGIN_SECONDS = 0.5


def build() -> Callable[[dict[str, Any], int], WrittenBatch]:
    """Returns a function of Lambda's SQS event and the milliseconds left."""
    settings = SuppressionWriterSettings.read(os.environ)
    database = clients.dynamodb(os.environ)
    history = DeliveryHistory(database, name=settings.event_table)
    table = SuppressionTable(database, name=settings.table, policy=settings.policy, history=history)
    queue = SuppressionSqsQueue(clients.sqs(os.environ), url=settings.queue_url)
    account = AccountSync(
        account=SesAccountList(clients.sesv2(os.environ)),
        turns=AccountTurnsTable(database, name=settings.table),
        queue=queue,
        table=table,
    )

    def write_records(event: dict[str, Any], milliseconds: int) -> WrittenBatch:
        until = time.monotonic() + milliseconds / 1000 - _MARGIN_SECONDS
        return suppress(
            [record_of(message) for message in event["Records"]],
            parse=feedback.parse,
            table=table,
            context=SettleContext(table=table, policy=settings.policy, until=until, settles_again=True),
            account=account if settings.sync_account_list else None,
            queue=queue,
            recheck_seconds=settings.history_wait,
        )

    return write_records
