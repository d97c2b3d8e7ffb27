"""The AWS emulator over HTTP."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from typing import Any

import httpx
import pytest

from ses_stack.mail.event_types import EventType
from ses_stack_cli.local.simulator.emulator.client import HttpEmulator
from ses_stack_cli.local.simulator.emulator.protocol import SignedRequest
from ses_stack_cli.local.simulator.errors import EmulatorError
from tests.support.simulator import DEFAULT_BUS, Clock

SET = "/v2/email/configuration-sets/stack"
DESTINATIONS = {
    "EventDestinations": [
        {
            "Name": "bus",
            "Enabled": True,
            "MatchingEventTypes": ["SEND", "RENDERING_FAILURE", "renderingFailure"],
            "EventBridgeDestination": {"EventBusArn": DEFAULT_BUS},
        },
        {"Name": "topic", "Enabled": True, "MatchingEventTypes": ["SEND"], "SnsDestination": {"TopicArn": "x"}},
    ]
}
ANSWERS: dict[str, dict[str, Any]] = {
    SET: {"SendingOptions": {"SendingEnabled": False}, "SuppressionOptions": {"SuppressedReasons": ["BOUNCE"]}},
    f"{SET}/event-destinations": DESTINATIONS,
}


class Requests:
    def __init__(self, answer: Callable[[httpx.Request], httpx.Response] | None = None) -> None:
        self.seen: list[httpx.Request] = []
        self.answer = answer or self.sets
        self.clock = Clock()

    def sets(self, request: httpx.Request) -> httpx.Response:
        found = ANSWERS.get(request.url.path)
        return httpx.Response(404 if found is None else 200, json=found or {})

    def handle(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        return self.answer(request)

    def run[T](self, use: Callable[[HttpEmulator], Coroutine[Any, Any, T]]) -> T:
        async def run() -> T:
            emulator = HttpEmulator("http://127.0.0.1:1/", "us-east-1", self.clock, httpx.MockTransport(self.handle))
            try:
                return await use(emulator)
            finally:
                await emulator.close()

        return asyncio.run(run())


def test_a_configuration_set_is_read_and_kept_for_a_moment() -> None:
    requests = Requests()

    async def use(emulator: HttpEmulator) -> Any:
        found = await asyncio.gather(*(emulator.configuration_set("stack") for _ in range(5)))
        assert len(requests.seen) == 2
        requests.clock.now += 3
        await emulator.configuration_set("stack")
        assert len(requests.seen) == 4
        return found[0]

    found = requests.run(use)
    assert found.sending_enabled is False
    assert found.suppressed_reasons == {"BOUNCE"}
    bus, topic = found.destinations
    assert (bus.types, bus.bus_arn) == ({EventType.SEND, EventType.RENDERING_FAILURE}, DEFAULT_BUS)
    assert topic.bus_arn is None
    assert "Credential=test/" in requests.seen[0].headers["authorization"]


def test_one_that_does_not_exist() -> None:
    assert Requests().run(lambda emulator: emulator.configuration_set("none")) is None


def test_events_are_put_and_some_refused() -> None:
    entries = [{"EventId": "1"}, {"ErrorCode": "InternalFailure"}]
    requests = Requests(lambda _: httpx.Response(200, json={"FailedEntryCount": 1, "Entries": entries}))
    assert requests.run(lambda emulator: emulator.put_events([{"Source": "a"}, {"Source": "b"}])) == [True, False]
    assert requests.seen[0].headers["x-amz-target"] == "AWSEvents.PutEvents"
    assert json.loads(requests.seen[0].content) == {"Entries": [{"Source": "a"}, {"Source": "b"}]}


@pytest.mark.parametrize("operation", ["put_events", "configuration_set"])
def test_an_emulator_that_fails(operation: str) -> None:
    def failing(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    argument: Any = [{}] if operation == "put_events" else "stack"
    with pytest.raises(EmulatorError, match="does not answer: refused"):
        Requests(failing).run(lambda emulator: getattr(emulator, operation)(argument))
    with pytest.raises(EmulatorError, match="answered 500"):
        Requests(lambda _: httpx.Response(500)).run(lambda emulator: getattr(emulator, operation)(argument))


def test_forwarding() -> None:
    requests = Requests(lambda _: httpx.Response(404, headers={"x-amzn-errortype": "NotFoundException"}, content=b"no"))
    answer = requests.run(lambda emulator: emulator.forward("GET", SET, "a=b", b""))
    assert (answer.status, answer.body, answer.error) == (404, b"no", "NotFoundException")
    assert str(requests.seen[0].url) == f"http://127.0.0.1:1{SET}?a=b"


def test_asking_keeps_the_callers_signature_and_host() -> None:
    requests = Requests(lambda _: httpx.Response(403, content=b"denied"))
    headers = {"host": "127.0.0.1:9", "authorization": "theirs", "content-length": "2", "connection": "close"}
    request = SignedRequest(method="POST", path="/v2/email/outbound-emails", query="", headers=headers, body=b"{}")
    assert requests.run(lambda emulator: emulator.send_as_signed(request)).status == 403
    assert requests.seen[0].headers["authorization"] == "theirs"
    assert requests.seen[0].headers["host"] == "127.0.0.1:9"


@pytest.mark.parametrize(("decision", "allowed"), [("allowed", True), ("implicitDeny", False)])
def test_what_a_role_allows(decision: str, allowed: bool) -> None:
    requests = Requests(lambda _: httpx.Response(200, text=f"<EvalDecision>{decision}</EvalDecision>"))
    assert requests.run(lambda emulator: emulator.role_allows("role", "ses:SendEmail", "arn")) is allowed
    assert b"ActionNames.member.1=ses%3ASendEmail" in requests.seen[0].content
