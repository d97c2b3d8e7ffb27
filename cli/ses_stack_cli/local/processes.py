"""The local cloud's processes: each in a process group of its own, stopped by its id."""

from __future__ import annotations

import fcntl
import os
import random
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from ses_stack_cli.local import state
from ses_stack_cli.local.errors import LocalCloudError, StepError
from ses_stack_cli.local.identity import ServerProcess, identified

_START_SECONDS = 60
_STOP_SECONDS = 3
_TAIL_LINES = 60
_POLL_SECONDS = 0.1
_STOP_POLL_SECONDS = 0.05
_FULL_DISK_BYTES = 1024 * 1024
_PORTS = (20_000, 32_000)

# Servers that this process started: when they end, it must collect their exit codes.
_children: dict[int, subprocess.Popen[bytes]] = {}


def free_port() -> int:
    """A free port of 127.0.0.1.

    It is below the ports that the system gives to outgoing connections: one of these could take it before the server
    starts.
    """
    while True:
        port = random.randrange(*_PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def run(step: str, command: Sequence[str], *, environment: Mapping[str, str], log: Path) -> None:
    """Runs a command to its end, its output to a log file. Raises `StepError` with the end of that output."""
    with _opened(log) as output:
        completed = subprocess.run(
            command,
            cwd=state.project(),
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if completed.returncode:
        raise StepError(step, tail(log), _disk_problem(log))


@contextmanager
def exclusive(lock: Path, on_wait: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Holds the lock file while the block runs. It is released also if this process dies.

    While another process holds it, `on_wait` is called once, and then this one waits.
    """
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            on_wait()
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def start(command: Sequence[str], *, environment: Mapping[str, str], log: Path) -> ServerProcess:
    """Starts a server that goes on running after this process has ended."""
    with _opened(log) as output:
        server = subprocess.Popen(
            command,
            cwd=state.project(),
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    _children[server.pid] = server
    return identified(server.pid)


def wait_ready(step: str, process: ServerProcess, ready: Callable[[], bool], *, log: Path) -> None:
    """Waits until a server answers. Raises `StepError` if it ends, or does not answer within a minute."""
    deadline = time.monotonic() + _START_SECONDS
    while not ready():
        if not process.runs() or time.monotonic() > deadline:
            raise StepError(step, tail(log), _disk_problem(log))
        time.sleep(_POLL_SECONDS)


def stop(process: ServerProcess) -> None:
    """Stops a server and its children: with SIGTERM, and after three seconds with SIGKILL.

    Does nothing if the process id belongs to another program by now.
    """
    for number in (signal.SIGTERM, signal.SIGKILL):
        if not (process.is_known() or process.may_have_children()):
            return
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, number)
        deadline = time.monotonic() + _STOP_SECONDS
        while _group_alive(process.pid) and time.monotonic() < deadline:
            time.sleep(_STOP_POLL_SECONDS)
        if not _group_alive(process.pid):
            return


def tail(log: Path, lines: int = _TAIL_LINES) -> str:
    """The last lines of a log; nothing if there is no log."""
    try:
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
    except FileNotFoundError:
        return ""


def _opened(log: Path) -> BinaryIO:
    """The log, emptied. Raises `LocalCloudError`."""
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        return log.open("wb")
    except OSError as error:
        raise LocalCloudError(f"{log} cannot be written: {error.strerror}") from error


def _disk_problem(log: Path) -> str:
    """What a command's log may not say, or not to its end: on a full disk, not even its errors can be written."""
    return f"the disk of {log.parent} is full" if shutil.disk_usage(log.parent).free < _FULL_DISK_BYTES else ""


def _group_alive(pid: int) -> bool:
    if pid in _children:
        _children[pid].poll()
    try:
        os.killpg(pid, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True
