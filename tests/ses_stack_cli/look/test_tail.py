"""`ses-stack tail`: the latest events of all messages."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from moto import mock_aws
from typer.testing import CliRunner

from ses_stack.mail.times import utc_milliseconds
from ses_stack_cli.look import tail
from ses_stack_cli.main import app
from tests.ses_stack_cli.conftest import Cli, deploy
from tests.support import payloads


def store_now(cli: Cli, *records: payloads.Json) -> None:
    """Stores records that EventBridge has just received: an event's time is believed within its envelope's."""
    cli.store(*records, time=utc_milliseconds(datetime.now(UTC)))


def recent_bounce(minutes: int, message_id: str, **changes: Any) -> payloads.Json:
    time = utc_milliseconds(datetime.now(UTC) - timedelta(minutes=minutes))
    return payloads.bounce(timestamp=time, feedbackId=message_id, mail=payloads.mail(messageId=message_id), **changes)


def test_the_feed_in_time_order(cli: Cli) -> None:
    store_now(cli, recent_bounce(1, "b"), recent_bounce(50, "a"), recent_bounce(90, "old"))
    found = cli.json("tail")
    assert [event["message_id"] for event in found["events"]] == ["a", "b"]
    assert not found["cut"]
    assert set(found["events"][0]) == {
        "message_id",
        "recipient",
        "type",
        "subtype",
        "time",
        "detail",
        "stream",
        "subject",
    }


def test_the_feed_for_people(cli: Cli) -> None:
    store_now(cli, recent_bounce(1, "b"), recent_bounce(50, "a"))
    cli("tail", "--limit", "1")
    assert "Permanent/General" in cli.out
    assert cli.out.count("bounce") == 1
    assert cli.err == "these are the newest 1; --limit shows more\n"


def test_an_empty_feed_is_not_an_error(cli: Cli) -> None:
    assert cli.json("tail", "--type", "Rendering Failure") == {"events": [], "cut": False}
    assert "nothing happened since" in cli("tail").err


def test_following_prints_a_line_for_each_event(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(tail.time, "sleep", interrupted)
    store_now(cli, recent_bounce(1, "b"), recent_bounce(50, "a"))
    lines = cli("tail", "--follow", "--json", code=130).out.splitlines()
    assert [json.loads(line)["message_id"] for line in lines] == ["a", "b"]
    lines = cli("tail", "--follow", code=130).out.splitlines()
    assert [line.split()[-1] for line in lines] == ["a", "b"]


@pytest.mark.parametrize("name", ["delivery", "Open", "Email Clicked"])
def test_the_feed_says_what_it_does_not_have(cli: Cli, name: str) -> None:
    err = cli("tail", "--type", name, code=2).err
    assert "the feed has no" in err
    assert "ses-stack timeline" in err


def test_the_feed_does_not_look_back_for_ever(cli: Cli) -> None:
    assert "31 days" in cli("tail", "--since", "32d", code=2).err


@pytest.mark.parametrize(
    ("setting", "options", "says_so"),
    [
        ("false", [], True),
        ("false", ["--type", "send"], True),
        ("false", ["--type", "bounce"], False),
        ("true", [], False),
    ],
)
def test_the_feed_says_whether_it_has_send_events_of_requests(setting: str, options: list[str], says_so: bool) -> None:
    with mock_aws():
        deploy(payloads.STACK, RequestSendsInTail=setting)
        result = CliRunner().invoke(app, ["tail", "--stack-name", payloads.STACK, *options])
    assert ("Send events of send requests are not in the feed" in result.stderr) == says_so
