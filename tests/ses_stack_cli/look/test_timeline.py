"""`ses-stack timeline`: the events of one message, and its row in the ledger."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ses_stack.sending.adapters.rows import ledger_row_of
from ses_stack.sending.outcomes.ledger import LedgerEntry, RequestStatus
from ses_stack_cli.look.requests import request_document
from tests.ses_stack_cli.conftest import STACK, Cli, deploy
from tests.ses_stack_cli.look.test_requests import ENTRY, NOW
from tests.support import payloads
from tests.support.tables import create_table


@pytest.fixture
def cli_with_ledger(aws: None) -> Cli:
    """A stack that has a sender, too."""
    create_table("SendTable")
    return Cli(deploy(STACK, SendTableName="SendTable"))


def store_request(cli: Cli, entry: LedgerEntry) -> None:
    row: Any = ledger_row_of(entry, retention_days=14)
    cli.dynamodb.put_item(TableName="SendTable", Item=row)


def test_a_timeline_as_json(cli: Cli) -> None:
    cli.store(payloads.delivery(), payloads.send(), payloads.click())
    assert cli.json("timeline", payloads.MESSAGE_ID) == {
        "message_id": payloads.MESSAGE_ID,
        "status": "delivered",
        "subject": "Winter boots are here",
        "sender": "Example Shop <news@example.com>",
        "stream": "marketing",
        "request_id": "order-1001",
        "request": None,
        "advice": [],
        "recipients": [
            {
                "recipient": "ann.lee@example.org",
                "status": "delivered",
                "events": [
                    {"type": "send", "subtype": None, "time": payloads.SENT_AT, "detail": None, "bot": None},
                    {
                        "type": "delivery",
                        "subtype": None,
                        "time": "2026-11-24T06:10:02.456Z",
                        "detail": "250 2.0.0 OK  1764137402 d9443c01a7336-29b5b25a8f2si123456789 - gsmtp",
                        "bot": None,
                    },
                    {
                        "type": "click",
                        "subtype": None,
                        "time": "2026-11-24T07:00:09.750Z",
                        "detail": "https://www.example.com/boots?utm_source=mail&utm_campaign=winter-26",
                        "bot": "unlikely",
                    },
                ],
            }
        ],
    }


def test_opens_of_a_message_to_two_name_no_recipient(cli: Cli) -> None:
    two = payloads.mail(destination=["ann@example.org", "bob@example.org"])
    cli.store(payloads.send(mail=two), payloads.opened(mail=two))
    recipients = cli.json("timeline", payloads.MESSAGE_ID)["recipients"]
    assert [(each["recipient"], each["status"]) for each in recipients] == [
        ("ann@example.org", "sent"),
        ("bob@example.org", "sent"),
        (None, None),
    ]
    assert "SES does not say which recipient" in cli("timeline", payloads.MESSAGE_ID).out


def test_a_timeline_for_people(cli: Cli) -> None:
    cli.store(payloads.send(), payloads.bounce(), payloads.opened(isBotEvent="Likely"))
    out = cli("timeline", payloads.MESSAGE_ID).out
    assert "Status   bounced" in out
    assert "Permanent/General" in out
    assert "likely a bot" in out


def test_text_from_outside_sends_no_commands_to_the_terminal(cli: Cli) -> None:
    cli.store(payloads.send(mail=payloads.mail(commonHeaders={"subject": "\x1b[31mred [bold]x"})))
    out = cli("timeline", payloads.MESSAGE_ID).out
    assert "\x1b" not in out
    assert "[31mred [bold]x" in out


def test_raw_payloads_come_as_they_were_received(cli: Cli) -> None:
    cli.store(payloads.bounce(), payloads.send())
    out = cli("timeline", payloads.MESSAGE_ID, "--raw").out
    assert out.splitlines() == [payloads.body(payloads.send()), payloads.body(payloads.bounce())]


@pytest.mark.parametrize("option", [(), ("--json",), ("--raw",)])
def test_an_unknown_message_is_a_sentence_and_nothing_else(cli: Cli, option: tuple[str, ...]) -> None:
    cli("timeline", "nope", *option, code=1)
    assert cli.out == ""
    assert cli.err.startswith("nothing is known of the message nope. If it was queued, ")
    assert cli.err.count("\n") == 1


def test_a_request_that_was_not_sent_yet(cli_with_ledger: Cli) -> None:
    store_request(
        cli_with_ledger,
        LedgerEntry(
            request_id="r",
            status=RequestStatus.DEFERRED,
            stream="marketing",
            lane="bulk",
            recipients=1,
            queued_at=NOW,
            changed_at=NOW + 5,
            until=NOW + 65,
            deferral="the day's quota is nearly used up",
            deferrals=1,
        ),
    )
    found = cli_with_ledger.json("timeline", "r")

    assert (found["message_id"], found["status"], found["recipients"]) == (None, "deferred", [])
    assert found["request"]["deferred_until"] == "2027-01-15T08:01:05.000Z"
    out = cli_with_ledger("timeline", "r").out
    assert "2027-01-15T08:00:00.000Z  queued    on the bulk lane" in out
    assert "deferred  once until 2027-01-15T08:01:05.000Z: the day's quota is nearly used up" in out
    assert "no event of it" in cli_with_ledger("timeline", "r", "--raw", code=1).err


def test_a_request_and_its_events_by_either_id(cli_with_ledger: Cli) -> None:
    store_request(cli_with_ledger, ENTRY)
    cli_with_ledger.store(payloads.delivery())

    by_request = cli_with_ledger.json("timeline", "order-1001")
    assert by_request == cli_with_ledger.json("timeline", payloads.MESSAGE_ID)
    assert by_request["status"] == "delivered"
    assert by_request["request"] == request_document(ENTRY)
    out = cli_with_ledger("timeline", "order-1001").out
    assert out.index("Ledger   sent") < out.index("Status   delivered")
    assert cli_with_ledger("timeline", "order-1001", "--raw").out.count("\n") == 1


def test_a_dead_letters_queue_and_remedy_are_named(cli_with_ledger: Cli) -> None:
    store_request(cli_with_ledger, replace(ENTRY, status=RequestStatus.FAILED, lane="bulk", evidence_at=None))
    cli_with_ledger("timeline", ENTRY.request_id)
    assert "`ses-stack dlq redrive bulk` sends it again" in cli_with_ledger.err
    (sentence,) = cli_with_ledger.json("timeline", ENTRY.request_id)["advice"]
    assert sentence in cli_with_ledger("timeline", ENTRY.request_id).err


@pytest.mark.parametrize("name", ["", " ", "x" * 257])
def test_what_no_id_can_be_is_a_usage_error(cli: Cli, name: str) -> None:
    cli("timeline", name, code=2)

    assert ("it is empty" if len(name) < 9 else "an id has at most 256 characters") in cli.err
