"""S3's errors about an attachment, as verdicts."""

from __future__ import annotations

import pytest
from botocore.exceptions import EndpointConnectionError, NoCredentialsError, ParamValidationError, ReadTimeoutError
from botocore.parsers import ResponseParserError

from ses_stack.sending.adapters.attachment_errors import S3_ERRORS, answer_of_s3_error
from ses_stack.sending.answers import SesAnswer, Verdict
from tests.support.stubbed_ses import s3_error

FIELD = "attachments[0]"


@pytest.mark.parametrize(
    ("code", "status", "verdict", "reason"),
    [
        ("NoSuchKey", 404, Verdict.REJECTED, "attachments[0] is gone from its bucket"),
        ("NoSuchBucket", 404, Verdict.REJECTED, "attachments[0] names a bucket that does not exist"),
        ("InvalidBucketName", 400, Verdict.REJECTED, "attachments[0] names a bucket that does not exist"),
        ("AccessDenied", 403, Verdict.REJECTED, "attachments[0] lies where the sender may not read"),
        ("PermanentRedirect", 301, Verdict.REJECTED, "attachments[0] lies in a bucket of another region"),
        ("InvalidObjectState", 403, Verdict.REJECTED, "attachments[0] is archived"),
        ("KMS.DisabledException", 400, Verdict.REJECTED, "attachments[0] is encrypted with a KMS key"),
        ("InvalidArgument", 400, Verdict.REJECTED, "attachments[0]: S3 refuses it: InvalidArgument"),
        ("KMS.ThrottlingException", 400, Verdict.FAULT, "attachments[0]: S3 answers KMS.ThrottlingException"),
        ("SlowDown", 503, Verdict.FAULT, "attachments[0]: S3 answers SlowDown"),
        ("TemporaryRedirect", 307, Verdict.FAULT, "attachments[0]: S3 answers TemporaryRedirect"),
        ("OperationAborted", 409, Verdict.FAULT, "attachments[0]: S3 answers OperationAborted"),
        ("302", 302, Verdict.FAULT, "attachments[0]: S3 answers 302"),
        ("407", 407, Verdict.FAULT, "attachments[0]: S3 answers 407"),
        ("404", 404, Verdict.REJECTED, "attachments[0] is gone from its bucket"),
        ("InternalError", 500, Verdict.FAULT, "attachments[0]: S3 answers InternalError"),
        ("RequestTimeout", 400, Verdict.FAULT, "attachments[0]: S3 answers RequestTimeout"),
        ("ExpiredToken", 400, Verdict.FAULT, "attachments[0]: S3 answers ExpiredToken"),
        ("InvalidAccessKeyId", 403, Verdict.FAULT, "attachments[0]: S3 answers InvalidAccessKeyId"),
        ("RequestTimeTooSkewed", 403, Verdict.FAULT, "attachments[0]: S3 answers RequestTimeTooSkewed"),
    ],
)
def test_what_s3_refuses_for_ever_is_final(code: str, status: int, verdict: Verdict, reason: str) -> None:
    answer = answer_of_s3_error(FIELD, s3_error(code, status))

    assert answer.verdict is verdict
    assert answer.reason.startswith(reason)


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        (EndpointConnectionError(endpoint_url="x"), Verdict.FAULT),
        (ReadTimeoutError(endpoint_url="x"), Verdict.FAULT),
        (NoCredentialsError(), Verdict.FAULT),
        (ResponseParserError("<html>"), Verdict.FAULT),
        (ParamValidationError(report="Invalid bucket name"), Verdict.REJECTED),
    ],
)
def test_s3_without_an_answer_is_a_fault(error: Exception, verdict: Verdict) -> None:
    assert isinstance(error, S3_ERRORS)
    assert answer_of_s3_error(FIELD, error) == SesAnswer(verdict, f"attachments[0]: {type(error).__name__}")
