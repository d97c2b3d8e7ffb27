"""The way of a call: operations that the simulator does not have, forwarding, bodies that are not valid, faults."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.simulator import NAME, World


def test_what_is_not_implemented_says_so(world: World) -> None:
    with pytest.raises(ClientError, match="does not implement ListDedicatedIpPools"):
        world.ses.list_dedicated_ip_pools()


def test_configuration_sets_are_the_emulators(world: World) -> None:
    assert world.ses.get_configuration_set(ConfigurationSetName=NAME)["ConfigurationSetName"] == NAME
    with pytest.raises(world.ses.exceptions.NotFoundException):
        world.ses.get_configuration_set(ConfigurationSetName="none")
    assert world.emulator.forwarded[0] == ("GET", f"/v2/email/configuration-sets/{NAME}")


def test_a_body_that_is_not_json(world: World) -> None:
    url = world.ses.meta.endpoint_url
    answer = world.http.post(f"{url}/v2/email/outbound-emails", content=b"{")
    assert (answer.status_code, answer.headers["x-amzn-errortype"]) == (400, "SerializationException")
    answer = world.http.post(f"{url}/v2/email/outbound-emails", content=b'{"Content": 1}')
    assert answer.json()["__type"] == "BadRequestException"
    assert answer.json()["message"].startswith("Content: ")


def code(world: World, call: Any) -> str:
    with pytest.raises(ClientError) as raised:
        call()
    found: str = raised.value.response["Error"]["Code"]
    return found


def test_a_fault_for_some_calls(world: World) -> None:
    world.http.post("/faults", json={"operation": "SendEmail", "answer": "throttle", "calls": 2})
    world.ses.get_account()
    assert code(world, lambda: world.send("a@b.org")) == "TooManyRequestsException"
    assert code(world, lambda: world.send("a@b.org")) == "TooManyRequestsException"
    assert world.send("a@b.org")
    assert world.http.get("/faults").json() == {"faults": []}


def test_a_fault_for_some_seconds(world: World) -> None:
    world.http.post("/faults", json={"answer": "error", "seconds": 10})
    assert code(world, world.ses.get_account) == "InternalServiceErrorException"
    world.clock.now += 10
    world.ses.get_account()


def test_a_lost_answer(world: World) -> None:
    """The message is sent, but its sender does not learn of it."""
    world.http.post("/faults", json={"operation": "SendEmail", "answer": "error", "calls": 1, "after": True})
    assert code(world, lambda: world.send("success@b.org")) == "InternalServiceErrorException"
    assert world.kinds() == ["Send", "Delivery"]


def test_a_timeout(world: World) -> None:
    world.http.post("/faults", json={"operation": "GetAccount", "answer": "timeout", "hold_seconds": 0, "calls": 1})
    assert code(world, world.ses.get_account) == "GatewayTimeoutException"


def test_a_fault_of_any_name_and_words(world: World) -> None:
    world.http.post("/faults", json={"answer": "AccountSuspendedException", "message": "No more."})
    with pytest.raises(world.ses.exceptions.AccountSuspendedException, match=r"No more\."):
        world.send("a@b.org")
    assert world.http.delete("/faults").json() == {"faults": []}
    assert world.send("a@b.org")
