"""`ses-stack suppression add` and `remove`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ses_stack.mail.times import utc_milliseconds
from ses_stack.suppression.facts import Fact, FactKind, Reason
from tests.support.suppression_cli import OUTPUTS, SuppressionCli, bounced


def test_adding_twice_is_adding_once(cli: SuppressionCli) -> None:
    cli("add", "ann@example.org")
    assert cli.json("add", "ann@example.org")["suppressions"][0]["added"] is False
    assert len(cli.json("get", "ann@example.org")["history"]) == 1


def test_a_bounce_is_explained_and_removed(cli: SuppressionCli) -> None:
    cli.store(bounced(), bounced("ANN@Example.org", "2026-11-24T06:11:00.000Z"))
    cli.ses.listed = {"Ann@Example.org": "BOUNCE", "ANN@Example.org": "BOUNCE", "other@x.org": "BOUNCE"}
    printed = cli("get", "ann@example.org").out
    assert "all mail: a bounce (NoEmail) of 2026-11-24T06:11:00.000Z, message m1; until it is lifted" in printed
    (removed,) = cli.json("remove", "ann@example.org", "--reason", "works again", "--by", "op")["removed"]
    assert removed["lifted"]["reason"] == "bounce"
    assert removed["taken_off_account_list"] == ["ANN@Example.org", "Ann@Example.org"]
    assert list(cli.ses.listed) == ["other@x.org"]
    found = cli.json("get", "ann@example.org")
    assert (found["suppressed"], found["history"][-1]["what"], found["history"][-1]["note"]) == (
        False,
        "removal",
        "works again",
    )
    assert "is not suppressed" in cli("get", "ann@example.org").out
    cli.store(bounced())
    assert cli.json("list")["suppressions"] == []


def test_removing_one_scope_leaves_the_others(cli: SuppressionCli) -> None:
    cli.store(bounced(), bounced(scope="topic:offers", reason=Reason.UNSUBSCRIBE))
    cli("remove", "ann@example.org", "--scope", "topic:offers")
    assert "ann@example.org is no longer suppressed from topic:offers" in cli.err
    assert "ann@example.org is still suppressed from all mail: see --scope" in cli.err
    assert [line["scope"] for line in cli.json("list")["suppressions"]] == ["*"]


def test_removing_what_is_on_neither_list(cli: SuppressionCli) -> None:
    assert "nobody@example.org was not suppressed from all mail" in cli("remove", "nobody@example.org", code=1).err
    cli("get", "nobody@example.org", code=1)
    assert cli.err == "nothing is known of the address nobody@example.org\n"


def test_removing_what_only_ses_has(cli: SuppressionCli) -> None:
    cli.ses.listed = {"Zoe@x.org": "BOUNCE"}
    cli("remove", "Zoe@x.org")
    assert cli.ses.listed == {}
    assert cli.json("get", "zoe@x.org")["history"][0]["what"] == "removal"


@pytest.mark.parametrize("command", ["add", "remove"])
def test_ses_fails_and_the_operator_knows(cli: SuppressionCli, command: str) -> None:
    if command == "remove":
        cli.store(bounced())
    cli.ses.broken = "AccessDeniedException"
    cli(command, "ann@example.org", code=1)
    assert "AccessDeniedException" in cli.err
    assert "is bad" not in cli.err
    assert len(cli.json("list")["suppressions"]) == (command == "add")


def test_a_stack_that_leaves_ses_alone(cli: SuppressionCli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(OUTPUTS, "SuppressionPolicy", OUTPUTS["SuppressionPolicy"].replace("true", "false"))
    assert cli.json("add", "ann@example.org")["suppressions"][0]["on_account_list"] is None
    assert cli.ses.listed == {}


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["add", "ann"], "'ann' is not an e-mail address: it has no @"),
        (
            ["add", "a@x.org", "--scope", "all"],
            "there is no scope 'all': it is *, transactional, marketing, default, or",
        ),
        (["remove", "a@x.org", "--scope", "news"], "there is no scope 'news'"),
        (["remove", "ann"], "'ann' is not an e-mail address"),
    ],
)
def test_bad_input_gets_one_sentence(cli: SuppressionCli, arguments: list[str], problem: str) -> None:
    cli(*arguments, code=1)
    assert problem in cli.err
    assert cli.err.count("\n") == 1


def test_a_bad_address_among_good_ones_changes_nothing(cli: SuppressionCli) -> None:
    cli("add", "ann@example.org", "bob", code=1)
    assert cli.json("list")["suppressions"] == []
    cli("add", "ann@example.org")
    assert "'bob' is not an e-mail address" in cli("remove", "ann@example.org", "bob", code=1).err
    assert len(cli.json("list")["suppressions"]) == 1
    assert cli.ses.listed == {"ann@example.org": "BOUNCE"}


def test_an_address_that_ses_cannot_take_off_its_list_has_a_remedy(cli: SuppressionCli) -> None:
    cli("add", "a/b@example.org")
    cli.ses.broken = "BadRequestException"
    cli("remove", "a/b@example.org", code=1)
    assert cli.err.splitlines() == [
        "a/b@example.org is no longer suppressed from all mail",
        "SES's list may still have a/b@example.org: SES: DeleteSuppressedDestination: BadRequestException: "
        "SES takes no address with a slash off its list by this call: "
        "use `aws sesv2 create-import-job` with SuppressionListImportAction=DELETE",
    ]


@pytest.mark.parametrize(
    ("text", "reason", "note"),
    [
        ("bounce", "bounce", None),
        ("Complaint", "complaint", None),
        ("soft_bounce", "manual", "soft_bounce"),
        ("asked by phone", "manual", "asked by phone"),
        (" ", "manual", None),
    ],
)
def test_a_reason_or_a_remark(cli: SuppressionCli, text: str, reason: str, note: str | None) -> None:
    cli("add", "ann@example.org", "--reason", text)
    (fact,) = cli.json("get", "ann@example.org")["history"]
    assert (fact["reason"], fact["note"]) == (reason, note)


def test_what_an_addition_prints(cli: SuppressionCli) -> None:
    (line,) = cli.json("add", "Ann@Example.org", "--by", "op")["suppressions"]
    assert (line["address"], line["recipient"], line["scope"]) == ("Ann@Example.org", "ann@example.org", "*")
    assert (line["added"], line["on_account_list"]) == (True, True)
    assert cli.err == ""


def test_what_a_removal_prints(cli: SuppressionCli) -> None:
    cli.store(bounced())
    cli.ses.listed = {"Ann@Example.org": "BOUNCE"}
    cli("remove", "ann@example.org", "nobody@example.org", code=1)
    assert cli.err.splitlines() == [
        "ann@example.org is no longer suppressed from all mail",
        "ann@example.org is off SES's list",
        "nobody@example.org was not suppressed from all mail",
    ]


def test_an_address_is_one_in_every_spelling(cli: SuppressionCli) -> None:
    cli("add", "Ann@MÜNCHEN.example.")
    assert cli.ses.listed == {"Ann@xn--mnchen-3ya.example": "BOUNCE"}
    for spelling in ("ann@münchen.example", "ANN@xn--mnchen-3ya.example", "Ann <ann@mün\u00adchen.example>"):
        assert cli.json("get", spelling)["recipient"] == "ann@xn--mnchen-3ya.example"
    cli("remove", "ann@ＭＵ\u0308ＮＣＨＥＮ.example\u200b")
    assert cli.ses.listed == {}
    assert cli.json("get", "ann@münchen.example")["suppressed"] is False


def test_a_domain_that_may_be_two_is_not_guessed(cli: SuppressionCli) -> None:
    for command in ("add", "get", "remove"):
        assert "write it in punycode" in cli(command, "ann@straße.example", code=1).err


def soft_bounces() -> list[Fact]:
    now = datetime.now(UTC)
    times = [utc_milliseconds(now - timedelta(hours=hours)) for hours in (3, 2, 1)]
    ann = {"recipient": "ann@example.org", "as_spelled": "ann@example.org", "reason": Reason.SOFT_BOUNCE}
    return [Fact(kind=FactKind.SOFT_BOUNCE, time=time, subtype="MailboxFull", message_id=time, **ann) for time in times]


def test_a_change_that_needs_the_history_fails_without_it(cli: SuppressionCli, monkeypatch: pytest.MonkeyPatch) -> None:
    cli.store(*soft_bounces())
    monkeypatch.setitem(OUTPUTS, "EventTableName", "NoSuchTable")
    failed = cli("add", "ann@example.org", "--scope", "marketing", code=1)
    assert "the history's deliveries: ResourceNotFoundException" in failed.err
    cli("add", "bob@example.org", "--scope", "marketing")
    shown = cli("get", "ann@example.org")
    assert "the history's deliveries could not be read (ResourceNotFoundException)" in shown.err
    assert "marketing" not in shown.out
    cli("remove", "ann@example.org", "--reason", "works again", "--by", "op")
