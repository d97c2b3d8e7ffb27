"""`ses-stack pause` and `resume`, with SES's configuration sets in memory."""

from __future__ import annotations

import json
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from ses_stack_cli.main import app
from ses_stack_cli.send import pause
from ses_stack_cli.target import Target


class Ses:
    """Configuration sets and whether they send."""

    def __init__(self) -> None:
        self.sending = {"s-marketing": True, "s-transactional": True, "the-default": True}

    def get_configuration_set(self, *, ConfigurationSetName: str) -> Any:  # noqa: N803
        return {"SendingOptions": {"SendingEnabled": self.sending[ConfigurationSetName]}}

    def put_configuration_set_sending_options(self, *, ConfigurationSetName: str, SendingEnabled: bool) -> None:  # noqa: N803
        self.sending[ConfigurationSetName] = SendingEnabled


@pytest.fixture
def ses(monkeypatch: pytest.MonkeyPatch) -> Ses:
    ses = Ses()
    target = Target(stack="s", outputs={"DefaultConfigurationSetName": "the-default"}, client=lambda _: ses)
    monkeypatch.setattr(pause, "connect", lambda *_, **__: target)
    return ses


def run(*arguments: str, given: str | None = None) -> Result:
    return CliRunner().invoke(app, arguments, input=given)


def test_a_stream_is_paused_and_resumed(ses: Ses) -> None:
    paused = run("pause", "marketing", "--yes")
    assert ses.sending == {"s-marketing": False, "s-transactional": True, "the-default": True}
    assert "queued mail waits in the bulk lane" in paused.stderr
    assert "transactional, default mail goes on" in paused.stderr

    assert "sent again" in run("resume", "marketing", "-y").stderr
    assert ses.sending["s-marketing"]


def test_the_stack_says_what_its_configuration_sets_are_called(ses: Ses) -> None:
    run("pause", "default", "--yes")

    assert not ses.sending["the-default"]


def test_mail_over_the_warm_up_schedule_is_paused_with_its_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    ses = Ses()
    ses.sending["s-transactional-shared"] = True
    outputs = {"SharedTransactionalConfigurationSetName": "s-transactional-shared"}
    monkeypatch.setattr(pause, "connect", lambda *_, **__: Target(stack="s", outputs=outputs, client=lambda _: ses))

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
