"""Projector: settles send requests in the ledger by the history's new events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger

from ses_stack.bootstrap.projector import build

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

logger = Logger(service="projector")
project = build()


@logger.inject_lambda_context
def handler(event: dict[str, Any], _: LambdaContext) -> dict[str, Any]:
    """Returns the first record that Lambda must deliver again."""
    batch = project(event)
    if batch.failed:
        logger.error("record failed", extra={"record": batch.failed, "reason": batch.reason})
    logger.info("batch", extra={"settled": batch.settled, "forwarded": batch.forwarded})
    return batch.response()
