"""The tools that the local cloud is made of. They run isolated: their pins clash with ours and with each other."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from pathlib import Path

from ses_stack_cli.local import state
from ses_stack_cli.local.errors import LocalCloudError

SAM_CLI = "aws-sam-cli==1.170.0"
EMULATOR = "ministack==1.5.33"
# What the emulator's Lambda workers find preinstalled, as AWS's own runtime has boto3.
EMULATOR_WITH = ("aws-sam-translator==1.115.0", "boto3==1.43.106")


def sam(*arguments: str) -> list[str]:
    """The command line of SAM CLI."""
    return [*_isolated(SAM_CLI), "sam", *arguments]


def emulator() -> list[str]:
    """The command line of the AWS emulator."""
    return [*_isolated(EMULATOR, *EMULATOR_WITH), "ministack"]


def simulator(*arguments: str) -> list[str]:
    """The command line of the SES simulator."""
    return [sys.executable, "-m", "ses_stack_cli.local.simulator", *arguments]


def environment(certificate: Path, **extra: str) -> dict[str, str]:
    """This process's environment, without anything that could lead to a real AWS account, and `extra`.

    `certificate` is what the AWS SDKs then trust: the local cloud's, and nothing else.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "SAM_"))}
    nowhere = str(state.directory() / "no-such-file")
    path = os.pathsep.join([str(Path(sys.executable).parent), kept.get("PATH", "")])
    return (
        kept
        | {
            "PATH": path,  # sam build looks for python3.13 and its pip
            "AWS_ACCESS_KEY_ID": state.ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": state.SECRET_KEY,
            "AWS_DEFAULT_REGION": state.REGION,
            "AWS_CA_BUNDLE": str(certificate),
            "AWS_CONFIG_FILE": nowhere,
            "AWS_SHARED_CREDENTIALS_FILE": nowhere,
            "SAM_CLI_TELEMETRY": "0",
        }
        | extra
    )


def architecture() -> str:
    """This machine's processor, as Lambda names it."""
    return "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"


def _isolated(package: str, *also: str) -> list[str]:
    extras = [word for name in also for word in ("--with", name)]
    return [_uv(), "tool", "run", "--quiet", "--python", _interpreter(), "--from", package, *extras]


def _uv() -> str:
    own = state.project() / ".tools" / "uv" / "bin" / "uv"
    found = str(own) if own.exists() else shutil.which("uv")
    if not found:
        raise LocalCloudError("uv is missing: run `make setup`, which installs it into this folder")
    return found


def _interpreter() -> str:
    """The Python under our own environment: a tool's environment is made from it, wherever the command is run."""
    return str(Path(sys.executable).resolve())
