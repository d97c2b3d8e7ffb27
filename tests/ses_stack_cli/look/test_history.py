"""`ses-stack timeline`, `recipient`, `tail`."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import typer

from ses_stack.mail.event_types import EventType
from ses_stack.mail.times import utc_milliseconds
from ses_stack_cli.look import history
from ses_stack_cli.options import event_types, moment
from tests.ses_stack_cli.conftest import Cli
from tests.support import payloads

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def recent_bounce(minutes: int, message_id: str, **changes: Any) -> payloads.Json:
    time = utc_milliseconds(datetime.now(UTC) - timedelta(minutes=minutes))
    return payloads.bounce(timestamp=time, feedbackId=message_id, mail=payloads.mail(messageId=message_id), **changes)


def test_a_timeline_as_json(cli: Cli) -> None:
    cli.store(payloads.delivery(), payloads.send(), payloads.click())
    assert cli.json("timeline", payloads.MESSAGE_ID) == {
        "message_id": payloads.MESSAGE_ID,
        "status": "delivered",
        "subject": "Winter boots are here",
        "sender": "Example Shop <news@example.com>",
        "stream": "marketing",
        "request_id": "order-1001",
        "request": None,
        "recipients": [
            {
                "recipient": "ann.lee@example.org",
                "status": "delivered",
                "events": [
                    {"type": "send", "subtype": None, "time": payloads.SENT_AT, "detail": None, "bot": None},
                    {
                        "type": "delivery",
                        "subtype": None,
                        "time": "2026-11-24T06:10:02.456Z",
                        "detail": "250 2.0.0 OK  1764137402 d9443c01a7336-29b5b25a8f2si123456789 - gsmtp",
                        "bot": None,
                    },
                    {
                        "type": "click",
                        "subtype": None,
                        "time": "2026-11-24T07:00:09.750Z",
                        "detail": "https://www.example.com/boots?utm_source=mail&utm_campaign=winter-26",
                        "bot": "unlikely",
                    },
                ],
            }
        ],
    }


def test_opens_of_a_message_to_two_stand_under_nobody(cli: Cli) -> None:
    two = payloads.mail(destination=["ann@example.org", "bob@example.org"])
    cli.store(payloads.send(mail=two), payloads.opened(mail=two))
    recipients = cli.json("timeline", payloads.MESSAGE_ID)["recipients"]
    assert [(each["recipient"], each["status"]) for each in recipients] == [
        ("ann@example.org", "sent"),
        ("bob@example.org", "sent"),
        (None, None),
    ]
    assert "SES does not say which recipient" in cli("timeline", payloads.MESSAGE_ID).out


def test_a_timeline_for_people(cli: Cli) -> None:
    cli.store(payloads.send(), payloads.bounce(), payloads.opened(isBotEvent="Likely"))
    out = cli("timeline", payloads.MESSAGE_ID).out
    assert "Status   bounced" in out
    assert "Permanent/General" in out
    assert "likely a bot" in out


def test_text_from_outside_sends_no_commands_to_the_terminal(cli: Cli) -> None:
    cli.store(payloads.send(mail=payloads.mail(commonHeaders={"subject": "\x1b[31mred [bold]x"})))
    out = cli("timeline", payloads.MESSAGE_ID).out
    assert "\x1b" not in out
    assert "[31mred [bold]x" in out


def test_raw_payloads_come_as_they_were_received(cli: Cli) -> None:
    cli.store(payloads.bounce(), payloads.send())
    out = cli("timeline", payloads.MESSAGE_ID, "--raw").out
    assert out.splitlines() == [payloads.body(payloads.send()), payloads.body(payloads.bounce())]


@pytest.mark.parametrize("option", [(), ("--json",), ("--raw",)])
def test_an_unknown_message_is_a_sentence_and_nothing_else(cli: Cli, option: tuple[str, ...]) -> None:
    cli("timeline", "nope", *option, code=1)
    assert cli.out == ""
    assert cli.err.startswith("nothing is known of the message nope. If it was queued, ")
    assert cli.err.count("\n") == 1


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


def test_the_feed_in_time_order(cli: Cli) -> None:
    cli.store(recent_bounce(1, "b"), recent_bounce(50, "a"), recent_bounce(90, "old"))
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
    cli.store(recent_bounce(1, "b"), recent_bounce(50, "a"))
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

    monkeypatch.setattr(history.time, "sleep", interrupted)
    cli.store(recent_bounce(1, "b"), recent_bounce(50, "a"))
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
    ("name", "kind"),
    [
        ("Rendering Failure", EventType.RENDERING_FAILURE),
        ("RENDERING_FAILURE", EventType.RENDERING_FAILURE),
        ("renderingFailure", EventType.RENDERING_FAILURE),
        ("rendering-failure", EventType.RENDERING_FAILURE),
        ("Email Rendering Failed", EventType.RENDERING_FAILURE),
        ("DeliveryDelay", EventType.DELIVERY_DELAY),
        ("unknown", EventType.UNKNOWN),
        *((name, EventType.from_name(kind)) for kind, name in payloads.DETAIL_TYPES.items()),
    ],
)
def test_a_type_may_be_spelled_as_ses_does_anywhere(name: str, kind: EventType) -> None:
    assert event_types([name]) == {kind}


def test_a_type_that_is_none_is_a_usage_error() -> None:
    with pytest.raises(typer.BadParameter, match="not an event type"):
        event_types(["bonce"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("90s", NOW - timedelta(seconds=90)),
        ("15m", NOW - timedelta(minutes=15)),
        ("1H", NOW - timedelta(hours=1)),
        ("2d", NOW - timedelta(days=2)),
        ("1w", NOW - timedelta(weeks=1)),
        ("2026-11-24T10:00:00", NOW - timedelta(hours=2)),
        ("2026-11-24T12:00:00+02:00", NOW - timedelta(hours=2)),
        ("2026-11-24", NOW - timedelta(hours=12)),
    ],
)
def test_a_moment_is_an_age_or_a_time(text: str, expected: datetime) -> None:
    assert moment(text, NOW) == expected


@pytest.mark.parametrize("text", ["", "1", "h", "-1h", "yesterday", "1h30m"])
def test_what_is_no_moment_is_a_usage_error(text: str) -> None:
    with pytest.raises(typer.BadParameter):
        moment(text, NOW)
