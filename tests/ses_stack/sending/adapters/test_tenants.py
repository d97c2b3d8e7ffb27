"""The sending status of tenants, on botocore's Stubber."""

from __future__ import annotations

import asyncio
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from ses_stack.aws.sdk_ses import SdkSes
from ses_stack.aws.threads import Threads
from ses_stack.sending.adapters.tenants import SesTenants


@pytest.mark.parametrize(
    ("answer", "sending"),
    [
        ({"Tenant": {"TenantName": "acme", "SendingStatus": "ENABLED"}}, True),
        ({"Tenant": {"TenantName": "acme", "SendingStatus": "REINSTATED"}}, True),
        ({"Tenant": {"TenantName": "acme", "SendingStatus": "DISABLED"}}, False),
        ({"Tenant": {"TenantName": "acme"}}, True),
        ({}, True),
    ],
)
def test_a_tenant_sends_unless_ses_has_disabled_it(answer: dict[str, Any], sending: bool) -> None:
    client = boto3.client("sesv2")
    with Stubber(client) as ses:
        ses.add_response("get_tenant", answer, {"TenantName": "acme"})
        assert asyncio.run(SesTenants(SdkSes(client), threads=Threads(1)).is_sending("acme")) is sending


@pytest.mark.parametrize(
    ("code", "sending"), [("NotFoundException", True), ("TooManyRequestsException", None), ("AccessDenied", None)]
)
def test_an_error_says_nothing_except_that_there_is_no_tenant(code: str, sending: bool | None) -> None:
    client = boto3.client("sesv2")
    with Stubber(client) as ses:
        ses.add_client_error("get_tenant", code)
        assert asyncio.run(SesTenants(SdkSes(client), threads=Threads(1)).is_sending("acme")) is sending
