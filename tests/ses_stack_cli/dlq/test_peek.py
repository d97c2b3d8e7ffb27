"""`ses-stack dlq peek`."""

from __future__ import annotations

from tests.ses_stack_cli.conftest import Cli
from tests.ses_stack_cli.dlq.conftest import NO_TIME, malformed
from tests.support import payloads


def test_peeking_shows_letters_and_takes_none(filled: Cli) -> None:
    found = filled.json("dlq", "peek", "event", "--cause", "timestamp")
    assert len(found["letters"]) == 2
    first = found["letters"][0]
    assert (first["cause"], first["type"], first["malformed"]) == (NO_TIME, "send", True)
    assert first["message_id"] == payloads.MESSAGE_ID
    assert first["receive_count"] == 1
    assert "body" not in first
    assert filled.depth("EventDeadLetterQueue") == (5, 0)


def test_bodies_are_shown_only_when_asked_for(filled: Cli) -> None:
    assert "ann.lee" not in filled("dlq", "peek").out.lower()
    assert malformed() in filled("dlq", "peek", "--body", "--cause", "timestamp").out
    bodies = [each["body"] for each in filled.json("dlq", "peek", "event", "--body", "--type", "Bounce")["letters"]]
    assert bodies == [payloads.body(payloads.bounce())]


def test_peeking_at_nothing(cli: Cli) -> None:
    assert cli("dlq", "peek").err == "there is no such letter\n"


def test_peeking_at_dead_letters_of_sending(sending: Cli) -> None:
    first, _ = sending.json("dlq", "peek", "--cause", "NotFound")["letters"]
    assert (first["request_id"], first["stream"], first["type"], first["records"]) == (
        "r-1",
        "transactional",
        None,
        None,
    )
    assert "r-1" in sending("dlq", "peek", "priority").out
    assert "records 4" in sending("dlq", "peek", "projector").out
    assert sending.json("dlq", "peek", "--type", "send")["letters"] == []
