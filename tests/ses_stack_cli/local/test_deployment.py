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
    """Two mappings, of which one has a MaximumConcurrency that is text; what each function reserves."""

    def __init__(self) -> None:
        self.updates: list[dict[str, Any]] = []
        self.reserved: dict[str, int] = {"shop-sender": 99}

    def get_paginator(self, _operation: str) -> FakeLambda:
        return self

    def paginate(self) -> list[dict[str, Any]]:
        return [{"EventSourceMappings": [{"UUID": "a", "ScalingConfig": {"MaximumConcurrency": "2"}}, {"UUID": "b"}]}]

    def update_event_source_mapping(self, **arguments: Any) -> None:
        self.updates.append(arguments)

    def put_function_concurrency(self, *, FunctionName: str, ReservedConcurrentExecutions: int) -> None:  # noqa: N803
        self.reserved[FunctionName] = ReservedConcurrentExecutions

    def delete_function_concurrency(self, *, FunctionName: str) -> None:  # noqa: N803
        del self.reserved[FunctionName]


class FakeCloudFormation:
    """The deployed stack `shop`."""

    def describe_stacks(self, *, StackName: str) -> dict[str, Any]:  # noqa: N803
        assert StackName == "shop"
        return {"Stacks": [deployed(reserved="20")]}


def deployed(*, reserved: str) -> dict[str, Any]:
    """A stack as DescribeStacks shows it; parameters are text."""
    return {
        "Parameters": [{"ParameterKey": "SenderReservedConcurrency", "ParameterValue": reserved}],
        "Outputs": [{"OutputKey": "SenderFunctionName", "OutputValue": "shop-sender"}],
    }


@pytest.fixture
def functions() -> FakeLambda:
    return FakeLambda()


@pytest.fixture
def runs(functions: FakeLambda, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Sequence[str], Mapping[str, str]]]:
    """The commands that would run: step, command line, environment."""
    commands: list[tuple[str, Sequence[str], Mapping[str, str]]] = []

    def run(step: str, command: Sequence[str], *, environment: Mapping[str, str], log: Path) -> None:
        commands.append((step, command, environment))

    monkeypatch.setattr(processes, "run", run)
    clients = {"lambda": functions, "cloudformation": FakeCloudFormation()}
    monkeypatch.setattr(deployment, "client", lambda _, service: clients[service])
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


def test_the_deployed_stacks_concurrency_is_set(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    functions: FakeLambda,
    runs: list[tuple[str, Sequence[str], Mapping[str, str]]],
) -> None:
    monkeypatch.setenv(state.DIRECTORY_VARIABLE, str(tmp_path))
    deployment.deploy(RUNNING)
    assert (len(functions.updates), functions.reserved) == (1, {"shop-sender": 20})


def test_concurrency_is_set_again_as_a_number(functions: FakeLambda) -> None:
    deployment.make_concurrency_numeric(functions)
    assert functions.updates == [{"UUID": "a", "ScalingConfig": {"MaximumConcurrency": 2}}]


@pytest.mark.parametrize(("parameter", "reserved"), [("10", {"shop-sender": 10}), ("0", {})])
def test_the_senders_concurrency_is_reserved_as_the_parameter_says(
    parameter: str, reserved: dict[str, int], functions: FakeLambda
) -> None:
    deployment.reserve_concurrency(functions, deployed(reserved=parameter))
    assert functions.reserved == reserved
