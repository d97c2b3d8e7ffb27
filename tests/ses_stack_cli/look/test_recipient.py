"""`ses-stack recipient`: the suppressions and the events of one address."""

from __future__ import annotations

from typing import Any

import pytest

from ses_stack.sending.adapters.rows import ledger_row_of
from ses_stack.sending.outcomes.ledger import LedgerEntry, RequestStatus
from tests.ses_stack_cli.conftest import STACK, Cli, deploy
from tests.support import payloads
from tests.support.tables import create_table


def test_a_recipient_as_json(cli: Cli) -> None:
    cli.store(payloads.send(), payloads.bounce())
    found = cli.json("recipient", "Ann <ANN.Lee@Example.org>")
    assert found["recipient"] == "ann.lee@example.org"
    assert found["next"] is None
    assert [event["type"] for event in found["events"]] == ["bounce", "send"]
    assert found["events"][0] == {
        "message_id": payloads.MESSAGE_ID,
        "type": "bounce",
        "subtype": "Permanent/General",
        "time": "2026-11-24T06:10:03.001Z",
        "detail": "smtp; 550 5.1.1 user unknown",
        "bot": None,
        "stream": "marketing",
        "subject": "Winter boots are here",
        "sender": "Example Shop <news@example.com>",
    }


def test_a_recipient_in_pages(cli: Cli) -> None:
    cli.store(payloads.send(), payloads.bounce(), payloads.complaint())
    first = cli.json("recipient", "ann.lee@example.org", "--limit", "2")
    rest = cli.json("recipient", "ann.lee@example.org", "--limit", "2", "--page", first["next"])
    assert [event["type"] for event in first["events"] + rest["events"]] == ["complaint", "bounce", "send"]
    assert rest["next"] is None
    assert first["next"] in cli("recipient", "ann.lee@example.org", "--limit", "2").err
    cli("recipient", "ann.lee@example.org", "--page", "x", code=1)
    assert cli.err == "the page is not one that an answer gave as `next`\n"


def test_a_recipient_for_people(cli: Cli) -> None:
    cli.store(payloads.send())
    assert payloads.MESSAGE_ID in cli("recipient", "ann.lee@example.org").out


def test_an_unknown_address_is_a_sentence_and_nothing_else(cli: Cli) -> None:
    cli("recipient", "bob@example.org", "--json", code=1)
    assert cli.out == ""
    assert cli.err == (
        "nothing is known of the address bob@example.org. If mail to it was queued, it still waits in its lane for the "
        "first time: see `ses-stack queue`\n"
    )


def test_a_recipient_in_every_spelling(cli: Cli) -> None:
    cli.store(payloads.send(mail={"destination": ["Ann@XN--mnchen-3ya.example"]}))
    for spelling in ("ann@münchen.example", "ANN@MÜNCHEN.example.", "ann@xn--mnchen-3ya.example\u200b"):
        assert cli.json("recipient", spelling)["recipient"] == "ann@xn--mnchen-3ya.example"
    assert "write it in punycode" in cli("recipient", "ann@straße.example", code=1).err


@pytest.fixture
def cli_with_ledger(aws: None) -> Cli:
    """A stack that has a sender, too."""
    create_table("SendTable")
    return Cli(deploy(STACK, SendTableName="SendTable"))


def request(request_id: str, status: RequestStatus, **fields: Any) -> LedgerEntry:
    plain = {"stream": "marketing", "lane": "bulk", "recipients": 1, "recipient": "ann@example.org", "changed_at": 9.0}
    return LedgerEntry(request_id=request_id, status=status, **{"queued_at": 1.0} | plain | fields)


def test_a_recipient_that_a_waiting_request_leaves_out_is_told_apart(cli_with_ledger: Cli) -> None:
    waiting = {"deferral": "the stream is paused", "deferrals": 1, "suppressed": {"ann@example.org": "bounce (*)"}}
    row: Any = ledger_row_of(request("r-two", RequestStatus.DEFERRED, recipients=2, **waiting), retention_days=14)
    cli_with_ledger.dynamodb.put_item(TableName="SendTable", Item=row)
    other: Any = {
        "pk": {"S": "TO#2#r-two"},
        "unsent_recipient": {"S": "bob@example.org"},
        "queued_at": row["queued_at"],
    }
    cli_with_ledger.dynamodb.put_item(TableName="SendTable", Item=other)
    assert "left out: bounce (*)" in cli_with_ledger("recipient", "ann@example.org").out
    assert "the stream is paused" in cli_with_ledger("recipient", "bob@example.org").out


def test_requests_that_ses_has_not_got_are_shown_by_address(cli_with_ledger: Cli) -> None:
    for entry in (
        request("r-failed", RequestStatus.FAILED, queued_at=1.0, reason="the template is gone"),
        request("r-deferred", RequestStatus.DEFERRED, queued_at=2.0, deferral="the stream is paused", deferrals=1),
        request("r-left-out", RequestStatus.SUPPRESSED, queued_at=3.0, suppressed={"ann@example.org": "bounce (*)"}),
        request("r-sent", RequestStatus.SENT, queued_at=4.0, message_id="m"),
        request("r-bobs", RequestStatus.FAILED, recipient="bob@example.org"),
    ):
        row: Any = ledger_row_of(entry, retention_days=14)
        cli_with_ledger.dynamodb.put_item(TableName="SendTable", Item=row)
    found = cli_with_ledger.json("recipient", "Ann <ANN@example.org>")
    assert [each["request_id"] for each in found["requests"]] == ["r-left-out", "r-deferred", "r-failed"]
    assert found["events"] == []
    out = cli_with_ledger("recipient", "ann@example.org").out
    for text in ("r-failed", "the template is gone", "the stream is paused", "bounce (*)"):
        assert text in out
    cli_with_ledger("recipient", "carol@example.org", code=1)
    assert [
        each["request_id"] for each in cli_with_ledger.json("recipient", "ann@example.org", "--limit", "1")["requests"]
    ] == ["r-left-out"]
