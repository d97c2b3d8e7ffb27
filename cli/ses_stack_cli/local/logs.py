"""The logs of the local cloud: of the functions, the servers, the last build and deployment."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from enum import StrEnum

from ses_stack_cli.local import processes, stack, state

_FOLLOW_SECONDS = 1
_ALL_LINES = 1_000_000

# Gives all lines of a log, oldest first.
type ReadLog = Callable[[], list[str]]


class LogSource(StrEnum):
    """The logs that `ses-stack local logs` prints."""

    FUNCTIONS = "functions"
    CLOUD = "cloud"
    SIMULATOR = "simulator"
    BUILD = "build"
    DEPLOY = "deploy"


def reader(source: LogSource) -> ReadLog:
    """The function that reads a log. Raises `LocalCloudError` for the functions' logs without a local cloud."""
    if source is LogSource.FUNCTIONS:
        running = state.require_running()
        return lambda: stack.function_logs(running)
    path = state.directory() / f"{source.value}.log"
    return lambda: processes.tail(path, lines=_ALL_LINES).splitlines()


def follow(read: ReadLog, printed: int) -> Iterator[list[str]]:
    """The lines that are added after the first `printed`, every second, without end."""
    while True:
        time.sleep(_FOLLOW_SECONDS)
        lines = read()
        yield lines[printed:] if len(lines) >= printed else lines  # a log that is shorter now began anew
        printed = len(lines)
