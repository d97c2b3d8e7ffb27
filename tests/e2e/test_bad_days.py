"""The sender on bad days, on the deployed stack: SES fails for a minute, or does not answer; DynamoDB throttles."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.e2e.gateway import Call, Gateway, Refused, Strike, between, nothing
from tests.e2e.mail import Mail
from tests.e2e.stack import Stack, eventually

pytestmark = pytest.mark.e2e

THROTTLED = "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException"


@pytest.fixture(scope="module")
def gateway(stack: Stack) -> Iterator[Gateway]:
    with between(stack, "SenderFunctionName") as gateway:
        yield gateway


@pytest.fixture
def mail(stack: Stack) -> Iterator[Mail]:
    tools = Mail(stack)
    tools.letters("Priority"), tools.letters("Bulk")
    yield tools
    tools.healthy()


def test_a_minute_of_500s_and_lost_answers(mail: Mail) -> None:
    """Half of the minute's calls fail; of the others SES accepts the mail, and its answers are lost."""
    ids = {lane: [f"minute-{lane.lower()}-{number}" for number in range(10)] for lane in ("Priority", "Bulk")}
    for _ in range(4):
        mail.simulator("POST", "faults", {"operation": "SendEmail", "answer": "error", "seconds": 60, "calls": 3})
        lost = {"operation": "SendEmail", "answer": "timeout", "after": True, "hold_seconds": 7}
        mail.simulator("POST", "faults", lost | {"seconds": 60, "calls": 2})
    mail.simulator("POST", "faults", {"operation": "SendEmail", "answer": "unavailable", "seconds": 60})
    for lane, names in ids.items():
        mail.queue_many([mail.request(name, lane=lane) for name in names], lane=lane)
    rows = {name: mail.becomes(name, "sent") for names in ids.values() for name in names}
    assert {name: mail.sent_to(name) for name in rows} == dict.fromkeys(rows, 1)
    deferrals = {row["deferral"].partition(":")[0] for row in rows.values() if "deferral" in row}
    assert {"InternalServiceErrorException", "ServiceUnavailableException"} & deferrals
    assert any("evidence_at" in row for row in rows.values()), "answers were lost, and Send events proved the sends"
    assert mail.letters("Priority") == mail.letters("Bulk") == {}


def test_ses_that_never_answers_is_called_again_for_codes_and_not_for_newsletters(mail: Mail) -> None:
    """SES does not accept the mail, and the sender cannot know that: no Send event comes until the wait is over."""
    fault = {"operation": "SendEmail", "answer": "timeout", "calls": 2, "hold_seconds": 7}
    mail.simulator("POST", "faults", fault)
    mail.queue("silence-code")
    mail.queue("silence-news", lane="Bulk")
    assert mail.becomes("silence-code", "sent")["claim"] == "2"
    assert "no Send event" in mail.becomes("silence-news", "unknown")["reason"]
    assert (mail.sent_to("silence-code"), mail.sent_to("silence-news")) == (1, 0)
    assert mail.letters("Bulk").keys() == {"silence-news"}


def test_dynamodb_that_throttles_loses_nothing(mail: Mail, gateway: Gateway) -> None:
    """While the worker reads, takes slots, or claims. It has not called SES: the messages wait a little and go out."""
    kinds: dict[str, Callable[[Call], bool]] = {
        "reading": lambda call: call.operation == "BatchGetItem",
        "pacing": lambda call: b"RATE#" in call.body,
        "claiming": lambda call: call.operation == "BatchExecuteStatement",
    }
    names = []
    for kind, wanted in kinds.items():
        gateway.strike = throttling(wanted)
        for lane in ("Priority", "Bulk"):
            names.append(f"throttled-{kind}-{lane.lower()}")
            mail.queue(names[-1], lane=lane)
            eventually("put back", lambda lane=lane: mail.delayed(lane) >= 1)  # type: ignore[misc]
        gateway.strike = nothing
    for name in names:
        mail.becomes(name, "sent")
        assert mail.sent_to(name) == 1
    assert mail.letters("Priority") == mail.letters("Bulk") == {}


def throttling(wanted: Callable[[Call], bool]) -> Strike:
    """DynamoDB's throttles: of a whole call, or of each statement of a batch."""

    def strike(call: Call) -> Refused | None:
        if call.service != "dynamodb" or not wanted(call):
            return None
        if call.operation != "BatchExecuteStatement":
            return Refused(400, {"__type": THROTTLED, "message": "too much"})
        error = {"Error": {"Code": "ThrottlingError", "Message": "too much"}}
        return Refused(200, {"Responses": [error] * len(json.loads(call.body)["Statements"])})

    return strike


def test_a_row_that_cannot_be_settled_is_settled_by_the_event(mail: Mail, gateway: Gateway) -> None:
    settling = [False]

    def strike(call: Call) -> Any:
        if call.service == "ses" and call.operation.endswith("outbound-emails"):
            settling[0] = True
        if settling[0] and call.operation == "BatchExecuteStatement":
            return throttling(lambda _: True)(call)
        return None

    gateway.strike = strike
    mail.queue("unsettled")
    assert mail.becomes("unsettled", "sent")["evidence_at"]
    gateway.strike = nothing
    assert mail.sent_to("unsettled") == 1


def test_a_throttle_of_ses_is_not_a_failure(mail: Mail) -> None:
    """After three in a row, the message goes back to its lane as a new copy, and all workers send slower."""
    mail.simulator("POST", "faults", {"operation": "SendEmail", "answer": "throttle", "calls": 4})
    mail.queue("too-fast")
    row = mail.becomes("too-fast", "sent")
    assert row["deferral"].startswith("TooManyRequestsException")
    assert "BACKOFF" in {item["pk"]["S"] for item in mail.stack.rows("SendTableName")}
    assert mail.sent_to("too-fast") == 1
    assert mail.letters("Priority") == {}
