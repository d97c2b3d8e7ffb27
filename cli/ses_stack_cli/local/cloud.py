"""The local cloud: brought up, looked at, emptied and taken down."""

from __future__ import annotations

import base64
import hashlib
import tomllib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import httpx
from botocore.config import Config

from ses_stack_cli.local import certificate, processes, state, tools
from ses_stack_cli.local.errors import LocalCloudError
from ses_stack_cli.local.state import LocalState

EVENT_SOURCE = "ses.simulator"

# Told at the start of each step.
type Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What `up` may be told. Ports: 0 means a free one."""

    stack: str = "ses-stack"
    port: int = 0
    simulator_port: int = 0
    simulator_arguments: Sequence[str] = field(default_factory=tuple)


def up(options: Options, tell: Tell) -> LocalState:
    """Brings the local cloud up and deploys the template into it; what already runs as it should is left alone.

    Raises `StepError`: the step that failed, and its output.
    """
    running = state.load()
    if running and not running.alive():
        down()
        running = None
    with ThreadPoolExecutor(1) as background:
        digest = _sources_digest()
        if running and running.digest == digest:
            return running
        tell("Building the functions and their layer (sam build)")
        build = background.submit(_build)
        if not running:
            tell("Starting the AWS emulator and the SES simulator")
            running = _start(options)
        build.result()
    tell("Deploying template.yaml (sam deploy)")
    _deploy(running)
    finished = running.deployed(digest)
    finished.save()
    return finished


def down() -> bool:
    """Stops the local cloud and forgets it. Whether there was one."""
    running = state.load()
    if not running:
        return False
    for pid in (running.simulator_pid, running.cloud_pid):
        processes.stop(pid)
    state.state_file().unlink(missing_ok=True)
    return True


def client(running: LocalState, service: str) -> Any:
    """A boto3 client of the local cloud; that of `sesv2` speaks to the simulator."""
    return boto3.client(
        service,  # type: ignore[call-overload]
        endpoint_url=running.simulator if service == "sesv2" else running.endpoint,
        region_name=state.REGION,
        aws_access_key_id=state.ACCESS_KEY,
        aws_secret_access_key=state.SECRET_KEY,
        verify=running.certificate or None,
        config=Config(retries={"mode": "standard", "total_max_attempts": 3}),
    )


def environment(running: LocalState) -> dict[str, str]:
    """What leads the AWS SDKs here; SES's calls go to the simulator, which has the templates, lists and limits."""
    return {
        "AWS_ENDPOINT_URL": running.endpoint,
        "AWS_ENDPOINT_URL_SESV2": running.simulator,
        "AWS_CA_BUNDLE": running.certificate,
        "AWS_REGION": state.REGION,
        "AWS_DEFAULT_REGION": state.REGION,
        "AWS_ACCESS_KEY_ID": state.ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": state.SECRET_KEY,
    }


def outputs(running: LocalState) -> dict[str, str]:
    """What the deployed stack put out: names and addresses of its resources."""
    found = client(running, "cloudformation").describe_stacks(StackName=running.stack)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}


def status(running: LocalState) -> dict[str, Any]:
    """What runs where, how deep the queues are, and what the simulator has published."""
    named = outputs(running)
    sqs = client(running, "sqs")
    return {
        "running": True,
        "stack": running.stack,
        "endpoint": running.endpoint,
        "simulator": running.simulator,
        "outputs": named,
        "queues": {
            name.removesuffix("Url"): depth(sqs, url) for name, url in named.items() if name.endswith("QueueUrl")
        },
        "events": httpx.get(f"{running.simulator}/_simulator/status").raise_for_status().json(),
    }


def reset(running: LocalState) -> None:
    """Empties the queues, the tables and the simulator; the stack stays deployed."""
    named = outputs(running)
    httpx.post(f"{running.simulator}/_simulator/reset").raise_for_status()
    sqs = client(running, "sqs")
    for name, value in named.items():
        if name.endswith("QueueUrl"):
            sqs.purge_queue(QueueUrl=value)
        elif name.endswith("TableName"):
            _empty(client(running, "dynamodb"), value)


