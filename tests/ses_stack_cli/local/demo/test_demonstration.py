"""One run of the demonstration: what it queues, and when it stops to wait."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

from ses_stack_cli.local.demo import demonstration
from ses_stack_cli.local.demo.campaign import MESSAGES, RESETS
from ses_stack_cli.local.demo.counts import CampaignCounters, DemonstrationCount
from ses_stack_cli.local.demo.demonstration import Demonstration
from ses_stack_cli.local.state import LocalState
from tests.support.demo_entries import entry

RUNNING = LocalState(stack="s", endpoint="e", simulator="x", cloud_pid=1, simulator_pid=1)
EVENTS = Counter({"send": 1})


class FakeMailer:
    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []

    def send_request(self, request: dict[str, Any], *, one_message: bool = False) -> None:
        self.requests.append(request)


class Time:
    """A clock that only `sleep` moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    time = Time()
    monkeypatch.setattr(demonstration, "time", time)
    return time


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, time: Time) -> Demonstration:
    monkeypatch.setattr(demonstration, "client", lambda *_: None)
    monkeypatch.setattr(demonstration, "outputs", lambda _: {})
    return Demonstration(RUNNING)


def counts(run: Demonstration, monkeypatch: pytest.MonkeyPatch, results: Sequence[DemonstrationCount]) -> None:
    """Makes the run count these in turn, the last one for ever."""
    left = list(results)
    monkeypatch.setattr(run, "_count", lambda: left.pop(0) if len(left) > 1 else left[0])


def count(settled: int, *, waiting: int = 0, stored: int = 0) -> DemonstrationCount:
    events = Counter({"send": stored})
    return DemonstrationCount([entry(str(number)) for number in range(settled)], events, events, 0, waiting)


def test_the_newsletter_is_queued_before_the_resets(run: Demonstration, monkeypatch: pytest.MonkeyPatch) -> None:
    mailer, queued = FakeMailer(), list[None]()
    run.__dict__["_mailer"] = mailer
    monkeypatch.setattr(run, "_create_template", lambda: None)
    run.queue(lambda: queued.append(None))
    assert len(queued) == MESSAGES
    assert [request["stream"] for request in mailer.requests] == (
        ["marketing"] * (MESSAGES - RESETS) + ["transactional"] * RESETS
    )
    assert all(request["request_id"].startswith(run.name) for request in mailer.requests)


def test_waking_waits_for_messages_of_both_lanes(
    run: Demonstration, monkeypatch: pytest.MonkeyPatch, time: Time
) -> None:
    mailer = FakeMailer()
    run.__dict__["_mailer"] = mailer
    monkeypatch.setattr(run, "_entries", lambda _: [entry()] * min(int(time.now * 10), 24))
    run.wake()
    assert Counter(request["stream"] for request in mailer.requests) == {"transactional": 12, "marketing": 12}
    assert time.now == 2.5


def test_it_ends_when_all_is_stored(run: Demonstration, monkeypatch: pytest.MonkeyPatch) -> None:
    results = [count(0), count(MESSAGES, waiting=3), count(MESSAGES)]
    counts(run, monkeypatch, results)
    assert list(run.watch()) == results


def test_it_waits_two_minutes_for_progress(run: Demonstration, monkeypatch: pytest.MonkeyPatch, time: Time) -> None:
    counts(run, monkeypatch, [count(0), count(1), count(2)])
    last = list(run.watch())[-1]
    assert (last.settled, round(time.now)) == (2, 122)


def test_it_waits_15_seconds_for_messages_of_others(
    run: Demonstration, monkeypatch: pytest.MonkeyPatch, time: Time
) -> None:
    counts(run, monkeypatch, [count(MESSAGES, waiting=1)])
    assert list(run.watch())[-1].waiting == 1
    assert 15 < time.now < 17


def test_it_waits_until_every_event_is_counted(run: Demonstration, monkeypatch: pytest.MonkeyPatch, time: Time) -> None:
    results = [CampaignCounters(streams=[], stored=number) for number in (2, 1, 0)]
    monkeypatch.setattr(run, "_counters", lambda: results.pop(0))
    assert run.counters().complete
    assert time.now == 1.0


def test_it_waits_15_seconds_for_counters(run: Demonstration, monkeypatch: pytest.MonkeyPatch, time: Time) -> None:
    monkeypatch.setattr(run, "_counters", lambda: CampaignCounters(streams=[], stored=1))
    assert not run.counters().complete
    assert time.now == 15.0
