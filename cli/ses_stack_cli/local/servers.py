"""Starts the local cloud's two servers: the AWS emulator and the SES simulator."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import httpx

from ses_stack_cli.local import certificate, processes, state, tools
from ses_stack_cli.local.errors import LocalCloudError
from ses_stack_cli.local.state import LocalState

_HEALTH_TIMEOUT_SECONDS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class UpOptions:
    """Options of `up`. Port 0 takes a free one; `simulator_arguments` are options of the simulator."""

    stack: str = "ses-stack"
    port: int = 0
    simulator_port: int = 0
    simulator_arguments: Sequence[str] = field(default_factory=tuple)


def start(options: UpOptions) -> LocalState:
    """Starts both servers, saves their state, and waits until they answer.

    Raises `LocalCloudError`; then, and if this process is interrupted, neither server is left running.
    """
    port = options.port or processes.free_port()
    simulator_port = options.simulator_port or processes.free_port()
    certificate_file, key_file = _certificate()
    endpoint = f"https://127.0.0.1:{port}"
    with ExitStack() as undo:
        emulator = processes.start(
            tools.emulator(),
            environment=emulator_environment(port, certificate_file, key_file),
            log=state.directory() / "cloud.log",
        )
        undo.callback(processes.stop, emulator)
        simulator = processes.start(
            tools.simulator(
                *("--port", str(simulator_port), "--aws-endpoint", endpoint, "--ca-bundle", str(certificate_file)),
                *options.simulator_arguments,
            ),
            environment=tools.environment(certificate_file),
            log=state.directory() / "simulator.log",
        )
        undo.callback(processes.stop, simulator)
        started = LocalState(
            stack=options.stack,
            endpoint=endpoint,
            simulator=f"http://127.0.0.1:{simulator_port}",
            certificate=str(certificate_file),
            cloud_pid=emulator.pid,
            cloud_started=emulator.started,
            simulator_pid=simulator.pid,
            simulator_started=simulator.started,
            simulator_options=shlex.join(options.simulator_arguments),
        )
        started.save()
        _wait(started)
        undo.pop_all()
    return started


def _certificate() -> tuple[Path, Path]:
    folder = certificate.directory()
    try:
        return certificate.make(folder)
    except OSError as error:
        raise LocalCloudError(f"{folder} cannot be written: {error.strerror}") from error


def emulator_environment(port: int, certificate_file: Path, key_file: Path) -> dict[str, str]:
    """The emulator's settings. It keeps its data in the local cloud's folder."""
    folder = state.directory() / "cloud"
    temporary = folder / "tmp"
    temporary.mkdir(parents=True, exist_ok=True)
    return tools.environment(
        certificate_file,
        BIND_HOST="127.0.0.1",  # its default is every interface
        AUTH="true",  # IAM is enforced: a missing permission fails here too
        GATEWAY_PORT=str(port),
        USE_SSL="1",
        MINISTACK_SSL_CERT=str(certificate_file),
        MINISTACK_SSL_KEY=str(key_file),
        MINISTACK_REGION=state.REGION,
        MINISTACK_HOST="127.0.0.1",
        S3_DATA_DIR=str(folder / "s3"),
        STATE_DIR=str(folder / "state"),
        TMPDIR=str(temporary),
    )


def _wait(started: LocalState) -> None:
    emulator, simulator = started.processes
    for step, process, url, log in (
        ("Starting the AWS emulator", emulator, f"{started.endpoint}/_ministack/health", "cloud.log"),
        ("Starting the SES simulator", simulator, f"{started.simulator}/_simulator/health", "simulator.log"),
    ):
        processes.wait_ready(step, process, partial(_answers, url, started), log=state.directory() / log)


def _answers(url: str, started: LocalState) -> bool:
    try:
        trusted = certificate.trust(started.certificate)
        return httpx.get(url, timeout=_HEALTH_TIMEOUT_SECONDS, verify=trusted, trust_env=False).is_success
    except httpx.TransportError:
        return False
