"""The tools' command lines, and an environment that cannot reach a real AWS account."""

from __future__ import annotations

import platform
import sys
from pathlib import Path

import pytest

from ses_stack_cli.local import state, tools
from ses_stack_cli.local.errors import LocalCloudError


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


def test_sam_build_finds_this_python_first() -> None:
    path = tools.environment(Path("/ca.pem"))["PATH"]
    assert path.startswith(str(Path(sys.executable).parent))


def test_tools_run_isolated_at_pinned_versions() -> None:
    sam, emulator = tools.sam("build", "--debug"), tools.emulator()
    assert sam[1:4] == ["tool", "run", "--quiet"]
    assert sam[-5:] == ["--from", tools.SAM_CLI, "sam", "build", "--debug"]
    assert emulator[-1] == "ministack"
    assert [emulator[place + 1] for place, word in enumerate(emulator) if word == "--with"] == list(
        tools.EMULATOR_PACKAGES
    )


def test_the_simulator_runs_in_this_environment() -> None:
    assert tools.simulator("--port", "1") == [sys.executable, "-m", "ses_stack_cli.local.simulator", "--port", "1"]


def test_without_uv_the_error_says_what_to_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "project", lambda: tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(LocalCloudError, match="make setup"):
        tools.sam()


@pytest.mark.parametrize(("machine", "name"), [("aarch64", "arm64"), ("arm64", "arm64"), ("x86_64", "x86_64")])
def test_the_processor_in_lambdas_words(machine: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: machine)
    assert tools.architecture() == name
