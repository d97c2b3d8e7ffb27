"""The command lines of the local cloud's tools. Each runs in an environment of its own: their pins clash with ours."""

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
# Packages for the emulator's Lambda workers, as AWS's own runtime has boto3.
EMULATOR_PACKAGES = ("aws-sam-translator==1.115.0", "boto3==1.43.106")


def sam(*arguments: str) -> list[str]:
    """The command line of SAM CLI."""
    return [*_isolated(SAM_CLI), "sam", *arguments]


def emulator() -> list[str]:
    """The command line of the AWS emulator."""
    return [*_isolated(EMULATOR, *EMULATOR_PACKAGES), "ministack"]


def simulator(*arguments: str) -> list[str]:
    """The command line of the SES simulator."""
    return [sys.executable, "-m", "ses_stack_cli.local.simulator", *arguments]


def environment(certificate: Path, **extra: str) -> dict[str, str]:
    """This process's environment without any variable that could lead to a real AWS account, with `extra`.

    The AWS SDKs then trust `certificate` (a file) and no other.
    """
    harmless = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "SAM_"))}
    missing_file = str(state.directory() / "no-such-file")
    path = os.pathsep.join([str(Path(sys.executable).parent), harmless.get("PATH", "")])
    return (
        harmless
        | {
            "PATH": path,  # sam build looks for python3.13 and its pip
            "AWS_ACCESS_KEY_ID": state.ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": state.SECRET_KEY,
            "AWS_DEFAULT_REGION": state.REGION,
            "AWS_CA_BUNDLE": str(certificate),
            "AWS_CONFIG_FILE": missing_file,
            "AWS_SHARED_CREDENTIALS_FILE": missing_file,
            "SAM_CLI_TELEMETRY": "0",
        }
        | extra
    )


def architecture() -> str:
    """This machine's processor, in Lambda's words."""
    return "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"


def _isolated(package: str, *more: str) -> list[str]:
    extras = [word for name in more for word in ("--with", name)]
    return [_uv(), "tool", "run", "--quiet", "--python", _interpreter(), "--from", package, *extras]


def _uv() -> str:
    installed = state.project() / ".tools" / "uv" / "bin" / "uv"
    uv = str(installed) if installed.exists() else shutil.which("uv")
    if not uv:
        raise LocalCloudError("uv is missing: run `make setup`, which installs it into this folder")
    return uv


def _interpreter() -> str:
    """The Python that this environment was made from; tools' environments are made from it too."""
    return str(Path(sys.executable).resolve())
