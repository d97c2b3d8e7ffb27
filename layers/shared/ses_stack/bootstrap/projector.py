"""The projector with its real collaborators."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from ses_stack.aws import clients
from ses_stack.aws.threads import Threads
from ses_stack.config import ProjectorSettings
from ses_stack.sending.adapters.send_table import SendTable
from ses_stack.sending.project import Outcome, project


def build() -> Callable[[dict[str, Any]], Outcome]:
    """The projector. It takes Lambda's event of a table stream."""
    settings = ProjectorSettings.read(os.environ)
    service = clients.dynamodb(os.environ)
    table = SendTable(lambda: service, name=settings.send_table, retention_days=1, threads=Threads(1))
    return lambda event: project(event["Records"], ledger=table)
