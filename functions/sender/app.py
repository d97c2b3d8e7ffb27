"""Sender: hands a batch of send requests to SES, within the account's rate and quota."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger

from ses_stack.bootstrap.sender import build

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

logger = Logger(service="sender")
send = build()


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Returns the records that stay in the queue."""
    batch = send(event, context.get_remaining_time_in_millis())
    for notice in batch.notices:
        logger.warning(notice.outcome, extra={"request_id": notice.request_id, "reason": notice.reason})
    logger.info("batch", extra={"outcomes": dict(batch.outcomes), "left_in_queue": len(batch.left_in_queue)})
    return batch.response()
