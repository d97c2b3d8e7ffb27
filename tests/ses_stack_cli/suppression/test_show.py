"""`ses-stack suppression list` and `get`."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from ses_stack.mail.times import utc_milliseconds
from ses_stack.suppression.facts import Fact, FactKind, Reason
from tests.support.suppression_cli import OUTPUTS, SuppressionCli, bounced


def test_adding_listing_and_explaining(cli: SuppressionCli) -> None:
    cli("add", "Ann <Ann@Example.org>", "--reason", "asked by phone", "--by", "op")
    assert "Ann@Example.org is suppressed from all mail" in cli.err
    assert cli.ses.listed == {"Ann@Example.org": "BOUNCE"}
    cli("add", "bob@example.org", "--scope", "marketing", "--reason", "unsubscribe")
    assert cli.ses.listed == {"Ann@Example.org": "BOUNCE"}
    lines = cli.json("list")["suppressions"]
    assert [(line["recipient"], line["scope"], line["reason"]) for line in lines] == [
        ("ann@example.org", "*", "manual"),
        ("bob@example.org", "marketing", "unsubscribe"),
    ]
    assert cli.json("list", "--reason", "manual")["suppressions"] == lines[:1]
    assert cli.json("list", "--scope", "marketing")["suppressions"] == lines[1:]
    printed = cli.json("list", "-n", "1")
    assert (printed["suppressions"], printed["cut"]) == (lines[:1], True)
    found = cli.json("get", "ANN@example.org")
    assert (found["suppressed"], found["account_list"]) == (True, "BOUNCE")
    assert [(each["what"], each["by"], each["note"]) for each in found["history"]] == [
        ("suppress", "op", "asked by phone")
    ]
    assert "suppressed from all mail: a manual entry of" in cli("get", "ann@example.org").out
    assert "SES's list: put there as BOUNCE" in cli.out
    assert "SCOPE" in cli("list").out


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["list", "--scope", "topic:"], "there is no scope 'topic:'"),
        (["get", "ann"], "the address is not an e-mail address"),
    ],
)
def test_bad_input_gets_one_sentence(cli: SuppressionCli, arguments: list[str], problem: str) -> None:
    cli(*arguments, code=1)
    assert problem in cli.err
    assert cli.err.count("\n") == 1


def test_an_empty_list(cli: SuppressionCli) -> None:
    assert cli("list").err == "no address is suppressed\n"
    assert cli.json("list") == {"suppressions": [], "cut": False}


def test_a_list_that_is_cut_says_so(cli: SuppressionCli) -> None:
    cli.store(bounced(), bounced("b@x.org"))
    assert "these are the first 1; --limit shows more" in cli("list", "-n", "1").err


def test_soft_bounces_are_shown_with_what_they_count_for(cli: SuppressionCli) -> None:
    minutes_ago = [datetime.now(UTC) - timedelta(minutes=minutes) for minutes in (4, 3, 2)]
    delivered_at, replied_at, full_at = map(utc_milliseconds, minutes_ago)
    ann = {"recipient": "ann@example.org", "as_spelled": "ann@example.org"}
    soft = {**ann, "reason": Reason.SOFT_BOUNCE}
    cli.store(
        Fact(kind=FactKind.NOTED, time=replied_at, subtype="General", message_id="m1", **soft),
        Fact(kind=FactKind.SOFT_BOUNCE, time=replied_at, subtype="General", message_id="m2", **soft),
        Fact(kind=FactKind.SOFT_BOUNCE, time=full_at, subtype="MailboxFull", message_id="m3", **soft),
    )
    cli.deliver(Fact(kind=FactKind.DELIVERY, time=delivered_at, message_id="m2", **ann))
    assert "is not suppressed" in cli("get", "ann@example.org").out
    assert re.findall("auto-reply: no evidence|soft bounce: evidence|soft bounce: no evidence", cli.out) == [
        "auto-reply: no evidence",
        "soft bounce: no evidence",
        "soft bounce: evidence",
    ]
    history = cli.json("get", "ann@example.org")["history"]
    assert [(fact["what"], fact["evidence"]) for fact in history] == [
        ("delivery", None),
        ("noted", False),
        ("soft_bounce", False),
        ("soft_bounce", True),
    ]


def test_an_address_of_which_nothing_is_known(cli: SuppressionCli) -> None:
    assert cli("get", "nobody@example.org", code=1).err == "nothing is known of the address nobody@example.org\n"


def test_what_ses_list_says_is_shown_if_the_stack_syncs_it(
    cli: SuppressionCli, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli.store(bounced())
    assert "SES's list: not known to have it" in cli("get", "ann@example.org").out
    monkeypatch.setitem(OUTPUTS, "SuppressionPolicy", OUTPUTS["SuppressionPolicy"].replace("true", "false"))
    assert "SES's list" not in cli("get", "ann@example.org").out
