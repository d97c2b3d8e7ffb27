"""The command lines of the local cloud's tools, and the environment variables that they run with."""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path

from ses_stack_cli.local import installation, state
from ses_stack_cli.local.proxies import loopback_exceptions


def sam(*arguments: str) -> list[str]:
    """The command line of SAM CLI, which is installed if need be. Raises `LocalCloudError`."""
    return [str(installation.program(installation.SAM_CLI)), *arguments]


def emulator() -> list[str]:
    """The command line of the AWS emulator, which is installed if need be. Raises `LocalCloudError`."""
    return [str(installation.program(installation.EMULATOR))]


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
        | loopback_exceptions(harmless)
        | extra
    )


def architecture() -> str:
    """This machine's processor, in Lambda's words."""
    return "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"
