"""A stack's suppression list, as the commands reach it."""

from __future__ import annotations

import getpass
import json
import time

import boto3
import pytest
from typer.testing import CliRunner

from ses_stack.suppression.policy import Policy
from ses_stack_cli.main import app
from ses_stack_cli.stack_options import StackOptions
from ses_stack_cli.suppression.target import deadline, operator_name, suppression_of, suppressions_of
from ses_stack_cli.target import Target
from tests.support.suppression_cli import OUTPUTS, SuppressionCli, bounced


def test_a_recipients_history_shows_suppressions(cli: SuppressionCli, monkeypatch: pytest.MonkeyPatch) -> None:
    target = Target(stack="s", outputs=OUTPUTS, client=lambda _: boto3.client("dynamodb"))
    monkeypatch.setattr("ses_stack_cli.look.recipient.connect", lambda *_, **__: target)
    cli.store(bounced())
    result = CliRunner().invoke(app, ["recipient", "Ann@Example.org", "--json"])
    printed = json.loads(result.stdout)
    assert (printed["events"], [line["reason"] for line in printed["suppressions"]]) == ([], ["bounce"])
    assert "suppressed from all mail: a bounce" in CliRunner().invoke(app, ["recipient", "ann@example.org"]).stdout
    assert CliRunner().invoke(app, ["recipient", "bob@example.org"]).exit_code == 1


def test_the_policy_is_the_stacks_own(cli: SuppressionCli, monkeypatch: pytest.MonkeyPatch) -> None:
    policy = '{"threshold": 5, "window_days": 6, "suppression_days": 7, "sync": false}'
    monkeypatch.setitem(OUTPUTS, "SuppressionPolicy", policy)
    suppression = suppression_of(StackOptions())
    assert suppression.policy == Policy(threshold=5, window_days=6, suppression_days=7)
    assert not suppression.syncs_account_list
    assert suppression.lists.policy == suppression.policy


def test_a_step_may_take_a_minute() -> None:
    before = time.monotonic()
    assert before + 60 <= deadline() <= time.monotonic() + 60


def test_the_operators_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(getpass, "getuser", lambda: "ann")
    assert (operator_name(None), operator_name("bob")) == ("ann", "bob")


def test_a_stack_without_a_suppression_table_suppresses_no_address() -> None:
    old = Target(stack="s", outputs={}, client=lambda _: None)
    assert suppressions_of(old, "ann@example.org") == []
