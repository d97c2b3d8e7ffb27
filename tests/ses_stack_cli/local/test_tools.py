"""The tools' command lines, and an environment that cannot reach a real AWS account."""

from __future__ import annotations

import platform
import sys
from pathlib import Path

import pytest

from ses_stack_cli.local import state, tools


def test_no_variable_leads_to_a_real_account(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_S3", "SAM_CLI_CONFIG"):
        monkeypatch.setenv(name, "real")
    environment = tools.environment(Path("/ca.pem"), AWS_ENDPOINT_URL="https://127.0.0.1:1")
    assert "real" not in environment.values()
    assert environment["AWS_ACCESS_KEY_ID"] == "test"
    assert environment["AWS_CA_BUNDLE"] == "/ca.pem"
    assert environment["AWS_ENDPOINT_URL"] == "https://127.0.0.1:1"
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        assert not Path(environment[name]).exists()


def test_tools_reach_loopback_past_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", "internal.example")
    environment = tools.environment(Path("/ca.pem"))
    assert environment["HTTPS_PROXY"] == "http://proxy.example:3128"  # for what uv and pip download
    assert environment["NO_PROXY"] == environment["no_proxy"] == "internal.example,127.0.0.1,localhost"


def test_sam_build_finds_this_python_first() -> None:
    path = tools.environment(Path("/ca.pem"))["PATH"]
    assert path.startswith(str(Path(sys.executable).parent))


def test_sam_cli_and_the_emulator_run_from_environments_of_their_own() -> None:
    sam, (emulator,) = tools.sam("build", "--debug"), tools.emulator()
    assert sam == [str(state.project() / ".tools" / "sam" / "bin" / "sam"), "build", "--debug"]
    assert emulator == str(state.project() / ".tools" / "ministack" / "bin" / "ministack")


def test_the_simulator_runs_in_this_environment() -> None:
    assert tools.simulator("--port", "1") == [sys.executable, "-m", "ses_stack_cli.local.simulator", "--port", "1"]


@pytest.mark.parametrize(("machine", "name"), [("aarch64", "arm64"), ("arm64", "arm64"), ("x86_64", "x86_64")])
def test_the_processor_in_lambdas_words(machine: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: machine)
    assert tools.architecture() == name
