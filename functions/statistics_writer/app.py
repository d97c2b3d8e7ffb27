"""Statistics writer: counts the history's new events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger

from ses_stack.bootstrap.statistics_writer import build

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

logger = Logger(service="statistics_writer")
count = build()


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Returns the first record that Lambda must deliver again."""
    batch = count(event, context.get_remaining_time_in_millis())
    if batch.reason:
        logger.error("record failed", extra={"record": batch.failed, "reason": batch.reason})
    logger.info("batch", extra={"counted": batch.counted, "repeated": batch.repeated, "ignored": batch.ignored})
    return batch.response()
