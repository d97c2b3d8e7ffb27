"""`ses-stack streams`, with tables in moto and SES's configuration sets in memory."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws
from typer.testing import CliRunner

from ses_stack.sending.adapters.pauses import OperatorPauses
from ses_stack.sending.limits.stream_pauses import StreamPause
from ses_stack_cli.main import app
from ses_stack_cli.send import streams
from ses_stack_cli.target import Target
from tests.ses_stack.bootstrap.test_guard import count
from tests.support.tables import create_table


class Ses:
    """Configuration sets, and those that do not send."""

    def __init__(self) -> None:
        self.off: set[str] = set()

    def get_configuration_set(self, *, ConfigurationSetName: str) -> Any:  # noqa: N803
        return {"SendingOptions": {"SendingEnabled": ConfigurationSetName not in self.off}}


@pytest.fixture
def ses(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ses]:
    with mock_aws():
        create_table("SendTable")
        create_table("StatisticsTable")
        ses = Ses()
        clients: dict[str, Any] = {"sesv2": ses, "dynamodb": boto3.client("dynamodb")}
        outputs = {"SendTableName": "SendTable", "StatisticsTableName": "StatisticsTable"}
        stack = Target(stack="s", outputs=outputs, client=lambda name: clients[name])
        monkeypatch.setattr(streams, "connect", lambda *_, **__: stack)
        yield ses


@pytest.fixture
def pauses(ses: Ses) -> OperatorPauses:
    return OperatorPauses(boto3.client("dynamodb"), name="SendTable")


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["streams", *arguments])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_rates_thresholds_and_who_paused_what_and_why(ses: Ses, pauses: OperatorPauses) -> None:
    count("marketing", send=5_000, complaint=20, hard_bounce=10)
    count("default", send=12, complaint=1)
    pauses.put(StreamPause(stream="marketing", since=1_795_597_920.0, by="guard", reason="20 complaints of 5,000"))
    ses.off = {"s-marketing", "s-transactional"}

    lines = [" ".join(line.split()) for line in run().splitlines()]

    assert lines == [
        "STREAM SENT HARD BOUNCES COMPLAINTS STATE",
        "transactional 0 - - paused",
        "marketing 5,000 0.2% (10 of 5,000) 0.4% (20 of 5,000), critical paused",
        "default 12 0% (0 of 12) 8.33% (1 of 12), too little mail sending",
        "critical is above 4% hard bounces or 0.08% complaints; "
        "the guard pauses a stream that is critical beyond doubt, and only warns about transactional",
        "paused transactional by SES: its configuration set does not send",
        "paused marketing by guard since 2026-11-25 09:12 UTC (20 complaints of 5,000); "
        "`ses-stack resume marketing` ends it",
    ]


def test_json(ses: Ses, pauses: OperatorPauses) -> None:
    count("marketing", send=5_000, complaint=20)
    pauses.put(StreamPause(stream="marketing", since=1_795_597_920.0, by="guard", reason="why"))

    transactional, marketing, default = json.loads(run("--json"))["streams"]

    assert marketing == {
        "stream": "marketing",
        "sends": 5_000,
        "hard_bounces": {
            "count": 0,
            "volume": 5_000,
            "rate": 0.0,
            "lower": 0.0,
            "upper": 0.000768,
            "threshold": 0.04,
            "health": "healthy",
        },
        "complaints": {
            "count": 20,
            "volume": 5_000,
            "rate": 0.004,
            "lower": 0.002591,
            "upper": 0.006171,
            "threshold": 0.0008,
            "health": "critical",
        },
        "guard": "pauses",
        "ses_refuses": False,
        "pause": {"since": "2026-11-25T09:12:00.000Z", "by": "guard", "reason": "why"},
        "resumed_at": None,
    }
    assert (transactional["guard"], transactional["pause"], default["sends"]) == ("warns", None, 0)


def test_a_stream_that_was_resumed_today_says_so(ses: Ses, pauses: OperatorPauses) -> None:
    count("marketing", send=5_000, complaint=20)
    pauses.note_resumed("marketing", time.time() - 60)
    assert "resumed marketing at" in run()
    assert json.loads(run("--json"))["streams"][1]["resumed_at"]
