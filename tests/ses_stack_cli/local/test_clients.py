"""Access to the local cloud: SES is the simulator, all else the emulator."""

from __future__ import annotations

import pytest

from ses_stack_cli.local.clients import client, environment
from ses_stack_cli.local.state import LocalState

RUNNING = LocalState(
    stack="s", endpoint="https://127.0.0.1:1", simulator="http://127.0.0.1:2", cloud_pid=1, simulator_pid=1
)


@pytest.mark.parametrize(("service", "endpoint"), [("sesv2", "http://127.0.0.1:2"), ("sqs", "https://127.0.0.1:1")])
def test_a_clients_endpoint(service: str, endpoint: str) -> None:
    made = client(RUNNING, service)
    assert (made.meta.endpoint_url, made.meta.region_name) == (endpoint, "us-east-1")


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
