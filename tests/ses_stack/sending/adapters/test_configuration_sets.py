"""The switches of configuration sets, on botocore's Stubber."""

from __future__ import annotations

import asyncio
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from ses_stack.aws.sdk_ses import SdkSes
from ses_stack.aws.threads import Threads
from ses_stack.sending.adapters.configuration_sets import SesConfigurationSets, SesStreamSwitches


@pytest.mark.parametrize(
    ("answer", "sending"),
    [
        ({"SendingOptions": {"SendingEnabled": True}}, True),
        ({"SendingOptions": {"SendingEnabled": False}}, False),
        ({"SendingOptions": {}}, True),
        ({}, True),
    ],
)
def test_a_set_is_sending_unless_ses_answers_otherwise(answer: dict[str, Any], sending: bool) -> None:
    client = boto3.client("sesv2")
    with Stubber(client) as ses:
        ses.add_response("get_configuration_set", answer, {"ConfigurationSetName": "s-marketing"})
        assert SesConfigurationSets(client).is_sending("s-marketing") is sending


def test_sending_is_turned_off() -> None:
    client = boto3.client("sesv2")
    with Stubber(client) as ses:
        expected = {"ConfigurationSetName": "s-marketing", "SendingEnabled": False}
        ses.add_response("put_configuration_set_sending_options", {}, expected)
        SesConfigurationSets(client).set_sending("s-marketing", False)
        ses.assert_no_pending_responses()


def test_an_error_of_ses_passes_through() -> None:
    client = boto3.client("sesv2")
    with Stubber(client) as ses:
        ses.add_client_error("get_configuration_set", "NotFoundException")
        with pytest.raises(ClientError, match="NotFoundException"):
            SesConfigurationSets(client).is_sending("none")


def test_a_worker_asks_about_the_stream_of_its_own_stack() -> None:
    client = boto3.client("sesv2")
    switches = SesStreamSwitches(SdkSes(client), stack="s", threads=Threads(1))
    with Stubber(client) as ses:
        expected = {"ConfigurationSetName": "s-marketing"}
        ses.add_response("get_configuration_set", {"SendingOptions": {"SendingEnabled": False}}, expected)
        assert asyncio.run(switches.is_sending("marketing")) is False
        ses.add_client_error("get_configuration_set", "TooManyRequestsException", http_status_code=429)
        assert asyncio.run(switches.is_sending("marketing")) is None
