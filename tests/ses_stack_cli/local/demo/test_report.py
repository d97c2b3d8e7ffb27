"""What the demonstration prints."""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from ses_stack.statistics.counters import Counter as Counted
from ses_stack.statistics.windows import StreamCounts
from ses_stack.suppression.facts import Reason, Source
from ses_stack.suppression.policy import Suppression
from ses_stack_cli.local.demo import report
from ses_stack_cli.local.demo.counts import CampaignCounters, DemonstrationCount
from tests.support.demo_entries import entry

COUNT = DemonstrationCount(
    ledger=[entry(sent_at=101.0), entry(sent_at=102.0)],
    published=Counter({"send": 2, "click": 1}),
    stored=Counter({"send": 2}),
    pending=1,
    waiting=0,
)

LOCAL = {"as_json": False, "stack_name": None, "profile": None, "region": None}
NOW = datetime(2026, 11, 24, tzinfo=UTC)
GMAIL = {Counted.SEND: 7, Counted.DELIVERY: 6, Counted.HARD_BOUNCE: 1, Counted.OPEN_BOT: 2}
COUNTERS = CampaignCounters(
    [StreamCounts(stream="marketing", since=NOW, until=NOW, campaign="demo", by_provider={"gmail": GMAIL})], stored=16
)


def suppression(address: str) -> Suppression:
    return Suppression(
        recipient=address,
        scope="*",
        reason=Reason.BOUNCE,
        event_time="2026-11-24T06:10:03.001Z",
        source=Source.EVENT,
        as_spelled=address,
        message_id="m1",
    )


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The arguments of the commands, checked against their real signatures."""
    calls: list[dict[str, Any]] = []

    def recorder(command: Callable[..., None]) -> Callable[..., None]:
        signature = inspect.signature(command)
        return lambda **arguments: calls.append(signature.bind(**arguments).arguments)

    monkeypatch.setattr(report, "timeline", recorder(report.timeline))
    monkeypatch.setattr(report, "recipient", recorder(report.recipient))
    monkeypatch.setattr(report, "streams", recorder(report.streams))
    return calls


def test_counts_that_differ_are_marked(capsys: pytest.CaptureFixture[str], called: list[dict[str, Any]]) -> None:
    report.show(COUNT, COUNTERS, [])
    out = capsys.readouterr().out
    rows = [line.split() for line in out.splitlines()]
    assert ["send", "2", "2"] in rows
    assert ["click", "1", "0", "differs"] in rows
    assert ["all", "3", "2"] in rows
    assert "2 requests: 2 sent; 1.0 recipients a second" in out
    assert "1 events are still to be published" in out
    assert called == [LOCAL]
    assert "$ ses-stack streams" in out


def test_counters_are_shown_by_stream(capsys: pytest.CaptureFixture[str], called: list[dict[str, Any]]) -> None:
    report.show(COUNT, COUNTERS, [])
    report.show(COUNT, replace(COUNTERS, stored=17), [])
    out = capsys.readouterr().out
    assert ["marketing", "7", "6", "1", "0", "2", "0"] in [line.split() for line in out.splitlines()]
    assert out.count("16 events are counted, and 17 are stored.") == 1


def test_a_late_bounce_is_shown_with_both_commands(
    capsys: pytest.CaptureFixture[str], called: list[dict[str, Any]]
) -> None:
    report.show(COUNT, COUNTERS, [suppression("bounce+1@a.org"), suppression("late-bounce+1@a.org")])
    out = capsys.readouterr().out
    assert ["2", "*", "bounce"] in [line.split() for line in out.splitlines()]
    assert "$ ses-stack timeline m1" in out
    assert "$ ses-stack recipient late-bounce+1@a.org" in out
    assert called == [
        LOCAL,
        {"message_id": "m1", "raw": False} | LOCAL,
        {"address": "late-bounce+1@a.org", "limit": 50, "page": None} | LOCAL,
    ]
