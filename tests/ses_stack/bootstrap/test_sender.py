"""The sender with its real collaborators."""

from __future__ import annotations

import inspect

import pytest

from ses_stack.aws import clients
from ses_stack.bootstrap.sender import build
from ses_stack.errors import ConfigurationError
from ses_stack.sending.adapters.attachments import AttachmentReader
from ses_stack.sending.ports import SendingRules
from tests.support.lambda_world import FakeSes, lane_event, rows
from tests.support.sender_fakes import document


def test_each_lane_sends_through_one_sender(ses: FakeSes) -> None:
    send = build()

    priority = send(lane_event(document("r1"), document("r2")), 30_000)
    bulk = send(lane_event(document("r3"), lane="bulk"), 30_000)

    assert priority.response() == bulk.response() == {"batchItemFailures": []}
    assert len(ses.messages) == 3
    ledger = {row["pk"]["S"]: row for row in rows("SendTable")}
    assert {pk: ledger[pk]["status"]["S"] for pk in ("REQ#r1", "REQ#r2", "REQ#r3")} == {
        "REQ#r1": "sent",
        "REQ#r2": "sent",
        "REQ#r3": "sent",
    }
    assert {pk: ledger[pk]["lane"]["S"] for pk in ("REQ#r1", "REQ#r3")} == {"REQ#r1": "priority", "REQ#r3": "bulk"}
    # At the fake's rate, a worker adds to the count of the quota only what is a twentieth of a second's mail.
    assert float(ledger["QUOTA"]["since"]["N"]) == 0
    send(lane_event(*(document(f"more{number}") for number in range(24))), 30_000)
    counted = {row["pk"]["S"]: row for row in rows("SendTable")}
    assert float(counted["QUOTA"]["since"]["N"]) == 26
    assert any(pk.startswith("RATE#") for pk in ledger)


def test_a_missing_variable_is_named(ses: FakeSes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BULK_QUEUE_URL")

    with pytest.raises(ConfigurationError, match="BULK_QUEUE_URL"):
        build()


def test_a_large_message_has_time_for_its_answer_within_what_is_reserved_for_it(
    ses: FakeSes, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[dict[str, float]] = []
    monkeypatch.setattr(clients, "sesv2", lambda _, **more: waits.append(more) or ses)

    build()(lane_event(document("r1")), 30_000)

    assert waits == [{}, {"answer_seconds": 12}]
    s3 = clients.s3().meta.config
    reading = inspect.signature(AttachmentReader).parameters["seconds"].default + s3.connect_timeout + s3.read_timeout
    assert reading + 2 + 12 < SendingRules().large_message_seconds
    assert SendingRules().large_message_seconds + 5 < 30, "the shortest SenderTimeout"
