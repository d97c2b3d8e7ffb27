"""Projector: what the history says of sent mail goes into the send ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger

from ses_stack.bootstrap.projector import build

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

logger = Logger(service="projector")
run = build()


@logger.inject_lambda_context
def handler(event: dict[str, Any], _: LambdaContext) -> dict[str, Any]:
    """Answers with the first record that must come again."""
    outcome = run(event)
    if outcome.failed:
        logger.error("record failed", extra={"record": outcome.failed, "reason": outcome.reason})
    logger.info("batch", extra={"settled": outcome.settled})
    return outcome.response()
