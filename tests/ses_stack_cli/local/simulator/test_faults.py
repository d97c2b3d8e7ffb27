"""Injected faults: which calls they strike, and for how long."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from ses_stack.aws.json_api import Answer
from ses_stack.sending.adapters.verdicts import answer_of_entry, answer_of_error
from ses_stack.sending.answers import Verdict
from ses_stack_cli.local.simulator.api.sending import bulk_status
from ses_stack_cli.local.simulator.faults import ANSWERS, ENTRY, Fault, FaultRequest, Faults
from tests.support.simulator import Clock
from tests.support.stubbed_ses import job


def test_a_fault_strikes_its_operation_for_its_number_of_calls() -> None:
    faults = Faults(Clock())
    fault = faults.add(FaultRequest(operation="SendEmail", answer="throttle", calls=2))
    assert faults.strike("GetAccount") is None
    assert [faults.strike("SendEmail") for _ in range(3)] == [fault, fault, None]
    assert faults.documents() == []


def test_a_fault_ends_after_its_seconds() -> None:
    clock = Clock()
    faults = Faults(clock)
    faults.add(FaultRequest(answer="error", seconds=10))
    clock.now += 9.9
    assert faults.strike("GetAccount")
    clock.now += 0.1
    assert faults.strike("GetAccount") is None


def test_the_oldest_fault_strikes_first() -> None:
    faults = Faults(Clock())
    faults.add(FaultRequest(answer="error", calls=1))
    faults.add(FaultRequest(answer="throttle"))
    assert [fault.answer for _ in range(2) if (fault := faults.strike("SendEmail"))] == ["error", "throttle"]


def test_an_entry_of_bulk_mail_is_struck_by_its_own_name_only() -> None:
    faults = Faults(Clock())
    faults.add(FaultRequest(answer="error"))
    assert faults.strike(ENTRY) is None
    faults.add(FaultRequest(operation=ENTRY, answer="throttle"))
    assert faults.strike(ENTRY)
    faults.clear()
    assert faults.strike(ENTRY) is None


@pytest.mark.parametrize(
    ("answer", "name", "status"),
    [
        ("throttle", "TooManyRequestsException", 429),
        ("quota", "TooManyRequestsException", 429),
        ("error", "InternalServiceErrorException", 500),
        ("unavailable", "ServiceUnavailableException", 503),
        ("NotFoundException", "NotFoundException", 404),
        ("MessageRejected", "MessageRejected", 400),
    ],
)
def test_the_error_of_a_fault(answer: str, name: str, status: int) -> None:
    error = Fault(operation="*", answer=answer).error()
    assert (error.name, error.status) == (name, status)
    assert Fault(operation="*", answer=answer, message="No more.").error().message == "No more."


def test_a_request_with_unknown_members_or_a_negative_time_is_refused() -> None:
    for body in ({"answer": "error", "count": 1}, {"answer": "timeout", "hold_seconds": -1}, {}):
        with pytest.raises(ValidationError):
            FaultRequest.model_validate(body)


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        ("throttle", Verdict.THROTTLED),
        ("quota", Verdict.QUOTA),
        ("quota-as-limit", Verdict.QUOTA),
        ("account-paused", Verdict.PAUSED),
        ("account-paused-by-name", Verdict.PAUSED),
        ("set-paused", Verdict.PAUSED),
        ("set-paused-by-name", Verdict.PAUSED),
        ("expired-credentials", Verdict.FAULT),
        ("wrong-clock", Verdict.FAULT),
        ("error", Verdict.FAULT),
        ("unavailable", Verdict.FAULT),
    ],
)
def test_the_sender_understands_each_answer_alone_and_in_bulk(answer: str, verdict: Verdict) -> None:
    fault = Faults(Clock()).add(FaultRequest(answer=answer)).error()
    error = Answer(fault.status, {"__type": fault.name, "message": fault.message})
    entry = {"Status": bulk_status(fault), "Error": fault.message}

    assert answer_of_error(error, job().request).verdict is verdict
    assert answer_of_entry(entry, job().request).verdict is verdict


def test_every_short_name_of_an_answer_is_tested() -> None:
    assert set(ANSWERS) == {
        *("throttle", "quota", "quota-as-limit", "account-paused", "account-paused-by-name", "set-paused"),
        *("set-paused-by-name", "expired-credentials", "wrong-clock", "error", "unavailable"),
    }
