"""SES through boto3, in the form of SES's API."""

from __future__ import annotations

from datetime import UTC, datetime

import boto3
from botocore.exceptions import EndpointConnectionError
from botocore.stub import Stubber

from ses_stack.aws.connections import Unanswered
from ses_stack.aws.json_api import Answer
from ses_stack.aws.sdk_ses import SdkSes


def test_times_are_the_seconds_that_ses_sends() -> None:
    client = boto3.client("sesv2")
    summary = {"EmailAddress": "a@x.org", "Reason": "BOUNCE", "LastUpdateTime": datetime(2026, 11, 25, tzinfo=UTC)}
    with Stubber(client) as stub:
        stub.add_response(
            "list_suppressed_destinations", {"SuppressedDestinationSummaries": [summary]}, {"PageSize": 9}
        )
        answer = SdkSes(client).call("ListSuppressedDestinations", {"PageSize": 9})

    summaries = [summary | {"LastUpdateTime": 1795564800.0}]
    assert answer == Answer(200, {"SuppressedDestinationSummaries": summaries})


def test_an_error_has_its_name_text_and_status() -> None:
    client = boto3.client("sesv2")
    with Stubber(client) as stub:
        stub.add_client_error("get_account", "TooManyRequestsException", "slow down", 429)
        answer = SdkSes(client).call("GetAccount", {})

    assert isinstance(answer, Answer)
    assert (answer.status, answer.error, answer.message) == (429, "TooManyRequestsException", "slow down")


def test_a_missing_answer_is_none() -> None:
    class Silent:
        def get_account(self) -> None:
            raise EndpointConnectionError(endpoint_url="x")

    assert SdkSes(Silent()).call("GetAccount", {}) == Unanswered(cause="EndpointConnectionError", sent=True)
