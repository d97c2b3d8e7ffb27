"""Brings the local cloud up and down."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from ses_stack_cli.local import deployment, processes, servers, state
from ses_stack_cli.local.servers import UpOptions
from ses_stack_cli.local.state import LocalState

# Is called with a sentence at the start of each step.
type OnStep = Callable[[str], None]


def up(options: UpOptions, on_step: OnStep) -> LocalState:
    """Brings the local cloud up and deploys the template into it. What runs already and has not changed stays.

    Raises `StepError`: the step that failed, and its output.
    """
    running = state.load()
    if running and not running.alive():
        down()
        running = None
    with ThreadPoolExecutor(1) as background:
        digest = deployment.sources_digest()
        if running and running.digest == digest:
            return running
        on_step("Building the functions and their layer (sam build)")
        build = background.submit(deployment.build)
        if not running:
            on_step("Starting the AWS emulator and the SES simulator")
            running = servers.start(options)
        build.result()
    on_step("Deploying template.yaml (sam deploy)")
    deployment.deploy(running)
    deployed = running.deployed(digest)
    deployed.save()
    return deployed


def down() -> bool:
    """Stops the local cloud and removes its state. Whether one was running."""
    running = state.load()
    if not running:
        return False
    for pid in (running.simulator_pid, running.cloud_pid):
        processes.stop(pid)
    state.state_file().unlink(missing_ok=True)
    return True
