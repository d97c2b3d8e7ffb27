"""Up and down: what is started, built and deployed, and what is left alone."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ses_stack_cli.local import cloud, deployment, processes, servers, state
from ses_stack_cli.local.errors import LocalCloudError, StepError
from ses_stack_cli.local.identity import ServerProcess, identified
from ses_stack_cli.local.servers import UpOptions
from ses_stack_cli.local.state import LocalState

DEAD_PID = 2**22 + 1  # above the largest process id of Linux


class World:
    """The steps that `up` and `down` take; `digest` is that of the sources."""

    def __init__(self) -> None:
        self.digest = "one"
        self.steps: list[str] = []
        self.stopped: list[int] = []
        self.deployed: Callable[[], None] = lambda: None

    def state(self, pid: int = 0) -> LocalState:
        pid = pid or os.getpid()
        started = identified(os.getpid()).started
        return LocalState(
            stack="s",
            endpoint="https://127.0.0.1:4566",
            simulator="http://127.0.0.1:4567",
            simulator_options="--seed=7",
            cloud_pid=pid,
            cloud_started=started,
            simulator_pid=pid,
            simulator_started=started,
        )

    def stop(self, process: ServerProcess) -> None:
        self.stopped.append(process.pid)

    def deploy(self, _running: LocalState) -> None:
        self.steps.append("deploy")
        self.deployed()

    def start(self, _options: UpOptions) -> LocalState:
        self.steps.append("start")
        self.state().save()
        return self.state()

    def up(self, **options: Any) -> LocalState:
        self.steps.clear()
        return cloud.up(UpOptions(**options), on_step=lambda _: None)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    world = World()
    monkeypatch.setenv(state.DIRECTORY_VARIABLE, str(tmp_path))
    monkeypatch.setattr(deployment, "sources_digest", lambda: world.digest)
    monkeypatch.setattr(deployment, "build", lambda: world.steps.append("build"))
    monkeypatch.setattr(deployment, "deploy", world.deploy)
    monkeypatch.setattr(servers, "start", world.start)
    monkeypatch.setattr(processes, "stop", world.stop)
    return world


def test_the_first_time_everything_happens(world: World) -> None:
    running = world.up()
    assert sorted(world.steps[:2]) == ["build", "start"]  # at the same time
    assert world.steps[2:] == ["deploy"]
    assert running == state.load() == world.state().deployed("one")


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({"port": 456}, "--port"),
        ({"simulator_port": 4566}, "--simulator-port"),
        ({"simulator_arguments": ("--seed=8",), "port": 4567}, "--port and --simulator"),
    ],
)
def test_a_running_cloud_is_not_said_to_have_other_options(world: World, options: dict[str, Any], names: str) -> None:
    world.up()
    same = {"port": 4566, "simulator_port": 4567, "simulator_arguments": ("--seed=7",)}
    assert world.up(**same) == state.load()
    with pytest.raises(LocalCloudError, match=f"is running with another {names}: `ses-stack local down` first"):
        world.up(**options)
    assert world.steps == []
    assert cloud.up(UpOptions(**options), on_step=lambda _: None, accepts_running=True) == state.load()


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


@pytest.mark.parametrize("error", [StepError("Deploying (sam deploy)", "no"), KeyboardInterrupt(), SystemExit(143)])
def test_a_first_start_that_fails_leaves_nothing_running(world: World, error: BaseException) -> None:
    def fail() -> None:
        raise error

    world.deployed = fail
    with pytest.raises(type(error)):
        world.up()
    assert world.stopped == [os.getpid(), os.getpid()]
    assert state.load() is None


def test_a_build_that_fails_at_the_first_start_leaves_nothing_running(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise StepError("Building (sam build)", "no")

    monkeypatch.setattr(deployment, "build", fail)
    with pytest.raises(StepError):
        world.up()
    assert len(world.stopped) == 2
    assert state.load() is None


def test_a_deployment_that_fails_later_leaves_the_running_cloud_as_it_was(world: World) -> None:
    def fail() -> None:
        raise StepError("Deploying (sam deploy)", "no")

    first = world.up()
    world.digest, world.deployed = "two", fail
    with pytest.raises(StepError):
        world.up()
    assert world.stopped == []
    assert state.load() == first


def test_two_at_a_time_start_one_cloud(world: World) -> None:
    """The second one waits for the first, and then finds its cloud."""
    waiting = threading.Event()
    second: list[LocalState] = []

    def up_too() -> None:
        second.append(cloud.up(UpOptions(), on_step=lambda _: waiting.set()))

    other = threading.Thread(target=up_too)

    def start_the_other() -> None:
        other.start()
        assert waiting.wait(10)

    world.deployed = start_the_other
    first = world.up()
    other.join()
    assert second == [first]
    assert world.steps.count("start") == 1


def test_down_stops_both_servers_and_removes_the_state(world: World) -> None:
    assert cloud.down() is False
    world.up()
    assert cloud.down() is True
    assert len(world.stopped) == 2
    assert state.load() is None
