"""Normalizer: stores a batch of SES events from the event queue in the history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger

from ses_stack.bootstrap.normalizer import build

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

logger = Logger(service="normalizer")
normalize = build()


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Returns the records that Lambda must deliver again."""
    batch = normalize(event, context.get_remaining_time_in_millis())
    for record_id, reason in batch.failed.items():
        logger.error("record failed", extra={"record": record_id, "reason": reason})
    logger.info("batch", extra={"stored": batch.stored, "ignored": batch.ignored, "failed": len(batch.failed)})
    return batch.response()
