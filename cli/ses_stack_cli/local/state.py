"""The running local cloud, recorded in one file, so that every command finds it.

Light on purpose: every command of `ses-stack` imports this module.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

from ses_stack_cli.local.errors import LocalCloudError
from ses_stack_cli.local.identity import ServerProcess

DIRECTORY_VARIABLE = "SES_STACK_LOCAL_DIR"
REGION = "us-east-1"
# The emulator's root user. It works on loopback, against an emulator, and nowhere else.
ACCESS_KEY = SECRET_KEY = "test"  # noqa: S105


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalState:
    """A running local cloud.

    `certificate`: the file with the certificate to trust at `endpoint`. `cloud_pid` and `cloud_started`: the emulator's
    process. `digest`: a hash of the deployed sources. `simulator_options`: those that it was given, as text.
    """

    stack: str
    endpoint: str
    simulator: str
    cloud_pid: int
    simulator_pid: int
    cloud_started: str = ""
    simulator_started: str = ""
    certificate: str = ""
    digest: str = ""
    simulator_options: str = ""

    def deployed(self, digest: str) -> LocalState:
        """A copy, after a deployment of the sources with this digest."""
        return replace(self, digest=digest)

    def save(self) -> None:
        """Writes the state file in one step: a reader never sees a part of it. Raises `LocalCloudError`."""
        path = state_file()
        temporary = path.with_suffix(".new")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_text(json.dumps(asdict(self), indent=2))
            temporary.replace(path)
        except OSError as error:
            raise LocalCloudError(f"{path} cannot be written: {error.strerror}") from error

    @property
    def processes(self) -> tuple[ServerProcess, ServerProcess]:
        """The emulator's process and the simulator's."""
        return (
            ServerProcess(self.cloud_pid, self.cloud_started),
            ServerProcess(self.simulator_pid, self.simulator_started),
        )

    def alive(self) -> bool:
        """Whether both servers run."""
        return all(process.runs() for process in self.processes)


def load() -> LocalState | None:
    """The local cloud that was started here, or None. Its servers may have ended since: see `alive`.

    Raises `LocalCloudError` for a damaged file.
    """
    try:
        saved = json.loads(state_file().read_text())
        # Another version may have written more members, or fewer.
        return LocalState(**{field.name: saved[field.name] for field in fields(LocalState) if field.name in saved})
    except FileNotFoundError:
        return None
    except (ValueError, TypeError):
        raise LocalCloudError(
            f"{state_file()} cannot be read: remove it, and start the local cloud again with `ses-stack local up`"
        ) from None


def require_running() -> LocalState:
    """The local cloud that runs. Raises `LocalCloudError` if none does."""
    running = load()
    if running is None or not running.alive():
        raise LocalCloudError("no local cloud is running: start it with `ses-stack local up`")
    return running


def state_file() -> Path:
    """The path of the state file."""
    return directory() / "state.json"


def directory() -> Path:
    """The folder of the local cloud's state and logs: `SES_STACK_LOCAL_DIR`, by default `.local` in the project."""
    return Path(os.environ.get(DIRECTORY_VARIABLE) or project() / ".local").resolve()


def project() -> Path:
    """The folder of template.yaml: this checkout."""
    return Path(__file__).resolve().parents[3]
