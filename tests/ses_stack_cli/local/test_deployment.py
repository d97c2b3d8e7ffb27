"""Build and deployment: the command lines, the digest, the repaired concurrency."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from ses_stack_cli.local import deployment, processes, state
from ses_stack_cli.local.state import LocalState

RUNNING = LocalState(
    stack="shop",
    endpoint="https://127.0.0.1:1",
    simulator="http://127.0.0.1:2",
    certificate="/ca.pem",
    cloud_pid=1,
    simulator_pid=1,
)


class FakeLambda:
    """Two mappings, of which one has a MaximumConcurrency that the emulator kept as text."""

    def __init__(self) -> None:
        self.updates: list[dict[str, Any]] = []

    def get_paginator(self, _operation: str) -> FakeLambda:
        return self

    def paginate(self) -> list[dict[str, Any]]:
        return [{"EventSourceMappings": [{"UUID": "a", "ScalingConfig": {"MaximumConcurrency": "2"}}, {"UUID": "b"}]}]

    def update_event_source_mapping(self, **arguments: Any) -> None:
        self.updates.append(arguments)


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Sequence[str], Mapping[str, str]]]:
    """The commands that would run: step, command line, environment."""
    commands: list[tuple[str, Sequence[str], Mapping[str, str]]] = []

    def run(step: str, command: Sequence[str], *, environment: Mapping[str, str], log: Path) -> None:
        commands.append((step, command, environment))

    monkeypatch.setattr(processes, "run", run)
    monkeypatch.setattr(deployment, "client", lambda *_: FakeLambda())
    return commands


def project(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with one function and one layer."""
    for name in ("template.yaml", "samconfig.toml", "functions/a/app.py", "layers/b/c.py", "docs/d.md"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    monkeypatch.setattr(state, "project", lambda: folder)
    return folder


def test_the_digest_changes_with_everything_that_is_deployed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = project(tmp_path, monkeypatch)
    digests = [deployment.sources_digest()]
    for name in ("template.yaml", "samconfig.toml", "functions/a/app.py", "layers/b/c.py"):
        (folder / name).write_text("changed")
        digests.append(deployment.sources_digest())
    (folder / "layers/b/new.py").write_text("")
    digests.append(deployment.sources_digest())
    assert len(set(digests)) == 6


def test_the_digest_ignores_the_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = project(tmp_path, monkeypatch)
    before = deployment.sources_digest()
    (folder / "docs/d.md").write_text("changed")
    (folder / "layers/b/c.pyc").write_bytes(b"compiled")
    assert deployment.sources_digest() == before


def test_the_real_template_is_deployed_with_two_parameters_of_the_local_cloud(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, runs: list[tuple[str, Sequence[str], Mapping[str, str]]]
) -> None:
    monkeypatch.setenv(state.DIRECTORY_VARIABLE, str(tmp_path))
    deployment.deploy(RUNNING)
    ((step, command, environment),) = runs
    assert step == "Deploying (sam deploy)"
    assert command[command.index("--template-file") + 1] == str(tmp_path / "build" / "template.yaml")
    assert command[command.index("--stack-name") + 1] == "shop"
    assert {"ExtraEventSource=ses.simulator", "SesEndpointUrl=http://127.0.0.1:2"} < set(command)
    assert (environment["AWS_ENDPOINT_URL"], environment["AWS_CA_BUNDLE"]) == ("https://127.0.0.1:1", "/ca.pem")


def test_the_build_goes_into_the_local_clouds_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, runs: list[tuple[str, Sequence[str], Mapping[str, str]]]
) -> None:
    monkeypatch.setenv(state.DIRECTORY_VARIABLE, str(tmp_path))
    deployment.build()
    ((step, command, environment),) = runs
    assert step == "Building (sam build)"
    assert command[command.index("--build-dir") + 1] == str(tmp_path / "build")
    assert environment["AWS_CA_BUNDLE"] == str(tmp_path / "tls" / "certificate.pem")


def test_concurrency_is_set_again_as_a_number() -> None:
    functions = FakeLambda()
    deployment.make_concurrency_numeric(functions)
    assert functions.updates == [{"UUID": "a", "ScalingConfig": {"MaximumConcurrency": 2}}]
