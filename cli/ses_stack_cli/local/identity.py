"""Which process a process id meant: after a restart of the machine, the same id belongs to another program.

Light on purpose: every command of `ses-stack` imports this module.
"""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_BOOT_ID = _PROC / "sys/kernel/random/boot_id"
# Places in /proc/PID/stat behind the command's name: fields 3 and 22 of `man 5 proc_pid_stat`.
_STATE, _START_TICKS = 0, 19
_ZOMBIE = "Z"


@dataclass(frozen=True, slots=True)
class ServerProcess:
    """A process by its id and its start. `started` is empty if the start is not known: such a process is never ours."""

    pid: int
    started: str

    def runs(self) -> bool:
        """Whether this very process runs. A zombie does not."""
        return self.is_known() and not _is_zombie(self.pid)

    def is_known(self) -> bool:
        """Whether the process id still belongs to this process, be it a zombie."""
        return bool(self.started) and started(self.pid) == self.started

    def may_have_children(self) -> bool:
        """Whether processes of its group may be left: the process has ended, and the machine runs since its start."""
        return bool(self.started) and started(self.pid) is None and self.started.startswith(f"{_boot()} ")


def identified(pid: int) -> ServerProcess:
    """The process that has this id now."""
    return ServerProcess(pid, started(pid) or "")


def started(pid: int) -> str | None:
    """When a process started, as text to compare: the machine's start and its time since; None if there is none."""
    if not _PROC.exists():
        return _started_by_ps(pid)
    fields = _stat(pid)
    return f"{_boot()} {fields[_START_TICKS]}" if fields else None


def _boot() -> str:
    """Identifies the time since the machine's last start."""
    try:
        return _BOOT_ID.read_text().strip()
    except OSError:
        return ""


def _is_zombie(pid: int) -> bool:
    fields = _stat(pid)
    return bool(fields) and fields[_STATE] == _ZOMBIE


def _stat(pid: int) -> list[str]:
    try:
        return (_PROC / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def _started_by_ps(pid: int) -> str | None:
    """On systems without /proc, such as macOS."""
    command = ("ps", "-o", "lstart=", "-p", str(pid))
    answer = subprocess.run(command, env=os.environ | {"LC_ALL": "C"}, capture_output=True, text=True, check=False)
    return answer.stdout.strip() or None
