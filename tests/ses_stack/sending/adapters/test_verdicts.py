"""The verdict of each error and each missing answer. docs/sending.md has the same table for operators."""

from __future__ import annotations

import re
from typing import Any

import boto3
import pytest

from ses_stack.aws.connections import Unanswered
from ses_stack.aws.json_api import Answer
from ses_stack.sending.adapters import verdicts
from ses_stack.sending.adapters.verdicts import (
    BOTH_UNVERIFIED,
    RECIPIENT_UNVERIFIED,
    SENDER_UNVERIFIED,
    UNVERIFIED,
    answer_of_error,
)
from ses_stack.sending.answers import SesAnswer, Verdict
from tests.support.paths import ROOT
from tests.support.stubbed_ses import SesWorld, job

PAUSED_ACCOUNT = (
    "Sending paused for this account. For more information, please check the inbox of the email address associated"
    " with your AWS account."
)
ERRORS = [
    ("TooManyRequestsException", "Maximum sending rate exceeded.", 429, Verdict.THROTTLED),
    ("TooManyRequestsException", "Daily message quota exceeded.", 429, Verdict.QUOTA),
    ("Throttling", "Daily message quota exceeded", 400, Verdict.QUOTA),
    ("Throttling", "Maximum sending rate exceeded.", 400, Verdict.THROTTLED),
    ("LimitExceededException", "Daily message quota exceeded.", 400, Verdict.QUOTA),
    ("LimitExceededException", "Daily sending quota exceeded", 400, Verdict.QUOTA),
    ("LimitExceededException", "many", 400, Verdict.FAULT),
    ("SendingPausedException", "Sending paused for this account.", 400, Verdict.PAUSED),
    ("AccountSendingPausedException", "Email sending is disabled for your account.", 400, Verdict.PAUSED),
    ("ConfigurationSetSendingPausedException", "Email sending is disabled for the set x.", 400, Verdict.PAUSED),
    ("AccountSuspendedException", "Sending suspended.", 400, Verdict.PAUSED),
    ("MessageRejected", PAUSED_ACCOUNT, 400, Verdict.PAUSED),
    ("MessageRejected", "Sending paused for configuration set <x>. For more information, ...", 400, Verdict.PAUSED),
    ("BadRequestException", "Email sending is disabled for the configuration set x", 400, Verdict.PAUSED),
    ("MessageRejected", "Bad content", 400, Verdict.REJECTED),
    ("BadRequestException", "wrong", 400, Verdict.REJECTED),
    ("NotFoundException", "Template t does not exist.", 404, Verdict.REJECTED),
    ("MailFromDomainNotVerifiedException", "MAIL FROM is pending", 400, Verdict.REJECTED),
    ("MailFromDomainNotVerifiedException", "MAIL FROM domain of a is not verified.", 400, Verdict.REJECTED),
    ("RequestEntityTooLargeException", "?", 413, Verdict.REJECTED),
    ("413", "<html>", 413, Verdict.REJECTED),
    ("SomethingNew", "?", 400, Verdict.REJECTED),
    ("AccessDeniedException", "no", 403, Verdict.FAULT),
    ("AccessDenied", "no", 400, Verdict.FAULT),
    ("ExpiredTokenException", "The security token included in the request is expired", 403, Verdict.FAULT),
    ("ExpiredToken", "expired", 400, Verdict.FAULT),
    ("IncompleteSignature", "?", 400, Verdict.FAULT),
    ("InvalidClientTokenId", "The security token included in the request is invalid.", 403, Verdict.FAULT),
    ("InvalidSignatureException", "Signature expired", 400, Verdict.FAULT),
    ("NotAuthorized", "?", 401, Verdict.FAULT),
    ("RequestExpired", "?", 400, Verdict.FAULT),
    ("RequestTimeTooSkewed", "?", 403, Verdict.FAULT),
    ("RequestTimeoutException", "?", 408, Verdict.FAULT),
    ("SignatureDoesNotMatch", "Signature not yet current", 403, Verdict.FAULT),
    ("UnrecognizedClientException", "?", 400, Verdict.FAULT),
    ("ProxyAuthenticationRequired", "?", 407, Verdict.FAULT),
    ("UnknownOperationException", "", 404, Verdict.FAULT),
    ("MalformedHttpRequestException", "?", 400, Verdict.FAULT),
    *((str(status), "<html>", status, Verdict.FAULT) for status in (301, 302, 307, 400, 402, 404, 405, 411, 421, 451)),
    ("TransactionConflictException", "?", 400, Verdict.FAULT),
    ("ConflictException", "?", 409, Verdict.FAULT),
    ("ConcurrentModificationException", "?", 500, Verdict.FAULT),
    ("ServiceUnavailable", "?", 503, Verdict.FAULT),
    ("InternalServiceErrorException", "oops", 500, Verdict.FAULT),
    ("RequestAbortedException", "?", 400, Verdict.UNCERTAIN),
    ("GatewayTimeout", "", 504, Verdict.UNCERTAIN),
    ("502", "Bad Gateway", 502, Verdict.UNCERTAIN),
    ("408", "Request Timeout", 408, Verdict.UNCERTAIN),
]


