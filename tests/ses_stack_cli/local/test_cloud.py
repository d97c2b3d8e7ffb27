"""Up and down: what is started, built and deployed, and what is left alone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ses_stack_cli.local import cloud, deployment, processes, servers, state
from ses_stack_cli.local.errors import StepError
from ses_stack_cli.local.servers import UpOptions
from ses_stack_cli.local.state import LocalState

DEAD_PID = 2**22 + 1  # above the largest process id of Linux


class World:
    """The steps that `up` and `down` take; `digest` is that of the sources."""

    def __init__(self) -> None:
        self.digest = "one"
        self.steps: list[str] = []
        self.stopped: list[int] = []

    def state(self, pid: int = 0) -> LocalState:
        pid = pid or os.getpid()
        return LocalState(stack="s", endpoint="e", simulator="x", cloud_pid=pid, simulator_pid=pid)

    def start(self, _options: UpOptions) -> LocalState:
        self.steps.append("start")
        self.state().save()
        return self.state()

    def up(self) -> LocalState:
        self.steps.clear()
        return cloud.up(UpOptions(), on_step=lambda _: None)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    world = World()
    monkeypatch.setenv(state.DIRECTORY_VARIABLE, str(tmp_path))
    monkeypatch.setattr(deployment, "sources_digest", lambda: world.digest)
    monkeypatch.setattr(deployment, "build", lambda: world.steps.append("build"))
    monkeypatch.setattr(deployment, "deploy", lambda _: world.steps.append("deploy"))
    monkeypatch.setattr(servers, "start", world.start)
    monkeypatch.setattr(processes, "stop", world.stopped.append)
    return world


def test_the_first_time_everything_happens(world: World) -> None:
    running = world.up()
    assert sorted(world.steps[:2]) == ["build", "start"]  # at the same time
    assert world.steps[2:] == ["deploy"]
    assert running == state.load() == world.state().deployed("one")


def test_a_second_time_nothing_happens(world: World) -> None:
    first = world.up()
    assert world.up() == first
    assert world.steps == []


def test_changed_sources_are_deployed_into_the_running_servers(world: World) -> None:
    world.up()
    world.digest = "two"
    assert world.up().digest == "two"
    assert world.steps == ["build", "deploy"]


def test_servers_that_ended_are_started_again(world: World) -> None:
    world.state(DEAD_PID).deployed("one").save()
    world.up()
    assert set(world.steps) == {"build", "start", "deploy"}
    assert world.stopped == [DEAD_PID, DEAD_PID]


def test_a_failed_build_is_not_taken_for_a_deployment(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise StepError("Building (sam build)", "no")

    monkeypatch.setattr(deployment, "build", fail)
    with pytest.raises(StepError):
        world.up()
    saved = state.load()
    assert saved is not None
    assert saved.digest == ""


def test_down_stops_both_servers_and_removes_the_state(world: World) -> None:
    assert cloud.down() is False
    world.up()
    assert cloud.down() is True
    assert len(world.stopped) == 2
    assert state.load() is None
