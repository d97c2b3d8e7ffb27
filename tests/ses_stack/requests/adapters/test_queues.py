"""The lanes' queues, when SQS refuses messages or does not answer."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError, ReadTimeoutError

from ses_stack.aws.retry import Retrying
from ses_stack.errors import QueueingError
from ses_stack.requests.adapters.queues import PATIENCE_SECONDS, SendQueues
from ses_stack.requests.lane_messages import LaneMessage


class Sqs:
    """Answers each call with the next of the answers: an error to raise, or the failures of a batch."""

    def __init__(self, *answers: Exception | list[dict[str, Any]]) -> None:
        self._answers = list(answers)
        self.calls: list[list[str]] = []

    def send_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        self.calls.append([entry["MessageBody"] for entry in Entries])
        answer = self._answers.pop(0) if self._answers else []
        if isinstance(answer, Exception):
            raise answer
        return {"Failed": answer}


def failed(position: int, *, fault: bool = False) -> dict[str, Any]:
    return {"Id": str(position), "Code": "InvalidParameter" if fault else "InternalError", "SenderFault": fault}


def refused(code: str, status: int = 400) -> ClientError:
    return ClientError(
        {"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": {"HTTPStatusCode": status}},  # type: ignore[typeddict-item]
        "SendMessageBatch",
    )


def put(sqs: Sqs, number: int = 4) -> tuple[dict[int, str], list[float]]:
    """Puts messages, on a clock that only the pauses move; gives the messages not taken, and the pauses."""
    pauses: list[float] = []
    retrying = Retrying(clock=lambda: sum(pauses), sleep=pauses.append)
    queues = SendQueues(sqs, {"bulk": "url"}, retrying=retrying)  # type: ignore[arg-type]
    messages = [LaneMessage(n, f"r-{n}", (), "bulk", "g", f"{n}") for n in range(number)]
    return queues.put("bulk", messages), pauses


def test_only_what_failed_is_sent_again() -> None:
    sqs = Sqs([failed(1), failed(3)], [failed(3)])

    assert put(sqs) == ({}, pytest.approx([0.0375, 0.075], rel=0.4))
    assert sqs.calls == [["0", "1", "2", "3"], ["1", "3"], ["3"]]


def test_what_is_the_senders_fault_is_not_sent_again() -> None:
    sqs = Sqs([failed(0, fault=True), failed(2)])

    assert put(sqs)[0] == {0: "InvalidParameter"}
    assert sqs.calls[1:] == [["2"]]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (refused("RequestThrottled", 403), "RequestThrottled"),
        (refused("KmsThrottled"), "KmsThrottled"),
        (refused("Odd", 503), "Odd"),
        (EndpointConnectionError(endpoint_url="x"), "EndpointConnectionError"),
        (ReadTimeoutError(endpoint_url="x"), "ReadTimeoutError"),
    ],
)
def test_what_passes_is_waited_out_for_some_seconds(answer: Exception, reason: str) -> None:
    assert put(Sqs(answer))[0] == {}

    sqs = Sqs(*[answer] * 1000)
    unsent, pauses = put(sqs, 2)
    assert unsent == {0: reason, 1: reason}
    assert len(sqs.calls) == len(pauses) + 1
    assert PATIENCE_SECONDS - 1 <= sum(pauses) < PATIENCE_SECONDS


def test_what_does_not_pass_is_raised() -> None:
    with pytest.raises(QueueingError, match="the bulk queue refuses mail: AccessDenied: no"):
        put(Sqs(refused("AccessDenied", 403)))


def test_what_the_client_itself_refuses_is_raised() -> None:
    with pytest.raises(QueueingError, match="the bulk queue cannot be reached: Unable to locate credentials"):
        put(Sqs(NoCredentialsError()))


def test_a_queue_that_takes_less_gets_less() -> None:
    too_long = refused("AWS.SimpleQueueService.BatchRequestTooLong")
    sqs = Sqs(too_long, [], too_long, [], too_long)

    assert put(sqs) == ({3: "BatchRequestTooLong"}, [])
    assert sqs.calls == [["0", "1", "2", "3"], ["0", "1"], ["2", "3"], ["2"], ["3"]]
