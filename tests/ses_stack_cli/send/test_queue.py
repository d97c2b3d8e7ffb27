"""`ses-stack queue`, on tables and queues in moto."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from moto import mock_aws

from ses_stack_cli.send import queue
from ses_stack_cli.send.queue import document, duration, reporter_of
from tests.support.sender_stack import NOW, SenderStack, run


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> Iterator[SenderStack]:
    with mock_aws():
        stack = SenderStack()
        monkeypatch.setattr(queue, "connect", lambda *_, **__: stack.target)
        yield stack


def read(stack: SenderStack) -> dict[str, Any]:
    return document(reporter_of(stack.target).report(NOW))


def test_an_idle_stack(stack: SenderStack) -> None:
    empty = {"ready": 0, "deferred": 0, "at_work": 0, "oldest_seconds": None, "sent_per_second": 0.0}
    empty |= {"empty_in_seconds": 0.0, "held_by": None}

    assert read(stack) == {
        "lanes": [{"lane": "priority"} | empty, {"lane": "bulk"} | empty],
        "rate": {"account": 14.0, "allowed": 7.0, "sent": 0.0, "throttled_to": 1.0},
        "quota": {"most": 50_000.0, "sent": 100.0, "left": 49_900.0, "left_for_bulk": 39_900.0},
        "stopped": None,
        "paused_streams": [],
        "pauses": [],
        "paused_tenants": [],
    }


def test_waiting_messages_and_the_time_until_the_lanes_are_empty(stack: SenderStack) -> None:
    stack.fill("priority", 7)
    stack.fill("bulk", 14)
    stack.fill("bulk", 7, delay=60)
    priority, bulk = read(stack)["lanes"]

    assert (priority["ready"], priority["deferred"], priority["empty_in_seconds"]) == (7, 0, 1.0)
    assert (bulk["ready"], bulk["deferred"], bulk["empty_in_seconds"]) == (14, 7, 4.0)
    printed = run("queue").stdout.splitlines()
    assert [line.split(maxsplit=6)[-1] for line in printed[1:3]] == ["1 s", "at least 4 s"]


def test_going_out_is_what_ses_accepted_in_thirty_whole_seconds(stack: SenderStack) -> None:
    """Slots that were taken for mail that SES refused do not count."""
    stack.put("RATE#1799999970", taken=14, priority=4, bulk=10, accepted_priority=12, accepted_bulk=30)
    stack.put("RATE#1799999999", taken=14, bulk=10, accepted_bulk=30)
    stack.put("RATE#1799999998", taken=14, bulk=10)
    stack.put("RATE#1800000000", taken=14, bulk=10, accepted_bulk=30)
    stack.put("RATE#1799999969", taken=14, bulk=10, accepted_bulk=30)
    found = read(stack)

    assert [lane["sent_per_second"] for lane in found["lanes"]] == [0.4, 2.0]
    assert found["rate"]["sent"] == 2.4


def test_throttling_has_lowered_the_rate(stack: SenderStack) -> None:
    stack.put("BACKOFF", factor=0.7, at=NOW)

    assert read(stack)["rate"] == {"account": 14.0, "allowed": 4.9, "sent": 0.0, "throttled_to": 0.7}


def test_the_workers_count_is_taken_where_it_is_ahead_of_ses(stack: SenderStack) -> None:
    stack.put("QUOTA", rate=14, most=50_000, sent=100, since=900, read_at=NOW)

    assert read(stack)["quota"]["sent"] == 1000.0


def test_the_quota_holds_bulk_mail_first(stack: SenderStack) -> None:
    stack.ses.account["SendQuota"]["SentLast24Hours"] = 40_000.0
    stack.fill("priority", 1)
    stack.fill("bulk", 1)
    priority, bulk = read(stack)["lanes"]

    assert priority["held_by"] is None
    assert (bulk["empty_in_seconds"], bulk["held_by"]) == (None, "the day's quota")


def test_a_quota_without_end(stack: SenderStack) -> None:
    stack.ses.account["SendQuota"]["Max24HourSend"] = -1.0

    assert read(stack)["quota"] == {"most": -1.0, "sent": 100.0, "left": None, "left_for_bulk": None}
    assert "no limit; 100 sent" in run("queue").stdout


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"SendingEnabled": False}, "sending is paused for the account"),
        ({"EnforcementStatus": "SHUTDOWN"}, "SES has suspended the account"),
    ],
)
def test_a_stopped_account_is_shown(stack: SenderStack, change: dict[str, Any], problem: str) -> None:
    stack.ses.account |= change
    stack.fill("bulk", 1)

    assert read(stack)["stopped"] == problem
    assert f"held by {problem}" in run("queue").stdout


def test_a_pause_shows_its_maker_its_reason_and_what_it_holds(stack: SenderStack) -> None:
    stack.ses.paused = {"s-marketing"}
    stack.pause("marketing", by="arn:aws:iam::1:user/ann", reason="wrong\x1b link")
    stack.fill("bulk", 3, delay=60)
    found = read(stack)

    assert found["paused_streams"] == ["marketing"]
    assert found["pauses"] == [
        {
            "stream": "marketing",
            "since": "2027-01-15T08:00:00.000Z",
            "by": "arn:aws:iam::1:user/ann",
            "reason": "wrong\x1b link",
            "ses_refuses": True,
            "lane": "bulk",
            "held_at_most": 3,
        }
    ]
    out = run("queue").stdout
    assert "held by pause of marketing" in out
    assert "paused marketing by arn:aws:iam::1:user/ann since 2027-01-15 08:00 UTC (wrong\ufffd link): it" in out
    assert "holds 3 deferred messages of the bulk lane at most; `ses-stack resume marketing` releases them" in out


def test_paused_tenants_are_shown(stack: SenderStack) -> None:
    stack.pause_tenants("acme")
    stack.fill("bulk", 3, delay=60)
    stack.fill("priority", 2, delay=60)
    cause = "SES says that the tenant is paused"
    assert read(stack)["paused_tenants"] == [{"tenant": "acme", "since": "2027-01-15T08:00:00.000Z", "cause": cause}]
    out = " ".join(run("queue").stdout.split())
    assert "held by pause of tenant acme" in out
    assert "paused tenant acme by SES since 2027-01-15 08:00 UTC: it holds 5 deferred messages at most; its mail" in out

    stack.pause_tenants(*(f"t{number:02}" for number in range(12)))
    out = " ".join(run("queue").stdout.split())
    assert out.count("paused tenant") == 10
    assert "and 2 more tenants; `ses-stack queue --json` names all" in out


def test_a_pause_of_the_configuration_set_alone_is_shown(stack: SenderStack) -> None:
    stack.ses.paused = {"s-default"}

    (pause,) = read(stack)["pauses"]
    assert (pause["stream"], pause["since"], pause["by"], pause["ses_refuses"]) == ("default", None, None, True)
    assert "paused default by SES: its configuration set does not send: it holds 0" in run("queue").stdout


def test_a_set_that_sends_although_its_stream_is_paused_is_shown(stack: SenderStack) -> None:
    stack.pause("marketing", by="ann")

    assert "SES accepts what applications send straight to it: `ses-stack pause marketing`" in run("queue").stdout


def test_the_age_of_the_oldest_is_cloudwatchs(stack: SenderStack) -> None:
    stack.fill("bulk", 1)
    stack.cloudwatch.points = [
        {"Timestamp": datetime(2027, 1, 15, 8, 1, tzinfo=UTC), "Maximum": 130.0},
        {"Timestamp": datetime(2027, 1, 15, 8, 0, tzinfo=UTC), "Maximum": 70.0},
    ]
    priority, bulk = read(stack)["lanes"]
    assert (priority["oldest_seconds"], bulk["oldest_seconds"]) == (None, 130.0)

    stack.cloudwatch.points = []
    assert read(stack)["lanes"][1]["oldest_seconds"] is None


def test_for_people(stack: SenderStack) -> None:
    stack.fill("bulk", 3)
    stack.put("BACKOFF", factor=0.5, at=4_000_000_000)
    out = run("queue").stdout

    assert "bulk      3" in out
    assert "recipients a second of SES's 14.0, lowered to 50% after throttle answers" in out
    assert "49,900 of 50,000 recipients in 24 hours left; bulk mail waits from 40,000 sent" in out


def test_watching_asks_ses_seldom(stack: SenderStack, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(queue.time, "sleep", sleep)
    lines = run("queue", "--watch", "--json", code=130).stdout.splitlines()
    assert [json.loads(line)["stopped"] for line in lines] == [None] * 3
    assert stack.ses.asked == 1
    pauses.clear()
    assert run("queue", "--watch", code=130).stdout.count("LANE") == 3


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (99, "99 s"), (100, "2 min"), (3599, "1 h 00 min"), (3900, "1 h 05 min"), (200_000, "2 d 7 h")],
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text