@pytest.mark.parametrize(("code", "text", "status", "verdict"), ERRORS)
def test_each_error_of_ses_has_a_verdict(code: str, text: str, status: int, verdict: Verdict) -> None:
    world = SesWorld()
    world.stub.add_client_error("send_email", code, text, status)
    (answer,) = world.send(job())
    assert answer.verdict is verdict
    assert answer.reason.startswith(code)


def test_every_error_that_botocores_model_of_sending_names_has_a_verdict() -> None:
    model = boto3.client("sesv2").meta.service_model
    names = {
        shape.name for name in ("SendEmail", "SendBulkEmail") for shape in model.operation_model(name).error_shapes
    }
    assert names <= {code for code, *_ in ERRORS}


def test_every_status_of_an_entry_in_botocores_model_has_a_verdict() -> None:
    statuses = set(boto3.client("sesv2").meta.service_model.shape_for("BulkEmailStatus").enum)
    assert statuses - {"SUCCESS", "FAILED"} == set(verdicts._BY_ENTRY_STATUS)


@pytest.mark.parametrize(
    ("status", "text", "verdict"),
    [
        ("MESSAGE_REJECTED", PAUSED_ACCOUNT, Verdict.PAUSED),
        ("MESSAGE_REJECTED", "Bad content", Verdict.REJECTED),
        ("FAILED", "ConfigurationSetSendingPausedException: the set is off", Verdict.PAUSED),
        ("FAILED", "AccountSendingPausedException", Verdict.PAUSED),
        ("FAILED", "Daily message quota exceeded.", Verdict.QUOTA),
        ("FAILED", "?", Verdict.FAULT),
        ("ACCOUNT_SENDING_PAUSED", "", Verdict.PAUSED),
        ("CONFIGURATION_SET_SENDING_PAUSED", "", Verdict.PAUSED),
        ("ACCOUNT_DAILY_QUOTA_EXCEEDED", "", Verdict.QUOTA),
        ("ACCOUNT_THROTTLED", "", Verdict.THROTTLED),
        ("TRANSIENT_FAILURE", "", Verdict.FAULT),
        ("SOMETHING_NEW", "", Verdict.FAULT),
    ],
)
def test_each_entry_of_a_bulk_call_has_a_verdict(status: str, text: str, verdict: Verdict) -> None:
    answer = verdicts.answer_of_entry({"Status": status, "Error": text}, job().request)
    assert answer.verdict is verdict


CHECK = "Email address is not verified. The following identities failed the check in region EU-WEST-1: "


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (f"{CHECK}app@example.com", SENDER_UNVERIFIED),
        (f"{CHECK}App <App@Example.com>", SENDER_UNVERIFIED),
        (f"{CHECK}ann@other.example", RECIPIENT_UNVERIFIED),
        (f"{CHECK}x@x.example, Ann@other.example", RECIPIENT_UNVERIFIED),
        (f"{CHECK}app@example.com, ann@other.example", BOTH_UNVERIFIED),
        (f"{CHECK}example.com", SENDER_UNVERIFIED),
        (f"{CHECK}arn", UNVERIFIED),
        ("Email address is not verified.", UNVERIFIED),
    ],
)
def test_the_reason_tells_whose_identity_is_not_verified(text: str, reason: str) -> None:
    """In the sandbox, a recipient's address must be verified too."""
    request = job(to=["ann@other.example"]).request
    error = Answer(400, {"__type": "MessageRejected", "message": text})
    assert answer_of_error(error, request) == SesAnswer(Verdict.REJECTED, reason)
    entry = {"Status": "MESSAGE_REJECTED", "Error": text}
    assert verdicts.answer_of_entry(entry, request) == SesAnswer(Verdict.REJECTED, reason)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (f"{CHECK}ben@other.example", f"{RECIPIENT_UNVERIFIED}: to[1]"),
        (f"{CHECK}dan@other.example, BEN@other.example", f"{RECIPIENT_UNVERIFIED}: to[1], bcc[0]"),
        (f"{CHECK}app@example.com, cat@third.example", f"{BOTH_UNVERIFIED}: cc[0]"),
        (f"{CHECK}third.example", f"{RECIPIENT_UNVERIFIED}: cc[0]"),
        ("Illegal address: <ben@other.example>.", "MessageRejected: Illegal address: <(to[1])>."),
        ("Bad Cat@third.example from 'app@example.com'", "MessageRejected: Bad (cc[0]) from (from)"),
        ("Bad x@y.example", "MessageRejected: Bad (address)"),
    ],
)
def test_the_reason_names_the_recipient_of_several_by_field(text: str, reason: str) -> None:
    """The ledger and the dead letter show the reason, and so do logs, in which addresses do not belong."""
    fields = {"to": ["ann@other.example", "ben@other.example"], "cc": ["cat@third.example"]}
    request = job(**fields, bcc=["dan@other.example"]).request
    entry = {"Status": "MESSAGE_REJECTED", "Error": text}
    assert verdicts.answer_of_entry(entry, request) == SesAnswer(Verdict.REJECTED, reason)


