"""Events that `ses-stack local invoke` passes to a function: checked first, because the emulator accepts anything."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ses_stack_cli.local.errors import LocalCloudError

# What the stack's functions read of a record, by the service that their mapping reads from.
# https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
# https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
_SQS, _DYNAMODB = "aws:sqs", "aws:dynamodb"
_MEMBERS: Mapping[str, Mapping[str, type]] = {
    _SQS: {"messageId": str, "body": str, "eventSourceARN": str},
    _DYNAMODB: {"eventName": str, "dynamodb": dict},
}
_EXAMPLE = "events/bounce.json is an example"


def read_event(path: Path) -> bytes:
    """The event in a file. Raises `LocalCloudError` if it is not JSON, as Lambda refuses it.

    https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html (InvalidRequestContentException)
    """
    try:
        text = path.read_bytes()
        json.loads(text)
    except ValueError as error:
        raise LocalCloudError(f"{path} is not JSON: {error}") from None
    return text


def check_event(function: str, event: bytes, sources: Sequence[str]) -> None:
    """Raises `LocalCloudError` if the event is not what the function's mappings send it.

    `sources` are the ARNs of the queues or table streams that the mappings read from.
    """
    kinds = {"aws:" + arn.split(":")[2] for arn in sources} & _MEMBERS.keys()
    if not kinds:
        return
    wanted = "records of a queue (SQS)" if _SQS in kinds else "records of a table stream (DynamoDB)"
    document: Any = json.loads(event)
    records = document.get("Records") if isinstance(document, dict) else None
    if not isinstance(records, list) or not records:
        example = f": {_EXAMPLE}" if _SQS in kinds else ""
        raise LocalCloudError(
            f'{function} takes {{"Records": [...]}} with {wanted}; this event has no list of Records{example}'
        )
    for number, record in enumerate(records, 1):
        missing = _missing(record, _MEMBERS[max(kinds)])
        if missing:
            raise LocalCloudError(f"{function} takes {wanted}; record {number} has no {missing}")


def _missing(record: object, members: Mapping[str, type]) -> str:
    """The members that the record lacks, or that have the wrong type."""
    found = record if isinstance(record, dict) else {}
    return ", ".join(name for name, kind in members.items() if not isinstance(found.get(name), kind))
