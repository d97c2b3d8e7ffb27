"""Suppression writer: updates the suppression list by bounces, complaints, deliveries and subscriptions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger

from ses_stack.bootstrap.suppression_writer import build

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

logger = Logger(service="suppression-writer")
write_suppressions = build()


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Returns the records that Lambda must deliver again."""
    batch = write_suppressions(event, context.get_remaining_time_in_millis())
    for record_id, reason in batch.failed.items():
        logger.error("record failed", extra={"record": record_id, "reason": reason})
    logger.info("batch", extra=batch.counts())
    return batch.response()