def invoke(running: LocalState, function: str, event: bytes) -> dict[str, Any]:
    """Invokes a function of the stack, named by its logical id, with an event; its answer and what it logged."""
    named = outputs(running)
    try:
        name = named[f"{function}FunctionName"]
    except KeyError:
        known = ", ".join(sorted(key.removesuffix("FunctionName") for key in named if key.endswith("FunctionName")))
        raise LocalCloudError(f"no function {function} in the stack; there are: {known}") from None
    answer = client(running, "lambda").invoke(FunctionName=name, Payload=event, LogType="Tail")
    return {
        "error": answer.get("FunctionError"),
        "answer": answer["Payload"].read().decode(),
        "log": base64.b64decode(answer.get("LogResult", "")).decode(),
    }


def function_logs(running: LocalState) -> list[str]:
    """What the functions have logged, oldest first."""
    logs = client(running, "logs")
    events = [
        event
        for name, group in outputs(running).items()
        if name.endswith("LogGroupName")
        for page in logs.get_paginator("filter_log_events").paginate(logGroupName=group)
        for event in page["events"]
    ]
    return [event["message"].rstrip("\n") for event in sorted(events, key=lambda event: event["timestamp"])]


def _start(options: Options) -> LocalState:
    port = options.port or processes.free_port()
    simulator_port = options.simulator_port or processes.free_port()
    folder = state.directory()
    folder.mkdir(parents=True, exist_ok=True)
    endpoint, simulator = f"https://127.0.0.1:{port}", f"http://127.0.0.1:{simulator_port}"
    trusted, key = certificate.make(_tls())
    cloud_pid = processes.start(
        tools.emulator(), environment=_emulator_environment(port, trusted, key), log=folder / "cloud.log"
    )
    arguments = ["--port", str(simulator_port), "--aws-endpoint", endpoint, "--ca-bundle", str(trusted)]
    simulator_pid = processes.start(
        tools.simulator(*arguments, *options.simulator_arguments),
        environment=tools.environment(trusted),
        log=folder / "simulator.log",
    )
    started = LocalState(
        stack=options.stack,
        endpoint=endpoint,
        simulator=simulator,
        certificate=str(trusted),
        cloud_pid=cloud_pid,
        simulator_pid=simulator_pid,
    )
    started.save()
    _wait(started)
    return started


def _wait(started: LocalState) -> None:
    folder = state.directory()
    for step, pid, path, log in (
        ("Starting the AWS emulator", started.cloud_pid, f"{started.endpoint}/_ministack/health", "cloud.log"),
        (
            "Starting the SES simulator",
            started.simulator_pid,
            f"{started.simulator}/_simulator/health",
            "simulator.log",
        ),
    ):
        processes.wait_ready(step, pid, lambda path=path: _answers(path, started), log=folder / log)  # type: ignore[misc]


def _answers(url: str, started: LocalState) -> bool:
    try:
        return httpx.get(url, timeout=2, verify=certificate.trust(started.certificate)).is_success
    except httpx.TransportError:
        return False


def _tls() -> Path:
    return state.directory() / "tls"


def _emulator_environment(port: int, trusted: Path, key: Path) -> dict[str, str]:
    folder = state.directory() / "cloud"
    temporary = folder / "tmp"
    temporary.mkdir(parents=True, exist_ok=True)
    return tools.environment(
        trusted,
        BIND_HOST="127.0.0.1",  # its default is every interface
        AUTH="true",  # IAM is enforced: a missing permission fails here too
        GATEWAY_PORT=str(port),
        USE_SSL="1",
        MINISTACK_SSL_CERT=str(trusted),
        MINISTACK_SSL_KEY=str(key),
        MINISTACK_REGION=state.REGION,
        MINISTACK_HOST="127.0.0.1",
        S3_DATA_DIR=str(folder / "s3"),
        STATE_DIR=str(folder / "state"),
        TMPDIR=str(temporary),
    )


