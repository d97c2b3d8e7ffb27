"""The account and its configuration sets, on botocore's Stubber."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from ses_stack.aws.sdk_ses import SdkSes
from ses_stack.errors import ServiceError
from ses_stack.guard.adapters.account import GuardedSes
from ses_stack.guard.health import Enforcement

QUOTA = {"MaxSendRate": 14.0, "Max24HourSend": 50_000.0, "SentLast24Hours": 1_000.0}


class StubbedGuardedSes:
    def __init__(self) -> None:
        client = boto3.client("sesv2")
        self.stub = Stubber(client)
        self.pauses: list[float] = []
        self.ses = GuardedSes(SdkSes(client), sleep=self.pauses.append)


@pytest.fixture
def stubbed() -> Iterator[StubbedGuardedSes]:
    stubbed = StubbedGuardedSes()
    with stubbed.stub:
        yield stubbed


def test_the_accounts_health_is_get_accounts_answer(stubbed: StubbedGuardedSes) -> None:
    answer = {"SendQuota": QUOTA, "EnforcementStatus": "PROBATION", "SendingEnabled": False}
    stubbed.stub.add_response("get_account", answer, {})
    found = stubbed.ses.health(5.0)
    assert (found.rate, found.most, found.count.sent, found.count.read_at) == (14, 50_000, 1_000, 5)
    assert (found.enforcement, found.sending_enabled) == (Enforcement.PROBATION, False)


@pytest.mark.parametrize(
    ("more", "enforcement"), [({}, Enforcement.HEALTHY), ({"EnforcementStatus": "UNDER_WATCH"}, None)]
)
def test_a_status_that_is_new_is_not_guessed(
    stubbed: StubbedGuardedSes, more: dict[str, Any], enforcement: Enforcement | None
) -> None:
    stubbed.stub.add_response("get_account", {"SendQuota": QUOTA, **more}, {})
    assert stubbed.ses.health(5.0).enforcement is enforcement


def test_an_answer_without_a_quota_is_no_answer(stubbed: StubbedGuardedSes) -> None:
    stubbed.stub.add_response("get_account", {}, {})
    with pytest.raises(ServiceError, match="no quota"):
        stubbed.ses.health(5.0)


def test_a_throttled_call_is_made_again_after_a_second(stubbed: StubbedGuardedSes) -> None:
    stubbed.stub.add_client_error("get_account", "TooManyRequestsException", http_status_code=429)
    stubbed.stub.add_response("get_account", {"SendQuota": QUOTA}, {})
    assert stubbed.ses.health(5.0).rate == 14
    assert stubbed.pauses == [1.1]


def test_a_call_that_stays_throttled_is_given_up(stubbed: StubbedGuardedSes) -> None:
    for _ in range(3):
        stubbed.stub.add_client_error("get_account", "TooManyRequestsException", http_status_code=429)
    with pytest.raises(ServiceError, match="GetAccount answers TooManyRequestsException"):
        stubbed.ses.health(5.0)


def test_a_refusal_is_not_repeated(stubbed: StubbedGuardedSes) -> None:
    stubbed.stub.add_client_error("get_configuration_set", "NotFoundException", http_status_code=404)
    with pytest.raises(ServiceError, match="GetConfigurationSet answers NotFoundException"):
        stubbed.ses.is_sending("s-marketing")
    assert stubbed.pauses == []


@pytest.mark.parametrize(
    ("answer", "sending"),
    [({"SendingOptions": {"SendingEnabled": False}}, False), ({"SendingOptions": {}}, True), ({}, True)],
)
def test_a_set_sends_unless_it_is_turned_off(stubbed: StubbedGuardedSes, answer: dict[str, Any], sending: bool) -> None:
    stubbed.stub.add_response("get_configuration_set", answer, {"ConfigurationSetName": "s-marketing"})
    assert stubbed.ses.is_sending("s-marketing") is sending


def test_a_set_is_turned_off(stubbed: StubbedGuardedSes) -> None:
    stubbed.stub.add_response(
        "put_configuration_set_sending_options",
        {},
        {"ConfigurationSetName": "s-marketing", "SendingEnabled": False},
    )
    stubbed.ses.set_sending("s-marketing", False)
    stubbed.stub.assert_no_pending_responses()
