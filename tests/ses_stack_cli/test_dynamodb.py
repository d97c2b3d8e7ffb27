"""DynamoDB as the commands call it: with the operator's credentials, at the configured endpoint."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.credentials import RefreshableCredentials
from botocore.exceptions import NoCredentialsError

from ses_stack.aws.json_api import Answer, Service
from ses_stack.aws.sdk_calls import SdkCalls
from ses_stack.aws.signing import Credentials
from ses_stack_cli.dynamodb import credentials_of, dynamodb_calls
from ses_stack_cli.local import certificate
from ses_stack_cli.target import Target
from tests.support.scripted_server import ScriptedServer

OK = b'HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n{"a": 1}'


def target_of(session: boto3.Session, **more: Any) -> Target:
    return Target(stack="s", outputs={}, client=lambda _: session.client("dynamodb"), session=session, **more)


@pytest.fixture
def session() -> boto3.Session:
    return boto3.Session("AKIDEXAMPLE", "secret", "token", region_name="eu-central-1")


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., ScriptedServer]]:
    servers: list[ScriptedServer] = []

    def start(**more: Any) -> ScriptedServer:
        servers.append(ScriptedServer([OK], **more))
        monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", servers[-1].url)
        return servers[-1]

    yield start
    for server in servers:
        server.close()


def called(target: Target) -> list[Answer | None]:
    calls = dynamodb_calls(target)
    assert isinstance(calls, Service)
    answers = list(calls.calls("Query", [b"{}"], until=time.monotonic() + 20))
    calls.close()
    return answers


def test_the_session_signs_at_its_endpoint_and_in_its_region(
    session: boto3.Session, serve: Callable[..., ScriptedServer]
) -> None:
    server = serve()

    assert called(target_of(session)) == [Answer(200, {"a": 1})]

    (request,) = server.requests
    assert b"x-amz-target: DynamoDB_20120810.Query" in request
    assert b"Credential=AKIDEXAMPLE/" in request
    assert b"/eu-central-1/dynamodb/aws4_request" in request
    assert b"x-amz-security-token: token" in request


def test_a_ca_bundle_is_trusted(
    session: boto3.Session, serve: Callable[..., ScriptedServer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = certificate.make(tmp_path)
    serve(certificate=pair)
    assert called(target_of(session, ca_bundle=str(pair[0]))) == [Answer(200, {"a": 1})]

    serve(certificate=pair)
    assert called(target_of(session)) == [None]

    serve(certificate=pair)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(pair[0]))
    assert called(target_of(session)) == [Answer(200, {"a": 1})]


def test_boto3_calls_through_a_proxy(session: boto3.Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    assert isinstance(dynamodb_calls(target_of(session)), SdkCalls)

    monkeypatch.setenv("NO_PROXY", "dynamodb.eu-central-1.amazonaws.com")
    assert isinstance(dynamodb_calls(target_of(session)), Service)


def test_boto3_calls_where_there_are_clients_only(session: boto3.Session) -> None:
    target = Target(stack="s", outputs={}, client=lambda _: session.client("dynamodb"))

    assert isinstance(dynamodb_calls(target), SdkCalls)


class Session:
    """A session whose credentials last an hour."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 24, 12, tzinfo=UTC)
        self._given = 0
        self._credentials = RefreshableCredentials.create_from_metadata(
            self._renewed(), refresh_using=self._renewed, method="test"
        )
        self._credentials._time_fetcher = lambda: self.now

    def get_credentials(self) -> RefreshableCredentials:
        return self._credentials

    def _renewed(self) -> dict[str, str]:
        self._given += 1
        end = self.now + timedelta(hours=1)
        return {"access_key": f"KEY{self._given}", "secret_key": "s", "token": "t", "expiry_time": end.isoformat()}


def test_credentials_are_renewed_before_they_expire() -> None:
    session = Session()
    assert credentials_of(session) == Credentials(key_id="KEY1", secret="s", token="t")  # type: ignore[arg-type]

    session.now += timedelta(minutes=30)
    assert credentials_of(session).key_id == "KEY1"  # type: ignore[arg-type]
    session.now += timedelta(minutes=29)
    assert credentials_of(session).key_id == "KEY2"  # type: ignore[arg-type]


def test_missing_credentials_are_the_error_of_botocore(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))

    with pytest.raises(NoCredentialsError):
        credentials_of(boto3.Session())
