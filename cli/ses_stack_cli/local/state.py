"""What `ses-stack local up` started: kept in one file, so that every command finds it."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

from ses_stack_cli.local.errors import LocalCloudError

DIRECTORY_VARIABLE = "SES_STACK_LOCAL_DIR"
REGION = "us-east-1"
# The emulator's root user. It works on loopback, against an emulator, and nowhere else.
ACCESS_KEY = SECRET_KEY = "test"  # noqa: S105


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalState:
    """A running local cloud.

    `certificate` is a file: what to trust at `endpoint`. The process ids are those of its two servers; `digest` stands
    for the sources that it runs.
    """

    stack: str
    endpoint: str
    simulator: str
    cloud_pid: int
    simulator_pid: int
    certificate: str = ""
    digest: str = ""

    def deployed(self, digest: str) -> LocalState:
        """The same, after the sources with this digest were deployed into it."""
        return replace(self, digest=digest)

    def save(self) -> None:
        """Writes the state file; a reader never sees half of it."""
        path = state_file()
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".new")
        draft.write_text(json.dumps(asdict(self), indent=2))
        draft.replace(path)

    def alive(self) -> bool:
        """Whether both servers still run."""
        return process_alive(self.cloud_pid) and process_alive(self.simulator_pid)


def load() -> LocalState | None:
    """The local cloud that was started here, if there is one. It may have died since: ask `alive`."""
    try:
        kept = json.loads(state_file().read_text())
        # Another version of this file may know more or less.
        return LocalState(**{field.name: kept[field.name] for field in fields(LocalState) if field.name in kept})
    except FileNotFoundError:
        return None
    except (ValueError, TypeError):
        raise LocalCloudError(
            f"{state_file()} cannot be read: remove it, and start the local cloud again with `ses-stack local up`"
        ) from None


def state_file() -> Path:
    """Where the state is kept."""
    return directory() / "state.json"


def directory() -> Path:
    """Where the local cloud keeps its state and logs: `.local` in the project, or what `SES_STACK_LOCAL_DIR` names."""
    return Path(os.environ.get(DIRECTORY_VARIABLE) or project() / ".local").resolve()


def project() -> Path:
    """The folder of template.yaml: this checkout."""
    return Path(__file__).resolve().parents[3]


def process_alive(pid: int) -> bool:
    """Whether a process with this id runs (one that ended and was not waited for does not)."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return not Path("/proc").exists() and _signalled(pid)
    return status.rpartition(")")[2].split()[0] != "Z"


def _signalled(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True