def _build() -> None:
    folder = state.directory()
    command = tools.sam(
        "build",
        *_configuration(),
        "--build-dir",
        str(folder / "build"),
        "--cache-dir",
        str(folder / "cache"),
        "--parameter-overrides",
        f"Architecture={tools.architecture()}",
    )
    # SAM keeps the layer's dependencies in the project, whatever it is told: two builds at a time break each other.
    with processes.alone(state.project() / ".aws-sam" / "lock"):
        processes.run(
            "Building (sam build)",
            command,
            environment=tools.environment(_tls() / "certificate.pem"),
            log=folder / "build.log",
        )


def _deploy(running: LocalState) -> None:
    folder = state.directory()
    overrides = [
        *_configured_overrides(),
        f"Architecture={tools.architecture()}",
        f"ExtraEventSource={EVENT_SOURCE}",
        f"SesEndpointUrl={running.simulator}",
    ]
    processes.run(
        "Deploying (sam deploy)",
        tools.sam(
            "deploy",
            *_configuration(),
            "--template-file",
            str(folder / "build" / "template.yaml"),
            "--stack-name",
            running.stack,
            "--parameter-overrides",
            *overrides,
        ),
        environment=tools.environment(Path(running.certificate), AWS_ENDPOINT_URL=running.endpoint),
        log=folder / "deploy.log",
    )
    _mend_concurrency(client(running, "lambda"))


def _configuration() -> tuple[str, ...]:
    return "--config-file", str(state.project() / "samconfig.toml"), "--config-env", "local"


def _configured_overrides() -> list[str]:
    """What samconfig.toml says for `local`: SAM takes either its list or ours, so ours contains it."""
    configured = tomllib.loads((state.project() / "samconfig.toml").read_text())
    overrides: list[str] = configured["local"]["deploy"]["parameters"]["parameter_overrides"]
    return overrides


def _mend_concurrency(functions: Any) -> None:
    """Sets each mapping's MaximumConcurrency again, as a number.

    CloudFormation turns a Number parameter into a number; the emulator keeps the text, and its poller stops at it.
    """
    for page in functions.get_paginator("list_event_source_mappings").paginate():
        for mapping in page["EventSourceMappings"]:
            if limit := mapping.get("ScalingConfig", {}).get("MaximumConcurrency"):
                functions.update_event_source_mapping(
                    UUID=mapping["UUID"], ScalingConfig={"MaximumConcurrency": int(limit)}
                )


def _sources_digest() -> str:
    """What is deployed: two equal digests need no second deployment."""
    digest = hashlib.blake2b(digest_size=16)
    for path in _sources():
        digest.update(path.relative_to(state.project()).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _sources() -> Iterator[Path]:
    project = state.project()
    yield from (project / "template.yaml", project / "samconfig.toml")
    for folder in ("functions", "layers"):
        yield from sorted(path for path in (project / folder).rglob("*") if path.is_file() and path.suffix != ".pyc")


def depth(sqs: Any, url: str) -> int:
    """Messages in a queue: those that wait, those in flight, those that are delayed."""
    counts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return sum(int(count) for name, count in counts.items() if name.startswith("ApproximateNumberOfMessages"))


def _empty(dynamodb: Any, table: str) -> None:
    names = [key["AttributeName"] for key in dynamodb.describe_table(TableName=table)["Table"]["KeySchema"]]
    for page in dynamodb.get_paginator("scan").paginate(TableName=table):
        keys = [{name: item[name] for name in names} for item in page["Items"]]
        for start in range(0, len(keys), 25):
            deletes = [{"DeleteRequest": {"Key": key}} for key in keys[start : start + 25]]
            dynamodb.batch_write_item(RequestItems={table: deletes})
