"""The sender's reserved concurrency, on the deployed stack: it bounds the workers, and no receive is wasted.

A receive is wasted when a mapping receives messages and Lambda then throttles the worker: the messages count as
received, and become dead letters without a run of the sender. Lambda counts such a receive as a throttle.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

from tests.e2e.gateway import Call, Gateway, Held, between
from tests.e2e.mail import Mail
from tests.e2e.stack import Stack, eventually

pytestmark = pytest.mark.e2e

BACKLOG = 60  # in each lane


@pytest.fixture
def mail(stack: Stack) -> Iterator[Mail]:
    tools = Mail(stack)
    tools.healthy()
    yield tools
    tools.healthy()


def reserved(stack: Stack) -> int:
    """The sender's reserved concurrency."""
    answer = stack.client("lambda").get_function_concurrency(FunctionName=stack.outputs["SenderFunctionName"])
    return int(answer["ReservedConcurrentExecutions"])


def maxima(stack: Stack) -> list[int]:
    """MaximumConcurrency of each of the sender's mappings."""
    name = stack.outputs["SenderFunctionName"]
    mappings = stack.client("lambda").list_event_source_mappings(FunctionName=name)["EventSourceMappings"]
    return [each["ScalingConfig"]["MaximumConcurrency"] for each in mappings]


def throttles(stack: Stack) -> float:
    """How many invocations of the sender Lambda throttled in the last hour. The emulator counts from the first one."""
    now = datetime.now(UTC)
    points = stack.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/Lambda",
        MetricName="Throttles",
        Dimensions=[{"Name": "FunctionName", "Value": stack.outputs["SenderFunctionName"]}],
        StartTime=now - timedelta(hours=1),
        EndTime=now + timedelta(minutes=1),
        Period=3600,
        Statistics=["Sum"],
    )["Datapoints"]
    return sum(point["Sum"] for point in points)


@contextmanager
def reserving(stack: Stack, concurrency: int) -> Iterator[None]:
    """Deploys the sender with another reserved concurrency."""
    functions, name, before = stack.client("lambda"), stack.outputs["SenderFunctionName"], reserved(stack)
    functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=concurrency)
    try:
        yield
    finally:
        functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=before)


class TwoWorkers:
    """One worker of each lane, both held in their call to SES."""

    def __init__(self, mail: Mail, gateway: Gateway) -> None:
        self.release = threading.Event()
        self._held = threading.Semaphore(0)
        gateway.strike = self._hold
        mail.queue("reserved-priority")
        mail.queue("reserved-bulk", lane="Bulk")

    def running(self) -> bool:
        """Waits until both workers call SES; whether they did."""
        return all(self._held.acquire(timeout=60) for _ in range(2))

    def _hold(self, call: Call) -> Held | None:
        if "outbound" not in call.operation:
            return None
        self._held.release()
        return Held(self.release)


def test_both_lanes_fit_into_the_concurrency_that_is_reserved(stack: Stack) -> None:
    assert len(maxima(stack)) == 2
    assert sum(maxima(stack)) <= reserved(stack) == 10


def test_a_backlog_in_both_lanes_wastes_no_receive(mail: Mail) -> None:
    before = throttles(mail.stack)
    names = {lane: [f"backlog-{lane}-{number}" for number in range(BACKLOG)] for lane in ("Priority", "Bulk")}
    for lane, queued in names.items():
        for start in range(0, BACKLOG, 10):
            mail.queue_many([mail.request(name, lane=lane) for name in queued[start : start + 10]], lane=lane)
    for name in (*names["Priority"], *names["Bulk"]):
        mail.becomes(name, "sent")
    assert throttles(mail.stack) == before


def test_no_more_workers_run_than_are_reserved(mail: Mail) -> None:
    """Lambda refuses a third worker, to a mapping too: what that one has received is received in vain."""
    stack, name = mail.stack, mail.stack.outputs["SenderFunctionName"]
    with (
        between(stack, "SenderFunctionName") as gateway,
        reserving(stack, 2),
        stack.quick_retries("PriorityQueueUrl", seconds=6, receives=20),
    ):
        workers = TwoWorkers(mail, gateway)
        try:
            assert workers.running()
            with pytest.raises(ClientError) as refused:
                stack.client("lambda").invoke(FunctionName=name, Payload=b'{"Records": []}')
            before = throttles(stack)
            mail.queue("reserved-third")
            eventually("a receive in vain", lambda: throttles(stack) > before)
        finally:
            workers.release.set()
        for request_id in ("reserved-priority", "reserved-bulk", "reserved-third"):
            mail.becomes(request_id, "sent")
    assert refused.value.response["Error"]["Code"] == "TooManyRequestsException"
    assert refused.value.response["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"
