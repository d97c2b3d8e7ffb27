"""Starting the servers: their command lines, their environment, the state that is saved."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from ses_stack_cli.local import processes, servers, state
from ses_stack_cli.local.errors import LocalCloudError, StepError
from ses_stack_cli.local.identity import ServerProcess


def test_both_servers_start_and_are_saved_before_they_are_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(state.DIRECTORY_VARIABLE, str(tmp_path))
    started: list[Sequence[str]] = []
    waited: list[tuple[str, int, str]] = []

    def start(command: Sequence[str], *, environment: Mapping[str, str], log: Path) -> ServerProcess:
        started.append(command)
        return ServerProcess(len(started), f"boot {len(started)}")

    def wait_ready(step: str, process: ServerProcess, ready: Callable[[], bool], *, log: Path) -> None:
        assert state.load() is not None
        assert not ready()  # nothing listens there
        waited.append((step, process.pid, log.name))

    monkeypatch.setattr(processes, "start", start)
    monkeypatch.setattr(processes, "wait_ready", wait_ready)
    options = servers.UpOptions(stack="shop", port=1, simulator_port=2, simulator_arguments=("--seed=7",))
    running = servers.start(options)
    assert running == state.load()
    assert (running.endpoint, running.simulator) == ("https://127.0.0.1:1", "http://127.0.0.1:2")
    assert running.stack == "shop"
    assert running.processes == (ServerProcess(1, "boot 1"), ServerProcess(2, "boot 2"))
    assert Path(running.certificate) == tmp_path / "tls" / "certificate.pem"
    assert Path(started[0][0]).name == "ministack"
    assert list(started[1][3:]) == [
        *("--port", "2", "--aws-endpoint", "https://127.0.0.1:1", "--ca-bundle", running.certificate),
        "--seed=7",
    ]
    assert waited == [
        ("Starting the AWS emulator", 1, "cloud.log"),
        ("Starting the SES simulator", 2, "simulator.log"),
    ]


@pytest.mark.parametrize("fails", ["second start", "answer"])
def test_a_server_that_does_not_start_takes_the_other_with_it(
    fails: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(state.DIRECTORY_VARIABLE, str(tmp_path))
    started: list[int] = []
    stopped: list[int] = []

    def start(*_: object, **__: object) -> ServerProcess:
        if fails == "second start" and started:
            raise LocalCloudError("simulator.log cannot be written: No space left on device")
        started.append(len(started) + 1)
        return ServerProcess(started[-1], "boot 1")

    def wait_ready(step: str, *_: object, **__: object) -> None:
        raise StepError(step, "port in use")

    monkeypatch.setattr(processes, "start", start)
    monkeypatch.setattr(processes, "wait_ready", wait_ready)
    monkeypatch.setattr(processes, "stop", lambda process: stopped.append(process.pid))
    with pytest.raises(LocalCloudError):
        servers.start(servers.UpOptions())
    assert sorted(stopped) == started


def test_the_emulator_listens_on_loopback_enforces_iam_and_keeps_its_data_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(state.DIRECTORY_VARIABLE, str(tmp_path))
    environment = servers.emulator_environment(4566, Path("/ca.pem"), Path("/key.pem"))
    assert (environment["BIND_HOST"], environment["AUTH"], environment["GATEWAY_PORT"]) == ("127.0.0.1", "true", "4566")
    assert (environment["MINISTACK_SSL_CERT"], environment["MINISTACK_SSL_KEY"]) == ("/ca.pem", "/key.pem")
    for name in ("S3_DATA_DIR", "STATE_DIR", "TMPDIR"):
        assert Path(environment[name]).is_relative_to(tmp_path)
    assert Path(environment["TMPDIR"]).is_dir()


def test_a_full_disk_is_named_with_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(state.DIRECTORY_VARIABLE, str(tmp_path))
    (tmp_path / "tls").mkdir()
    (tmp_path / "tls" / "key.pem").symlink_to("/dev/full")
    with pytest.raises(LocalCloudError, match=r"/tls cannot be written: No space left on device"):
        servers.start(servers.UpOptions())
