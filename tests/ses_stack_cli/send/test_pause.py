"""`ses-stack pause` and `resume`, with SES's configuration sets in memory."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from moto import mock_aws
from typer.testing import CliRunner, Result

from ses_stack.sending.adapters.pauses import OperatorPauses
from ses_stack.sending.adapters.reader import SendTableReader
from ses_stack.sending.limits.stream_pauses import StreamPause
from ses_stack_cli.main import app
from ses_stack_cli.send import pause
from ses_stack_cli.target import Target
from tests.support.tables import create_table


class Ses:
    """Configuration sets and whether they send."""

    def __init__(self) -> None:
        self.sending = {"s-marketing": True, "s-transactional": True, "the-default": True}

    def get_configuration_set(self, *, ConfigurationSetName: str) -> Any:  # noqa: N803
        return {"SendingOptions": {"SendingEnabled": self.sending[ConfigurationSetName]}}

    def put_configuration_set_sending_options(self, *, ConfigurationSetName: str, SendingEnabled: bool) -> None:  # noqa: N803
        self.sending[ConfigurationSetName] = SendingEnabled


def target(ses: Ses, monkeypatch: pytest.MonkeyPatch, **outputs: str) -> None:
    """The stack `s` with its SendTable in moto."""
    create_table("SendTable")
    clients: dict[str, Any] = {
        "sesv2": ses,
        "dynamodb": boto3.client("dynamodb"),
        "sts": boto3.client("sts"),
    }
    stack = Target(stack="s", outputs={"SendTableName": "SendTable"} | outputs, client=lambda name: clients[name])
    monkeypatch.setattr(pause, "connect", lambda *_, **__: stack)


@pytest.fixture
def ses(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ses]:
    with mock_aws():
        ses = Ses()
        target(ses, monkeypatch, DefaultConfigurationSetName="the-default")
        yield ses


def pauses() -> dict[str, StreamPause]:
    return dict(SendTableReader(boto3.client("dynamodb"), name="SendTable").known().pauses)


def run(*arguments: str, given: str | None = None) -> Result:
    return CliRunner().invoke(app, arguments, input=given)


def test_a_stream_is_paused_and_resumed(ses: Ses) -> None:
    paused = run("pause", "marketing", "--yes")
    assert ses.sending == {"s-marketing": False, "s-transactional": True, "the-default": True}
    assert "queued mail waits in the bulk lane" in paused.stderr
    assert "transactional and default mail is sent as before" in paused.stderr

    assert "sent again" in run("resume", "marketing", "-y").stderr
    assert ses.sending["s-marketing"]


def test_the_stack_says_what_its_configuration_sets_are_called(ses: Ses) -> None:
    run("pause", "default", "--yes")

    assert not ses.sending["the-default"]


def test_mail_over_the_warm_up_schedule_is_paused_with_its_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    ses = Ses()
    ses.sending["s-transactional-shared"] = True
    with mock_aws():
        target(ses, monkeypatch, SharedTransactionalConfigurationSetName="s-transactional-shared")
        _both_sets_are_paused_and_resumed(ses)


def _both_sets_are_paused_and_resumed(ses: Ses) -> None:
    run("pause", "transactional", "--yes")
    assert (ses.sending["s-transactional"], ses.sending["s-transactional-shared"]) == (False, False)

    ses.sending["s-transactional"] = True  # a run that was killed after the first of the two
    assert "paused: " in run("pause", "transactional", "--yes").stderr
    assert not ses.sending["s-transactional"]

    run("resume", "transactional", "--yes")
    assert (ses.sending["s-transactional"], ses.sending["s-transactional-shared"]) == (True, True)


def test_it_asks_first(ses: Ses) -> None:
    assert run("pause", "transactional", given="n\n").exit_code == 1
    assert run("pause", "transactional").exit_code == 1
    assert ses.sending["s-transactional"]
    assert run("pause", "transactional", given="y\n").exit_code == 0
    assert not ses.sending["s-transactional"]


def test_a_stream_that_is_as_wanted_is_left_alone(ses: Ses) -> None:
    assert "marketing mail is being sent already" in run("resume", "marketing").stderr
    run("pause", "marketing", "--yes")
    assert "marketing mail is paused already" in run("pause", "marketing").stderr


def test_json(ses: Ses) -> None:
    assert json.loads(run("pause", "marketing", "--yes", "--json").stdout) == {
        "stream": "marketing",
        "configuration_sets": ["s-marketing"],
        "sending": False,
        "changed": True,
    }
    assert json.loads(run("pause", "marketing", "--json").stdout)["changed"] is False


def test_an_unknown_stream_is_a_usage_error() -> None:
    result = run("pause", "news")

    assert result.exit_code == 2
    assert "transactional, marketing, default" in " ".join(result.stderr.replace("│", "").split())


def test_the_workers_learn_of_it_at_once_and_others_learn_who_and_why(ses: Ses) -> None:
    run("pause", "marketing", "--yes", "--reason", "wrong link")
    (paused,) = pauses().values()
    assert paused.by == boto3.client("sts").get_caller_identity()["Arn"]
    assert (paused.stream, paused.reason, paused.since > 1_700_000_000) == ("marketing", "wrong link", True)

    run("resume", "marketing", "--yes")
    assert pauses() == {}


def test_a_set_that_a_deployment_turned_on_again_is_paused_again(ses: Ses) -> None:
    run("pause", "marketing", "--yes")
    before = pauses()
    ses.sending["s-marketing"] = True
    assert "is paused: " in run("pause", "marketing", "--yes").stderr
    assert (ses.sending["s-marketing"], pauses()) == (False, before)


def test_a_pause_works_where_sts_does_not_answer(ses: Ses, monkeypatch: pytest.MonkeyPatch) -> None:
    class Sts:
        def get_caller_identity(self) -> Any:
            raise EndpointConnectionError(endpoint_url="https://sts.amazonaws.com")

    stack = pause.connect()  # type: ignore[call-arg]
    monkeypatch.setattr(
        pause,
        "connect",
        lambda *_: Target(
            stack="s", outputs=stack.outputs, client=lambda name: Sts() if name == "sts" else stack.client(name)
        ),
    )
    run("pause", "marketing", "--yes")
    assert pauses()["marketing"].by == "an operator"


def test_a_long_reason_is_a_usage_error(ses: Ses) -> None:
    assert run("pause", "marketing", "--yes", "--reason", "x" * 201).exit_code == 2
    assert ses.sending["s-marketing"]


def test_an_operator_sees_who_paused_the_stream_before_resuming_it(ses: Ses) -> None:
    rows = OperatorPauses(boto3.client("dynamodb"), name="SendTable")
    rows.put(StreamPause(stream="marketing", since=1_795_597_920.0, by="guard", reason="20 complaints"))
    ses.sending["s-marketing"] = False
    told = "by guard since 2026-11-25 09:12 UTC (20 complaints)"

    assert f"marketing mail is paused already, {told}" in run("pause", "marketing").stderr
    asked = run("resume", "marketing", given="y\n").stderr
    assert f"marketing mail is paused {told}" in asked
    assert "the guard judges it by the bounces and complaints from now on" in asked
    assert SendTableReader(boto3.client("dynamodb"), name="SendTable").known().resumed.keys() == {"marketing"}