RESOURCES = "Tenant not associated with resources [arn:aws:ses:eu-west-1:123456789012:identity/app@example.com{}]."


@pytest.mark.parametrize(
    ("more", "missing"),
    [
        ("", "identity"),
        (", arn:aws:ses:eu-west-1:123456789012:configuration-set/shop", "identity and configuration set"),
        (", arn:aws-cn:ses:cn-north-1:123456789012:template/may", "identity and template"),
    ],
)
def test_a_tenant_without_its_associations_is_a_fault_that_an_operator_repairs(more: str, missing: str) -> None:
    """The mail waits: CreateTenantResourceAssociation lets it go out."""
    error = Answer(403, {"__type": "AccessDeniedException", "message": RESOURCES.format(more)})
    reason = f"the tenant is not associated in SES with the message's {missing}"
    assert answer_of_error(error, job().request) == SesAnswer(Verdict.FAULT, reason)


def test_reasons_contain_only_what_an_attribute_of_sqs_takes() -> None:
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html"""
    error = Answer(400, {"__type": "MessageRejected", "message": "Bad\x00 \ud800\ufffe text\n"})
    assert answer_of_error(error, job().request) == SesAnswer(Verdict.REJECTED, "MessageRejected: Bad     text ")


@pytest.mark.parametrize("message_id", [None, "", 5])
def test_an_answer_without_a_message_id_is_none(message_id: object) -> None:
    with pytest.raises(verdicts.INVALID_ANSWER_ERRORS):
        verdicts.answer_of_message({"MessageId": message_id})


def test_reasons_contain_no_address() -> None:
    world = SesWorld()
    world.stub.add_client_error("send_email", "BadRequestException", "Bad: <ann@example.com>", 400)
    assert world.send(job()) == [SesAnswer(Verdict.REJECTED, "BadRequestException: Bad: <(to[0])>")]


@pytest.mark.parametrize(
    ("missing", "verdict", "reason"),
    [
        (
            Unanswered(cause="ConnectionRefusedError", sent=False),
            Verdict.FAULT,
            "SES cannot be reached: ConnectionRefusedError",
        ),
        (Unanswered(cause="TimeoutError", sent=True), Verdict.UNCERTAIN, "SES did not answer: TimeoutError"),
        (
            Unanswered(cause="ConnectionResetError", sent=True, stale=True),
            Verdict.UNCERTAIN,
            "SES did not answer: ConnectionResetError",
        ),
    ],
)
def test_a_missing_answer_is_uncertain_only_if_ses_may_have_the_call(
    missing: Unanswered, verdict: Verdict, reason: str
) -> None:
    class Silent:
        def call(self, *_: Any) -> Unanswered:
            return missing

    world = SesWorld()
    world.ses._calls = Silent()
    assert world.send(job()) == [SesAnswer(verdict, reason)]
    assert world.send(job("a"), job("b")) == [SesAnswer(verdict, reason)] * 2


def test_the_table_of_the_documentation_is_the_codes_own() -> None:
    """Each error that the code knows stands in the row of its verdict."""
    page = (ROOT / "docs" / "sending.md").read_text(encoding="utf-8")
    table = page.partition("## SES's answers\n")[2].partition("\n## ")[0]
    documented = {
        (row[1], code)
        for row in re.finditer(r"^\| `(\w+)`[^|]*\|([^|]*)\|", table, re.MULTILINE)
        for code in re.findall(r"`(\w+)`", row[2])
    }
    assert {(verdict.value, code) for code, verdict in verdicts._BY_ERROR_CODE.items()} <= documented
