"""`ses-stack suppression sync`."""

from __future__ import annotations

import time

import pytest

from ses_stack.suppression.facts import Fact, FactKind, Reason
from tests.support.suppression_cli import SuppressionCli, bounced


def test_sync_shows_and_mends_the_difference(cli: SuppressionCli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: None)
    removal = Fact(
        recipient="gone@x.org",
        kind=FactKind.REMOVAL,
        time="2026-11-24T13:00:00.000Z",
        as_spelled="gone@x.org",
    )
    cli.store(
        bounced(),
        bounced("Only@Here.org", reason=Reason.COMPLAINT),
        bounced("m@x.org", scope="marketing", reason=Reason.UNSUBSCRIBE),
        bounced("gone@x.org"),
        removal,
    )
    cli.ses.listed = {"ann@example.org": "BOUNCE", "Only@There.org": "COMPLAINT", "Gone@x.org": "BOUNCE"}
    found = cli.json("sync", code=1)
    assert found["in_both"] == 1
    assert found["only_here"] == [{"address": "Only@Here.org", "reason": "COMPLAINT"}]
    assert [each["address"] for each in found["only_there"]] == ["Only@There.org"]
    assert found["lifted"] == [{"address": "Gone@x.org"}]
    assert "1 address on both lists, 3 different" in cli("sync", code=1).err
    assert "only on SES's list" in cli.out
    cli("sync", "--apply")
    assert cli.ses.listed == {"ann@example.org": "BOUNCE", "Only@There.org": "COMPLAINT", "Only@Here.org": "COMPLAINT"}
    found = cli.json("sync")
    assert (found["in_both"], found["only_here"], found["only_there"], found["lifted"]) == (3, [], [], [])
    assert "put there as COMPLAINT" in cli("get", "only@here.org").out


def test_ses_throttles_a_sync(cli: SuppressionCli) -> None:
    cli.store(bounced())
    cli.ses.broken = "TooManyRequestsException"
    cli("sync", "--apply", code=1)
    assert "SES: PutSuppressedDestination: TooManyRequestsException" in cli.err


def test_entries_that_are_no_addresses_are_left_alone_and_counted(cli: SuppressionCli) -> None:
    cli.ses.listed = {"undisclosed-recipients:;": "BOUNCE"}
    assert "1 entries match no e-mail address and are left alone" in cli("sync").err
    found = cli.json("sync", "--apply")
    assert (found["only_there"], found["not_addresses"]) == ([], ["undisclosed-recipients:;"])
    assert cli.ses.listed == {"undisclosed-recipients:;": "BOUNCE"}
