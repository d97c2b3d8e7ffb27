"""Access to the local cloud's services: boto3 clients, and environment variables for other tools."""

from __future__ import annotations

from typing import Any

import boto3
from botocore.config import Config

from ses_stack_cli.local import state
from ses_stack_cli.local.state import LocalState

_CONFIG = Config(retries={"mode": "standard", "total_max_attempts": 3})


def client(running: LocalState, service: str) -> Any:
    """A boto3 client of the local cloud. That of `sesv2` calls the simulator."""
    return boto3.client(
        service,  # type: ignore[call-overload]
        endpoint_url=running.simulator if service == "sesv2" else running.endpoint,
        region_name=state.REGION,
        aws_access_key_id=state.ACCESS_KEY,
        aws_secret_access_key=state.SECRET_KEY,
        verify=running.certificate or None,
        config=_CONFIG,
    )


def environment(running: LocalState) -> dict[str, str]:
    """Variables that lead the AWS SDKs and the AWS CLI here. SES's calls go to the simulator."""
    return {
        "AWS_ENDPOINT_URL": running.endpoint,
        "AWS_ENDPOINT_URL_SESV2": running.simulator,
        "AWS_CA_BUNDLE": running.certificate,
        "AWS_REGION": state.REGION,
        "AWS_DEFAULT_REGION": state.REGION,
        "AWS_ACCESS_KEY_ID": state.ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": state.SECRET_KEY,
    }
