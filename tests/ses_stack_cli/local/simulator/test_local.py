"""The local routes, API faults, and who is answered at all."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from ses_stack_cli.local.simulator.provoke import PROVOKE
from tests.ses_stack_cli.local.simulator.conftest import World


def code(world: World, call: Any) -> str:
    with pytest.raises(ClientError) as raised:
        call()
    found: str = raised.value.response["Error"]["Code"]
    return found


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "10.0.0.1", ""])
@pytest.mark.parametrize("path", ["/_simulator/status", "/v2/email/account"])
def test_only_loopback_names_are_answered(world: World, host: str, path: str) -> None:
    url = f"{world.ses.meta.endpoint_url}{path}"
    assert world.http.get(url, headers={"host": host}).status_code == 403


@pytest.mark.parametrize("host", ["127.0.0.1:1", "localhost", "[::1]:80"])
def test_loopback_names(world: World, host: str) -> None:
    assert world.http.get("/health", headers={"host": host}).json() == {"status": "ok"}


def test_pages_of_other_sites_are_not_answered(world: World) -> None:
    assert world.http.post("/reset", headers={"origin": "https://evil.example"}).status_code == 403
    assert world.http.post("/reset", headers={"origin": "null"}).status_code == 403
    assert world.http.post("/reset", headers={"origin": "http://127.0.0.1:8000"}).status_code == 200


def test_the_status_tells_who_called(world: World) -> None:
    world.send("a@b.org")
    world.ses.get_account()
    status = world.http.get("/status").json()
    assert status["callers"] == {"AKIDEXAMPLE": {"SendEmail": 1, "GetAccount": 1}}
    assert (status["accepted"], status["recipients"], status["pending"]) == (1, 1, 2)


def test_the_mailbox_shows_the_latest_first(world: World) -> None:
    world.send("anna@b.org")
    message_id = world.send("Ben@b.org")
    found = world.http.get("/messages").json()["messages"]
    assert [message["to"] for message in found] == [["Ben@b.org"], ["anna@b.org"]]
    assert found[0]["message_id"] == message_id
    assert found[0]["html"] == "<p>Hi</p>"
    assert len(world.http.get("/messages", params={"recipient": "ben@B.org"}).json()["messages"]) == 1
    assert len(world.http.get("/messages", params={"limit": "1"}).json()["messages"]) == 1
    assert world.http.get("/messages", params={"limit": "x"}).status_code == 400


def test_the_ledger_counts_from_a_position_and_by_tag(world: World) -> None:
    world.send("success@a.org", "ooto@a.org")
    world.settle()
    position = world.http.get("/ledger").json()["position"]
    assert position == 2
    message_id = world.send("bounce@a.org", EmailTags=[{"Name": "campaign", "Value": "spring"}])
    world.settle()
    ledger = world.http.get("/ledger", params={"after": str(position)}).json()
    assert (ledger["records"]["send"], ledger["records"]["bounce"], ledger["records"]["delivery"]) == (1, 1, 0)
    assert ledger["messages"] == 1
    whole = world.http.get("/ledger").json()
    assert (whole["records"]["send"], whole["rows"]["send"], whole["total_rows"]) == (2, 3, 6)
    assert world.http.get("/ledger", params={"tag": "campaign=spring"}).json()["total_records"] == 2
    assert world.http.get("/ledger", params={"message_id": message_id}).json()["total_records"] == 2
    events = world.http.get("/events", params={"type": "Bounce"}).json()["events"]
    assert [event["detail"]["mail"]["messageId"] for event in events] == [message_id]


def test_drain_tells_what_waits(world: World) -> None:
    world.send("success@a.org")
    world.publish()
    answer = world.http.get("/drain").json()
    assert answer["pending"] == 1
    assert 0 < answer["next_in_seconds"] < 4
    assert world.http.post("/drain", json={"timeout": 0}).json()["pending"] == 1
    world.settle()
    assert world.http.post("/drain", json={"timeout": 5}).json() == {"pending": 0, "next_in_seconds": None}


def test_reset_forgets(world: World) -> None:
    world.send("bounce@a.org")
    world.settle()
    world.http.post("/faults", json={"answer": "throttle"})
    world.http.put("/chaos", json={"drop": 1})
    world.http.post("/reset")
    status = world.http.get("/status").json()
    assert (status["accepted"], status["suppressed"], status["faults"], status["chaos"]["drop"]) == (0, 0, [], 0)
    assert world.http.get("/ledger").json()["position"] == 0
    assert world.send("success@a.org")


def test_the_table_is_served(world: World) -> None:
    assert len(world.http.get("/provoke").json()["provoke"]) == len(PROVOKE)


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


def test_bad_requests_are_told(world: World) -> None:
    assert world.http.post("/faults", json={"calls": 1}).json()["error"] == "answer: Field required"
    assert world.http.post("/faults", json={"answer": "error", "calls": "x"}).status_code == 400
    assert world.http.post("/drain", json={"timeout": "x"}).status_code == 400
    assert world.http.put("/account", json={"enforcement": "FINE"}).status_code == 400
    assert world.http.post("/faults", content=b"{").status_code == 400
    assert "wrong kind" in world.http.put("/account", json={"unverified": "x"}).json()["error"]
