"""The position in a table stream at which a function gave up, as Lambda writes it into the dead-letter queue.

Lambda keeps no records there. It names the stream's ARN, a shard, and the first and the last sequence number.
https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ses_stack.errors import FieldError, NotJsonError
from ses_stack.mail.times import zone_or_utc


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamPosition:
    """Some records of a shard. `condition` is Lambda's word for why the function gave up, `size` counts the records.

    `arrived` is when the first and the last record were written.
    """

    stream_arn: str
    shard: str
    first: str
    last: str
    condition: str
    size: int | None = None
    arrived: tuple[datetime, datetime] | None = None


def position_of(body: str) -> StreamPosition:
    """The position that a message names. Raises `RecordError`."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        raise NotJsonError("the body is not JSON") from None
    batch, context = _member(document, "DDBStreamBatchInfo"), _member(document, "requestContext")
    return StreamPosition(
        stream_arn=_text(batch, "streamArn"),
        shard=_text(batch, "shardId"),
        first=_text(batch, "startSequenceNumber"),
        last=_text(batch, "endSequenceNumber"),
        condition=str(context.get("condition", "no reason was given")),
        size=size if isinstance(size := batch.get("batchSize"), int) else None,
        arrived=_arrived(batch),
    )


def _arrived(batch: dict[str, Any]) -> tuple[datetime, datetime] | None:
    first, last = (_time(batch.get(f"approximateArrivalOf{which}Record")) for which in ("First", "Last"))
    return (first, last) if first and last else None


def _time(text: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return zone_or_utc(found) if found else None


def _member(document: Any, name: str) -> dict[str, Any]:
    value = document.get(name) if isinstance(document, dict) else None
    if not isinstance(value, dict):
        raise FieldError(name, "is missing")
    return value


def _text(batch: dict[str, Any], name: str) -> str:
    value = batch.get(name)
    if not isinstance(value, str):
        raise FieldError(f"DDBStreamBatchInfo.{name}", "is missing")
    return value
