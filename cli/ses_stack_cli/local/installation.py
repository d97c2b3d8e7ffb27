"""Installs the local cloud's tools, each into an environment of its own: their pins clash with ours.

`tools/NAME.txt` pins a tool and all that it stands on, with hashes; `make pins` writes it. A tool is installed once,
into `.tools/NAME`, and runs from there without a network. It is installed again when its pins, this Python, or the
place of the project change, or when an installation was not finished.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from pathlib import Path

from ses_stack_cli.local import processes, state
from ses_stack_cli.local.errors import LocalCloudError, StepError

SAM_CLI = "sam"
EMULATOR = "ministack"
_RECORD = ".installed"


def program(tool: str) -> Path:
    """The program of a tool, which is installed first if need be.

    Raises `LocalCloudError` if uv or the tool's pins are missing, `StepError` if uv cannot install it.
    """
    home = state.project() / ".tools" / tool
    pins = state.project() / "tools" / f"{tool}.txt"
    if not _is_installed(home, pins):
        with processes.exclusive(home.with_suffix(".lock")):
            if not _is_installed(home, pins):
                _install(home, pins)
    return _program(home)


def _is_installed(home: Path, pins: Path) -> bool:
    try:
        return (home / _RECORD).read_text() == _fingerprint(home, pins) and _program(home).exists()
    except FileNotFoundError:
        return False


def _install(home: Path, pins: Path) -> None:
    fingerprint = _fingerprint(home, pins)
    python = str(home / "bin" / "python")
    # The environment is made anew, and its record comes last: what was interrupted is not taken for installed.
    _uv(home, "venv", "--clear", "--python", _interpreter(), str(home))
    _uv(home, "pip", "sync", "--python", python, "--require-hashes", str(pins))
    if not _program(home).exists():
        raise LocalCloudError(f"{pins} does not install a program {home.name}: it must pin the tool itself")
    (home / _RECORD).write_text(fingerprint)


def _uv(home: Path, *arguments: str) -> None:
    installed = state.project() / ".tools" / "uv" / "bin" / "uv"
    uv = str(installed) if installed.exists() else shutil.which("uv")
    if not uv:
        raise LocalCloudError("uv is missing: run `make setup`, which installs it into this folder")
    processes.run(
        f"Installing {home.name} (uv {arguments[0]})",
        [uv, *arguments],
        environment=os.environ,
        log=home.with_suffix(".log"),
    )


def _fingerprint(home: Path, pins: Path) -> str:
    """What an installation depends on. An environment cannot be moved: its programs name its folder."""
    try:
        digest = hashlib.blake2b(pins.read_bytes(), digest_size=16).hexdigest()
    except FileNotFoundError:
        raise LocalCloudError(f"{pins} is missing: it pins the tool and comes with the repository") from None
    return f"{digest}\n{_interpreter()}\n{home}\n"


def _interpreter() -> str:
    """The Python that this environment was made from; tools' environments are made from it too."""
    return str(Path(sys.executable).resolve())


def _program(home: Path) -> Path:
    return home / "bin" / home.name


def main() -> None:
    """`python -m ses_stack_cli.local.installation TOOL ...` installs tools; `make setup` calls it."""
    try:
        for tool in sys.argv[1:]:
            program(tool)
    except StepError as error:
        sys.exit(f"{error}\n{error.output}")
    except LocalCloudError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
