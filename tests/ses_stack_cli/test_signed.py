"""Access to AWS without the SDK's clients: with the operator's credentials, where the configuration allows it."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.credentials import RefreshableCredentials
from botocore.exceptions import NoCredentialsError
from botocore.session import Session as SdkSession

from ses_stack.aws.json_api import Answer
from ses_stack.aws.signing import Credentials
from ses_stack_cli.local import certificate
from ses_stack_cli.signed import SignedAccess, access_at, access_of, credentials_of
from tests.support.scripted_server import ScriptedServer

OK = b'HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n{"a": 1}'


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SdkSession:
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    return SdkSession()


def called(access: SignedAccess) -> Answer | None:
    make = access.maker("dynamodb")
    assert make
    service = make()
    (answer,) = service.calls("Query", [b"{}"], until=time.monotonic() + 20)
    service.close()
    return answer


def test_the_session_signs_at_its_endpoint_and_in_its_region(
    session: SdkSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = ScriptedServer([OK])
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", server.url)
    assert called(access_of(session, "eu-central-1")) == Answer(200, {"a": 1})
    (request,) = server.requests
    assert b"Credential=testing/" in request
    assert b"/eu-central-1/dynamodb/aws4_request" in request
    assert b"x-amz-security-token: testing" in request
    server.close()


def test_a_ca_bundle_is_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"):
        monkeypatch.delenv(variable, raising=False)
    pair = certificate.make(tmp_path)
    for variable, trusted in (("AWS_CA_BUNDLE", True), ("REQUESTS_CA_BUNDLE", True), ("OTHER", False)):
        server = ScriptedServer([OK], certificate=pair)
        monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", server.url)
        with monkeypatch.context() as patch:
            patch.setenv(variable, str(pair[0]))
            assert called(access_of(SdkSession(), "eu-central-1")) == (Answer(200, {"a": 1}) if trusted else None)
        server.close()


def test_one_endpoint_takes_the_calls_of_the_local_cloud(tmp_path: Path, session: SdkSession) -> None:
    pair = certificate.make(tmp_path)
    server = ScriptedServer([OK], certificate=pair)
    access = access_at(server.url, session, "us-east-1", trusted=str(pair[0]))
    assert called(access) == Answer(200, {"a": 1})
    assert access.endpoint("cloudformation") == server.url
    server.close()


@pytest.mark.parametrize(
    ("region", "endpoint"),
    [
        ("eu-west-1", "https://dynamodb.eu-west-1.amazonaws.com"),
        ("us-gov-east-1", "https://dynamodb.us-gov-east-1.amazonaws.com"),
        ("cn-north-1", "https://dynamodb.cn-north-1.amazonaws.com.cn"),
        ("us-iso-east-1", None),
        ("eusc-de-east-1", None),
        ("local", None),
        (None, None),
    ],
)
def test_the_endpoint_is_the_region_s(session: SdkSession, region: str | None, endpoint: str | None) -> None:
    """Of other regions the SDK knows the addresses."""
    access = access_of(session, region)
    assert access.endpoint("dynamodb") == endpoint
    assert bool(access.maker("dynamodb")) == bool(endpoint)


@pytest.mark.parametrize("name", ["AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT"])
def test_the_sdk_calls_the_special_endpoints(session: SdkSession, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "true")
    assert access_of(session, "eu-west-1").endpoint("dynamodb") is None


@pytest.mark.parametrize("line", ["endpoint_url = http://127.0.0.1:9", "services = own"])
def test_the_sdk_calls_an_endpoint_of_the_configuration_file(session: SdkSession, tmp_path: Path, line: str) -> None:
    (tmp_path / "config").write_text(f"[default]\n{line}\n")
    assert access_of(session, "eu-west-1").endpoint("dynamodb") is None


def test_the_sdk_calls_through_a_proxy(session: SdkSession, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    access = access_of(session, "eu-west-1")
    assert access.endpoint("dynamodb") is None
    monkeypatch.setenv("NO_PROXY", "dynamodb.eu-west-1.amazonaws.com")
    assert access.endpoint("dynamodb") == "https://dynamodb.eu-west-1.amazonaws.com"


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
    session: Any = Session()
    assert credentials_of(session) == Credentials(key_id="KEY1", secret="s", token="t")
    session.now += timedelta(minutes=30)
    assert credentials_of(session).key_id == "KEY1"
    session.now += timedelta(minutes=29)
    assert credentials_of(session).key_id == "KEY2"


def test_missing_credentials_are_the_error_of_botocore(session: SdkSession, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name)
    with pytest.raises(NoCredentialsError):
        credentials_of(session)
