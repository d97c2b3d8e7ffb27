"""What can be read: status, messages, published events."""

from __future__ import annotations

from ses_stack_cli.local.simulator.events.provoke import PROVOKE
from tests.support.simulator import World


def test_the_status_counts_calls_by_access_key(world: World) -> None:
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
    world.send("success@a.org", "success+2@a.org")
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


def test_the_table_is_served(world: World) -> None:
    assert len(world.http.get("/provoke").json()["provoke"]) == len(PROVOKE)
