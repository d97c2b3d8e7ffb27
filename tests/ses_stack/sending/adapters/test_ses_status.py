"""GetAccount for an operator's report, on botocore's Stubber."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from ses_stack.sending.adapters.ses_status import read_ses_status
from ses_stack.sending.operations.queue_report import SesStatus

ACCOUNT: dict[str, Any] = {
    "DedicatedIpAutoWarmupEnabled": True,
    "EnforcementStatus": "HEALTHY",
    "ProductionAccessEnabled": True,
    "SendQuota": {"Max24HourSend": 50_000.0, "MaxSendRate": 14.0, "SentLast24Hours": 100.0},
    "SendingEnabled": True,
}


def read(answer: dict[str, Any], paused: tuple[str, ...] = ()) -> SesStatus:
    client = boto3.client("sesv2")
    with Stubber(client) as ses:
        ses.add_response("get_account", answer, {})
        return read_ses_status(client, paused)


def test_the_answer_of_ses_is_read() -> None:
    assert read(ACCOUNT, ("marketing",)) == SesStatus(
        rate=14.0, most=50_000.0, sent=100.0, stopped=None, paused=("marketing",)
    )


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"SendingEnabled": False}, "sending is paused for the account"),
        ({"EnforcementStatus": "SHUTDOWN"}, "SES has suspended the account"),
        ({"EnforcementStatus": "SHUTDOWN", "SendingEnabled": False}, "SES has suspended the account"),
        ({"EnforcementStatus": "PROBATION"}, None),
    ],
)
def test_a_stopped_account_has_a_reason(change: dict[str, Any], reason: str | None) -> None:
    assert read(ACCOUNT | change).stopped == reason


def test_an_answer_without_a_quota_means_the_lowest_rate_and_no_limit() -> None:
    assert read({}) == SesStatus(rate=1.0, most=-1.0, sent=0.0, stopped=None)
