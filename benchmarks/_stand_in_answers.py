"""What the stand-in for AWS answers: every write is made, no row is there, and SES takes every message.

The rate's windows are there: without them a sender would ask for its slots again and again. So are the ledger's rows
where the projector's benchmark asks for them: each request has one, whose message is `MESSAGE_OF` its key.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

RATE = 100
MESSAGE_OF = "message of {}"
_ACCOUNT = {
    "SendQuota": {"MaxSendRate": RATE, "Max24HourSend": -1, "SentLast24Hours": 0},
    "SendingEnabled": True,
    "EnforcementStatus": "HEALTHY",
}
_SENT = {"MessageId": "0100019a7c3e1f2d-5b6c7d8e-1234-4abc-9def-0123456789ab-000000"}
_REFUSED = {"__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException"}
type StatusAndBody = tuple[int, bytes]

_windows: dict[str, dict[str, Any]] = {}


def answer_to(head: bytes, body: bytes, *, ledger: str | None = None) -> StatusAndBody:
    """The answer to a request, of which `head` is the first line and the headers. `ledger`: the status of its rows."""
    if ledger and _READ in head:
        return _ledger_rows(body, ledger)
    found = (answer for mark, answer in _ANSWERS.items() if mark in head)
    return next(found, _made)(body)


def _constant(document: object) -> Callable[[bytes], StatusAndBody]:
    text = json.dumps(document).encode()
    return lambda _: (200, text)


def _ledger_rows(body: bytes, status: str) -> StatusAndBody:
    """BatchGetItem's answer."""
    asked = json.loads(body)["RequestItems"]
    rows = {table: [_ledger_row(key, status) for key in keys["Keys"]] for table, keys in asked.items()}
    return 200, json.dumps({"Responses": rows}).encode()


def _ledger_row(key: Mapping[str, Any], status: str) -> dict[str, Any]:
    texts = {"status": status, "stream": "marketing", "message_id": MESSAGE_OF.format(key["pk"]["S"])}
    return {**key, **{name: {"S": text} for name, text in texts.items()}, "claim": {"N": "1"}}


def _executed(body: bytes) -> StatusAndBody:
    return 200, json.dumps({"Responses": [{} for _ in json.loads(body)["Statements"]]}).encode()


def _updated(body: bytes) -> StatusAndBody:
    """An UpdateItem. Slots of a window are taken on the conditions of `sending/adapters/windows.py`."""
    document = json.loads(body)
    numbers = document["ExpressionAttributeValues"].items()
    values = {name: int(value["N"]) for name, value in numbers if _is_whole(value)}
    if ":lowest" not in values:
        return 200, b"{}"
    key = document["Key"]["pk"]["S"]
    lowest, taken = values[":lowest"], int(_windows.get(key, {}).get("taken", {}).get("N", -1))
    if taken >= 0 and not lowest <= taken <= values.get(":last", lowest - 1) and "= :lowest +" not in document[_SET]:
        return 400, json.dumps(_REFUSED | {"Item": _windows[key]}).encode()
    _windows[key] = {"pk": {"S": key}, "taken": {"N": str(max(taken, lowest) + values[":count"])}}
    return 200, json.dumps({"Attributes": _windows[key]}).encode()


def _is_whole(value: Mapping[str, str]) -> bool:
    return value.get("N", "").isdigit()


_SET = "UpdateExpression"
_READ = b".BatchGetItem\r\n"
_made = _constant({"UnprocessedItems": {}})
_ANSWERS: Mapping[bytes, Callable[[bytes], StatusAndBody]] = {
    _READ: _constant({"Responses": {}, "UnprocessedKeys": {}}),
    b".BatchExecuteStatement\r\n": _executed,
    b".GetQueueAttributes\r\n": _constant({"Attributes": {"ApproximateNumberOfMessages": "0"}}),
    b".Query\r\n": _constant({"Items": [], "Count": 0}),
    b".UpdateItem\r\n": _updated,
    b" /v2/email/account ": _constant(_ACCOUNT),
    b" /v2/email/configuration-sets/": _constant({"SendingOptions": {"SendingEnabled": True}}),
    b" /v2/email/outbound-emails ": _constant(_SENT),
}
