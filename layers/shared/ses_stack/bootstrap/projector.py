"""The projector with its real collaborators."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from ses_stack.aws import clients
from ses_stack.config import ProjectorSettings
from ses_stack.sending.adapters.evidence import EvidenceRows
from ses_stack.sending.adapters.table import SendTable
from ses_stack.sending.outcomes.project import ProjectedBatch, project


def build() -> Callable[[dict[str, Any]], ProjectedBatch]:
    """Returns a function of Lambda's event of a table stream."""
    settings = ProjectorSettings.read(os.environ)
    ledger = EvidenceRows(SendTable(clients.dynamodb(os.environ), name=settings.send_table))

    def project_records(event: dict[str, Any]) -> ProjectedBatch:
        return project(event["Records"], ledger=ledger)

    return project_records
