"""Access to the local cloud: SES is the simulator, all else the emulator."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ses_stack_cli.local import certificate
from ses_stack_cli.local.clients import client, environment, session
from ses_stack_cli.local.state import LocalState
from tests.support.scripted_server import ScriptedServer

RUNNING = LocalState(
    stack="s", endpoint="https://127.0.0.1:1", simulator="http://127.0.0.1:2", cloud_pid=1, simulator_pid=1
)


@pytest.mark.parametrize(("service", "endpoint"), [("sesv2", "http://127.0.0.1:2"), ("sqs", "https://127.0.0.1:1")])
def test_a_clients_endpoint(service: str, endpoint: str) -> None:
    made = client(RUNNING, service)
    assert (made.meta.endpoint_url, made.meta.region_name) == (endpoint, "us-east-1")


def test_no_configuration_of_the_user_reaches_a_client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A profile that is missing, a proxy, a certificate, an endpoint and settings of another purpose."""
    configuration = tmp_path / "config"
    configuration.write_text("[default]\nendpoint_url = http://127.0.0.1:9\nca_bundle = /nowhere\nmax_attempts = x\n")
    for name, value in {
        "AWS_PROFILE": "nowhere",
        "AWS_CONFIG_FILE": str(configuration),
        "AWS_CA_BUNDLE": "/nowhere",
        "AWS_MAX_ATTEMPTS": "x",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_USE_FIPS_ENDPOINT": "true",
        "HTTP_PROXY": "http://127.0.0.1:9",
        "HTTPS_PROXY": "http://127.0.0.1:9",
    }.items():
        monkeypatch.setenv(name, value)
    session.cache_clear()
    pair = certificate.make(tmp_path)
    server = ScriptedServer([b"HTTP/1.1 200 OK\r\nContent-Length: 17\r\n\r\n" + b'{"QueueUrls": []}'], certificate=pair)
    made = client(replace(RUNNING, endpoint=server.url, certificate=str(pair[0])), "sqs")
    assert made.list_queues()["QueueUrls"] == []
    server.close()


def test_the_variables_for_other_tools() -> None:
    assert environment(RUNNING) == {
        "AWS_ENDPOINT_URL": "https://127.0.0.1:1",
        "AWS_ENDPOINT_URL_SESV2": "http://127.0.0.1:2",
        "AWS_CA_BUNDLE": "",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }


def test_behind_a_proxy_other_tools_call_loopback_directly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    assert environment(RUNNING)["NO_PROXY"] == "127.0.0.1,localhost"
