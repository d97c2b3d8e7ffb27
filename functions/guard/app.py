"""Guard: watches the account and its streams, and pauses a stream whose bounces or complaints are critical."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger

from ses_stack.bootstrap.guard import build

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

logger = Logger(service="guard")
watch = build()


@logger.inject_lambda_context
def handler(_event: dict[str, Any], _context: LambdaContext) -> None:
    """Runs once a minute. The metrics are lines of the log: CloudWatch reads them there."""
    report = watch()
    for what, reason in report.unknown.items():
        logger.error("unknown", extra={"what": what, "reason": reason})
    for action in report.actions:
        logger.warning("action", extra={"action": action})
    for document in report.metrics:
        sys.stdout.write(json.dumps(document) + "\n")
