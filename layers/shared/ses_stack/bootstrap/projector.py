"""The projector with its real collaborators."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ses_stack.aws import clients
from ses_stack.config import ProjectorSettings
from ses_stack.sending.adapters.evidence import EvidenceRows
from ses_stack.sending.adapters.table import SendTable
from ses_stack.sending.outcomes.project import ProjectedBatch, project
from ses_stack.suppression.adapters.history import late_deliveries
from ses_stack.suppression.adapters.queue import SuppressionSqsQueue
from ses_stack.suppression.adapters.table import SuppressionTable
from ses_stack.suppression.late_deliveries import ForwardedDeliveries, forward
from ses_stack.suppression.policy import Policy

# Deliveries get so many seconds of an invocation.
_FORWARD_SECONDS = 5.0


def build() -> Callable[[dict[str, Any]], ProjectedBatch]:
    """Returns a function of Lambda's event of a table stream."""
    settings = ProjectorSettings.read(os.environ)
    database = clients.dynamodb(os.environ)
    ledger = EvidenceRows(SendTable(database, name=settings.send_table))
    lists = SuppressionTable(database, name=settings.suppression_table, policy=Policy(), is_consistent=False)
    queue = SuppressionSqsQueue(clients.sqs(os.environ), url=settings.suppression_queue_url)

    def forward_deliveries(records: Sequence[Mapping[str, Any]]) -> ForwardedDeliveries:
        until = time.monotonic() + _FORWARD_SECONDS
        return forward(late_deliveries(records), table=lists, queue=queue, until=until)

    def project_records(event: dict[str, Any]) -> ProjectedBatch:
        return project(event["Records"], ledger=ledger, forward=forward_deliveries)

    return project_records
