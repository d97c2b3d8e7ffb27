"""`ses-stack recipient`: the suppressions and the events of one address."""

from __future__ import annotations

from tests.ses_stack_cli.conftest import Cli
from tests.support import payloads


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
    assert (cli.out, cli.err) == ("", "nothing is known of the address bob@example.org\n")


def test_a_recipient_in_every_spelling(cli: Cli) -> None:
    cli.store(payloads.send(mail={"destination": ["Ann@XN--mnchen-3ya.example"]}))
    for spelling in ("ann@münchen.example", "ANN@MÜNCHEN.example.", "ann@xn--mnchen-3ya.example\u200b"):
        assert cli.json("recipient", spelling)["recipient"] == "ann@xn--mnchen-3ya.example"
    assert "write it in punycode" in cli("recipient", "ann@straße.example", code=1).err
