"""Builds template.yaml and deploys it into the local cloud, with the real SAM CLI."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ses_stack_cli.local import certificate, processes, state, tools
from ses_stack_cli.local.clients import client
from ses_stack_cli.local.state import LocalState

EVENT_SOURCE = "ses.simulator"


def sources_digest() -> str:
    """A hash of everything that is deployed: while it stays the same, no second deployment is needed."""
    digest = hashlib.blake2b(digest_size=16)
    for path in _sources():
        digest.update(path.relative_to(state.project()).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def build() -> None:
    """Runs `sam build`. Raises `StepError`."""
    folder = state.directory()
    command = tools.sam(
        "build",
        *_configuration(),
        "--build-dir",
        str(folder / "build"),
        "--cache-dir",
        str(folder / "cache"),
    )
    # SAM keeps the layer's dependencies in the project, whatever its options: two builds at a time break each other.
    with processes.exclusive(state.project() / ".aws-sam" / "lock"):
        processes.run(
            "Building (sam build)",
            command,
            environment=tools.environment(certificate.path()),
            log=folder / "build.log",
        )


def deploy(running: LocalState) -> None:
    """Runs `sam deploy`. Raises `StepError`."""
    folder = state.directory()
    command = tools.sam(
        "deploy",
        *_configuration(),
        "--template-file",
        str(folder / "build" / "template.yaml"),
        "--stack-name",
        running.stack,
        "--parameter-overrides",
        *_overrides(running),
    )
    processes.run(
        "Deploying (sam deploy)",
        command,
        environment=tools.environment(Path(running.certificate), AWS_ENDPOINT_URL=running.endpoint),
        log=folder / "deploy.log",
    )
    functions = client(running, "lambda")
    make_concurrency_numeric(functions)
    (deployed,) = client(running, "cloudformation").describe_stacks(StackName=running.stack)["Stacks"]
    reserve_concurrency(functions, deployed)


def make_concurrency_numeric(functions: Any) -> None:
    """Sets each mapping's MaximumConcurrency again, as a number.

    CloudFormation turns a Number parameter into a number. The emulator keeps the text, and its poller stops at it.
    """
    for page in functions.get_paginator("list_event_source_mappings").paginate():
        for mapping in page["EventSourceMappings"]:
            if limit := mapping.get("ScalingConfig", {}).get("MaximumConcurrency"):
                functions.update_event_source_mapping(
                    UUID=mapping["UUID"], ScalingConfig={"MaximumConcurrency": int(limit)}
                )


def reserve_concurrency(functions: Any, deployed: Mapping[str, Any]) -> None:
    """Reserves the sender's concurrency; `deployed` is the stack as DescribeStacks shows it.

    CloudFormation does so by the function's ReservedConcurrentExecutions. The emulator's leaves that property out; its
    Lambda keeps to a reservation, and throttles what goes over it.
    """
    parameters = {each["ParameterKey"]: each["ParameterValue"] for each in deployed["Parameters"]}
    outputs = {each["OutputKey"]: each["OutputValue"] for each in deployed["Outputs"]}
    sender, reserved = outputs["SenderFunctionName"], int(parameters["SenderReservedConcurrency"])
    if reserved:
        functions.put_function_concurrency(FunctionName=sender, ReservedConcurrentExecutions=reserved)
    else:
        functions.delete_function_concurrency(FunctionName=sender)


def _configuration() -> tuple[str, ...]:
    return "--config-file", str(state.project() / "samconfig.toml"), "--config-env", "local"


def _overrides(running: LocalState) -> list[str]:
    """SAM takes its parameter list from samconfig.toml or from the command line, not from both: here are both."""
    configured = tomllib.loads((state.project() / "samconfig.toml").read_text())
    overrides: list[str] = configured["local"]["deploy"]["parameters"]["parameter_overrides"]
    return [
        *overrides,
        f"Architecture={tools.architecture()}",
        f"ExtraEventSource={EVENT_SOURCE}",
        f"SesEndpointUrl={running.simulator}",
    ]


def _sources() -> Iterator[Path]:
    project = state.project()
    yield from (project / "template.yaml", project / "samconfig.toml")
    for folder in ("functions", "layers"):
        yield from sorted(path for path in (project / folder).rglob("*") if path.is_file() and path.suffix != ".pyc")
