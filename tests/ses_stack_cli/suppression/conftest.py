"""A stack with a suppression table, and the command line on it."""

from __future__ import annotations

import boto3
import pytest

from ses_stack_cli.suppression import target as suppression_target
from ses_stack_cli.target import Target
from tests.support.suppression_cli import OUTPUTS, SuppressionCli


@pytest.fixture
def cli(aws: None, monkeypatch: pytest.MonkeyPatch) -> SuppressionCli:
    cli = SuppressionCli()
    target = Target(
        stack="s", outputs=OUTPUTS, client=lambda name: cli.ses if name == "sesv2" else boto3.client("dynamodb")
    )
    monkeypatch.setattr(suppression_target, "connect", lambda *_, **__: target)
    return cli
