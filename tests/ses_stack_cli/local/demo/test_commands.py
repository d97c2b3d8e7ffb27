"""`ses-stack local demo`: its exit code says whether a count differs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from ses_stack.mail.event_types import EventType
from ses_stack.sending.outcomes.ledger import LedgerEntry
from ses_stack.suppression.policy import Suppression
from ses_stack_cli.local import cloud
from ses_stack_cli.local.demo import commands, report
from ses_stack_cli.local.demo.campaign import MESSAGES
from ses_stack_cli.local.demo.counts import CampaignCounters, DemonstrationCount
from ses_stack_cli.local.errors import StepError
from ses_stack_cli.local.state import LocalState
from ses_stack_cli.main import app
from tests.support.demo_entries import entry

EVENTS = Counter({kind.value: 1 for kind in EventType if kind is not EventType.UNKNOWN})
COMPLETE = DemonstrationCount([entry(str(number), sent_at=101.0) for number in range(MESSAGES)], EVENTS, EVENTS, 0, 0)


class FakeDemonstration:
    """A run that ends with `count`."""

    count = COMPLETE
    counted = CampaignCounters(streams=[], stored=0)

    def __init__(self, _running: LocalState) -> None:
        pass

    def wake(self) -> None:
        pass

    def queue(self, on_queued: Callable[[], None]) -> None:
        on_queued()

    def watch(self) -> Iterator[DemonstrationCount]:
        yield self.count

    def counters(self) -> CampaignCounters:
        return self.counted

    def suppressions(self, _ledger: Sequence[LedgerEntry]) -> list[Suppression]:
        return []


@pytest.fixture(autouse=True)
def _local_cloud(monkeypatch: pytest.MonkeyPatch) -> None:
    running = LocalState(stack="s", endpoint="e", simulator="x", cloud_pid=1, simulator_pid=1)
    monkeypatch.setattr(cloud, "up", lambda *_, **__: running)
    monkeypatch.setattr(commands, "Demonstration", FakeDemonstration)
    monkeypatch.setattr(report, "streams", lambda **_: None)


def test_a_complete_run_ends_with_0() -> None:
    result = CliRunner().invoke(app, ["local", "demo"])
    assert result.exit_code == 0
    assert "200 requests: 200 sent" in result.stdout
    assert "Queueing 180 messages of a campaign and 20 password resets ..." in result.stderr


def test_a_count_that_differs_ends_with_1(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FakeDemonstration, "count", replace(COMPLETE, stored=Counter()))
    result = CliRunner().invoke(app, ["local", "demo"])
    assert result.exit_code == 1
    assert "Something is missing." in result.stderr


def test_an_event_that_is_not_counted_ends_with_1(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FakeDemonstration, "counted", CampaignCounters(streams=[], stored=1))
    result = CliRunner().invoke(app, ["local", "demo"])
    assert result.exit_code == 1
    assert "0 events are counted, and 1 are stored." in result.stdout


def test_a_failed_step_ends_with_its_output(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise StepError("Deploying (sam deploy)", "ROLLBACK_COMPLETE")

    monkeypatch.setattr(cloud, "up", fail)
    result = CliRunner().invoke(app, ["local", "demo"])
    assert result.exit_code == 1
    assert "ROLLBACK_COMPLETE" in result.stderr
