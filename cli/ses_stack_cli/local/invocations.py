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
_JSON_TYPES: Mapping[type, str] = {str: "a text", dict: "an object"}
# The lanes' queues, by their logical ids: they hold send requests, not events.
_LANES = ("PriorityQueue", "BulkQueue")


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
        problem = "the list of Records of this event is empty" if records == [] else "this event has no list of Records"
        example = "" if _DYNAMODB in kinds else f": {_example(sources)}"
        raise LocalCloudError(f'{function} takes {{"Records": [...]}} with {wanted}; {problem}{example}')
    for number, record in enumerate(records, 1):
        if problem := _problem(record, _MEMBERS[max(kinds)]):
            raise LocalCloudError(f"{function} takes {wanted}; record {number} {problem}")
        if _SQS in kinds:
            _check_queue(function, number, record["eventSourceARN"], sources)


def _check_queue(function: str, number: int, arn: str, sources: Sequence[str]) -> None:
    """A function with several queues tells them apart by the record's ARN; one with a single queue does not read it."""
    if len(sources) > 1 and arn not in sources:
        raise LocalCloudError(
            f"{function} reads from several queues: eventSourceARN of record {number} must be {' or '.join(sources)}"
        )


def _example(sources: Sequence[str]) -> str:
    """A file with an event of the queues, or with the body of their messages."""
    if any(lane in arn for arn in sources for lane in _LANES):
        return "events/send_request.json is an example of a record's body"
    return "events/bounce.json is an example"


def _problem(record: object, members: Mapping[str, type]) -> str:
    """Which members the record lacks, and which have the wrong type; empty if it is right."""
    if not isinstance(record, dict):
        return "is not an object"
    lacking = ", ".join(name for name in members if name not in record)
    wrong = [f"{name} is not {_JSON_TYPES[kind]}" for name, kind in members.items() if _is_wrong(record, name, kind)]
    return "; ".join([*([f"has no {lacking}"] if lacking else []), *wrong])


def _is_wrong(record: Mapping[str, object], name: str, kind: type) -> bool:
    return name in record and not isinstance(record[name], kind)
