"""Brings the local cloud up and down. One process at a time does either."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from ses_stack_cli.local import deployment, processes, servers, state
from ses_stack_cli.local.errors import LocalCloudError
from ses_stack_cli.local.servers import UpOptions
from ses_stack_cli.local.state import LocalState

# Is called with a sentence at the start of each step.
type OnStep = Callable[[str], None]


def up(options: UpOptions, on_step: OnStep, *, accepts_running: bool = False) -> LocalState:
    """Brings the local cloud up and deploys the template into it. What runs already and has not changed stays.

    Raises `LocalCloudError` for options that a running local cloud does not have, unless `accepts_running`. Raises
    `StepError`: the step that failed, and its output. Then, and if this process is interrupted, what it started is
    stopped; a local cloud that ran before goes on.
    """
    with _alone(on_step):
        running = state.load()
        if running and running.alive():
            if not accepts_running:
                _check_unchanged(running, options)
            return _deployed(running, on_step)
        _stop(running)
        try:
            return _started(options, on_step)
        except BaseException:
            _stop(state.load())
            raise


def down(on_step: OnStep = lambda _: None) -> bool:
    """Stops the local cloud and removes its state. Whether one was running."""
    if not state.state_file().exists() and not _lock().exists():
        return False
    with _alone(on_step):
        return _stop(state.load())


def _check_unchanged(running: LocalState, options: UpOptions) -> None:
    """Raises `LocalCloudError` for options that servers take at their start only."""
    simulator_options = shlex.join(options.simulator_arguments)
    changed = {
        "--port": options.port and not running.endpoint.endswith(f":{options.port}"),
        "--simulator-port": options.simulator_port and not running.simulator.endswith(f":{options.simulator_port}"),
        "--simulator": simulator_options and simulator_options != running.simulator_options,
    }
    if names := " and ".join(name for name, is_changed in changed.items() if is_changed):
        raise LocalCloudError(f"a local cloud is running with another {names}: `ses-stack local down` first")


def _started(options: UpOptions, on_step: OnStep) -> LocalState:
    digest = deployment.sources_digest()
    with ThreadPoolExecutor(1) as background:
        on_step("Building the functions and their layer (sam build)")
        build = background.submit(deployment.build)
        on_step("Starting the AWS emulator and the SES simulator")
        running = servers.start(options)
        build.result()
    return _deploy(running, digest, on_step)


def _deployed(running: LocalState, on_step: OnStep) -> LocalState:
    digest = deployment.sources_digest()
    if running.digest == digest:
        return running
    on_step("Building the functions and their layer (sam build)")
    deployment.build()
    return _deploy(running, digest, on_step)


def _deploy(running: LocalState, digest: str, on_step: OnStep) -> LocalState:
    on_step("Deploying template.yaml (sam deploy)")
    deployment.deploy(running)
    deployed = running.deployed(digest)
    deployed.save()
    return deployed


def _stop(running: LocalState | None) -> bool:
    if running is None:
        return False
    for process in reversed(running.processes):
        processes.stop(process)
    state.state_file().unlink(missing_ok=True)
    return True


@contextmanager
def _alone(on_step: OnStep) -> Iterator[None]:
    """Two at a time would start two clouds, of which the state file can name one."""
    with processes.exclusive(_lock(), lambda: on_step("Waiting for another `ses-stack local up` or `down`")):
        yield


def _lock() -> Path:
    return state.directory() / "lock"
