"""Which stack a command works on, and what is said when it cannot be reached."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ses_stack_cli.local import state
from ses_stack_cli.local.errors import LocalCloudError
from ses_stack_cli.local.identity import identified
from ses_stack_cli.local.state import LocalState
from ses_stack_cli.stack_options import StackOptions
from ses_stack_cli.target import TargetError, connect
from tests.ses_stack_cli.conftest import STACK, Cli, deploy

type Run = Callable[..., Any]


@pytest.fixture
def local(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(state.DIRECTORY_VARIABLE, str(tmp_path))
    return tmp_path


def running(**changes: Any) -> LocalState:
    values: dict[str, Any] = {
        "stack": STACK,
        "endpoint": "https://cloudformation.us-east-1.amazonaws.com",
        "simulator": "http://127.0.0.1:9",
        "cloud_pid": os.getpid(),
        "cloud_started": identified(os.getpid()).started,
        "simulator_pid": os.getpid(),
        "simulator_started": identified(os.getpid()).started,
    }
    return LocalState(**(values | changes))


def test_without_a_local_cloud_a_command_says_how_to_get_one(local: Path, run: Run) -> None:
    result = run("timeline", "m", "--json")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "`ses-stack local up`" in result.stderr
    assert "--stack-name" in result.stderr


def test_a_local_cloud_that_died_is_none(local: Path) -> None:
    running(cloud_pid=2**22 + 1).save()
    with pytest.raises(TargetError, match="no local cloud is running"):
        connect(StackOptions())


def test_a_state_file_that_cannot_be_read_is_named(local: Path) -> None:
    (local / "state.json").write_text("{")
    with pytest.raises(LocalCloudError, match="cannot be read"):
        connect(StackOptions())


@pytest.mark.usefixtures("aws")
def test_the_local_cloud_is_found_by_itself(local: Path) -> None:
    outputs = deploy(STACK)
    running().save()
    target = connect(StackOptions())
    assert (target.stack, dict(target.outputs)) == (STACK, outputs)
    assert target.client("sesv2").meta.endpoint_url == "http://127.0.0.1:9"
    assert target.client("dynamodb").meta.endpoint_url == running().endpoint


@pytest.mark.usefixtures("aws")
def test_a_profile_that_is_missing_does_not_matter_for_the_local_cloud(
    local: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deploy(STACK)
    running().save()
    monkeypatch.setenv("AWS_PROFILE", "nowhere")
    assert connect(StackOptions()).stack == STACK


@pytest.mark.usefixtures("aws")
def test_behind_a_proxy_the_local_cloud_is_called_directly(local: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deploy(STACK)
    running().save()
    for name in ("HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://proxy.example:3128")
    signed = connect(StackOptions()).signed
    assert signed
    assert signed.endpoint("dynamodb") == running().endpoint


@pytest.mark.usefixtures("aws")
def test_a_local_cloud_without_the_stack_says_so(local: Path) -> None:
    running().save()
    with pytest.raises(TargetError, match="nothing is deployed"):
        connect(StackOptions())


def test_a_profile_without_a_stack_makes_no_sense(local: Path) -> None:
    with pytest.raises(TargetError, match="need --stack-name"):
        connect(StackOptions(profile="prod"))


@pytest.mark.usefixtures("aws")
def test_the_stack_may_be_named_by_the_environment(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    deploy(STACK)
    monkeypatch.setenv("SES_STACK_NAME", STACK)
    assert run("tail").exit_code == 0


@pytest.mark.usefixtures("cli")
def test_a_stack_that_is_not_there_is_named_with_its_region(run: Run) -> None:
    result = run("tail", "--stack-name", "nope", "--region", "eu-west-1")
    assert result.exit_code == 1
    assert result.stderr.startswith("there is no stack nope in eu-west-1")


@pytest.mark.usefixtures("aws")
def test_the_region_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    with pytest.raises(TargetError, match="in eu-central-1"):
        connect(StackOptions(stack_name="nope"))


def test_an_output_that_is_missing_is_named(cli: Cli) -> None:
    with pytest.raises(TargetError, match="has no output Nope"):
        connect(StackOptions(stack_name=STACK)).output("Nope")


@pytest.mark.usefixtures("aws")
def test_a_stack_that_is_not_ours_is_told(run: Run) -> None:
    import boto3

    template = '{"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}'
    boto3.client("cloudformation").create_stack(StackName="other", TemplateBody=template)
    for command in (["tail"], ["dlq", "list"]):
        result = run(*command, "--stack-name", "other")
        assert result.exit_code == 1
        assert "ses-stack" in result.stderr


@pytest.mark.parametrize("endpoint", ["nonsense", "http://[x", "http://", "127.0.0.1:4566"])
def test_an_endpoint_that_is_no_url_is_a_sentence(run: Run, monkeypatch: pytest.MonkeyPatch, endpoint: str) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    result = run("tail", "--stack-name", STACK, "--region", "eu-west-1")
    assert result.exit_code == 1
    assert result.stderr.startswith("the endpoint of cloudformation, in AWS_ENDPOINT_URL or endpoint_url, is no URL: ")


@pytest.mark.parametrize(
    ("content", "problem"),
    [(None, "No such file or directory"), (b"\x00 no certificate", "there is no certificate in it")],
)
def test_certificates_that_cannot_be_read_are_named(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes | None, problem: str
) -> None:
    file = tmp_path / "a [bundle].pem"
    if content:
        file.write_bytes(content)
    monkeypatch.setenv("AWS_CA_BUNDLE", str(file))
    result = run("tail", "--stack-name", STACK, "--region", "eu-west-1")
    assert result.exit_code == 1
    assert result.stderr == f"the CA certificates of AWS_CA_BUNDLE or ca_bundle, {file}, cannot be read: {problem}\n"


def test_missing_credentials_are_a_sentence(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    result = run("tail", "--stack-name", STACK)
    assert (result.exit_code, result.stderr.splitlines()) == (
        1,
        ["there are no AWS credentials: choose a profile with --profile, or set AWS_PROFILE"],
    )
    result = run("tail", "--stack-name", STACK, "--profile", "nope")
    assert "there is no AWS profile nope" in result.stderr
