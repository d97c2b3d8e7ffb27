"""The verdict of each error and each missing answer."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ConnectTimeoutError, ParamValidationError, ReadTimeoutError

from ses_stack.sending.adapters.verdicts import UNVERIFIED
from ses_stack.sending.answers import SesAnswer, Verdict
from tests.support.stubbed_ses import SesWorld, job


@pytest.mark.parametrize(
    ("code", "text", "status", "verdict"),
    [
        ("TooManyRequestsException", "Maximum sending rate exceeded.", 429, Verdict.THROTTLED),
        ("TooManyRequestsException", "Daily message quota exceeded.", 429, Verdict.QUOTA),
        ("SendingPausedException", "Sending paused for this account.", 400, Verdict.PAUSED),
        ("AccountSuspendedException", "Sending suspended.", 400, Verdict.PAUSED),
        ("MessageRejected", "Bad content", 400, Verdict.REJECTED),
        ("BadRequestException", "wrong", 400, Verdict.REJECTED),
        ("NotFoundException", "Template t does not exist.", 404, Verdict.REJECTED),
        ("SomethingNew", "?", 400, Verdict.REJECTED),
        ("LimitExceededException", "many", 400, Verdict.FAULT),
        ("AccessDeniedException", "no", 403, Verdict.FAULT),
        ("InternalServiceErrorException", "oops", 500, Verdict.FAULT),
        ("GatewayTimeout", "", 504, Verdict.UNCERTAIN),
    ],
)
def test_each_error_of_ses_has_a_verdict(code: str, text: str, status: int, verdict: Verdict) -> None:
    world = SesWorld()
    world.stub.add_client_error("send_email", code, text, status)
    (answer,) = world.send(job())
    assert answer.verdict is verdict
    assert answer.reason.startswith(code)


def test_reasons_contain_no_address() -> None:
    world = SesWorld()
    text = "Email address is not verified. The following identities failed: app@example.com"
    world.stub.add_client_error("send_email", "MessageRejected", text, 400)
    world.stub.add_client_error("send_email", "BadRequestException", "Bad: <ann@example.com>", 400)
    assert world.send(job()) == [SesAnswer(Verdict.REJECTED, UNVERIFIED)]
    assert world.send(job()) == [SesAnswer(Verdict.REJECTED, "BadRequestException: Bad: <(address)>")]


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        (ConnectTimeoutError(endpoint_url="x"), Verdict.FAULT),
        (ReadTimeoutError(endpoint_url="x"), Verdict.UNCERTAIN),
        (ParamValidationError(report="x"), Verdict.REJECTED),
    ],
)
def test_a_missing_answer_is_uncertain_only_if_ses_may_have_the_call(error: Exception, verdict: Verdict) -> None:
    world = SesWorld()

    def fails(**_: Any) -> None:
        raise error

    world.client.meta.events.register("provide-client-params.sesv2.*", fails)
    assert world.send(job())[0].verdict is verdict
    assert [answer.verdict for answer in world.send(job("a"), job("b"))] == [verdict] * 2


@pytest.mark.parametrize(
    ("code", "status", "verdict"),
    [
        ("Unheard", 429, Verdict.THROTTLED),
        ("ThrottledException", 400, Verdict.THROTTLED),
        ("RequestThrottled", 400, Verdict.THROTTLED),
        ("RequestTimeout", 408, Verdict.UNCERTAIN),
        ("Unheard", 400, Verdict.REJECTED),
    ],
)
def test_errors_that_ses_does_not_document(code: str, status: int, verdict: Verdict) -> None:
    world = SesWorld()
    world.stub.add_client_error("send_email", code, "x", status)
    assert world.send(job())[0].verdict is verdict
