"""boto3's errors about attachments in S3, as verdicts about the message: SES was not called.

https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
"""

from __future__ import annotations

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError
from botocore.parsers import ResponseParserError

from ses_stack.aws.retry import is_transient
from ses_stack.sending.adapters.verdicts import INVALID_ANSWER_ERRORS, REPAIRABLE_CODES
from ses_stack.sending.answers import SesAnswer, Verdict

# What reading an object raises; the last ones for an answer that is not S3's.
S3_ERRORS = (ClientError, BotoCoreError, ResponseParserError, *INVALID_ANSWER_ERRORS)
_GONE = "is gone from its bucket"
_NO_BUCKET = "names a bucket that does not exist"
_DENIED = "lies where the sender may not read"
_OTHER_REGION = "lies in a bucket of another region"
_WHY_FINAL = {
    "404": _GONE,
    "NoSuchKey": _GONE,
    "NoSuchVersion": _GONE,
    "InvalidBucketName": _NO_BUCKET,
    "NoSuchBucket": _NO_BUCKET,
    "403": _DENIED,
    "AccessDenied": _DENIED,
    "AllAccessDisabled": _DENIED,
    "301": _OTHER_REGION,
    "AuthorizationHeaderMalformed": _OTHER_REGION,
    "PermanentRedirect": _OTHER_REGION,
    "InvalidObjectState": "is archived: S3 does not give it before it is restored",
}
_KMS_CODES = "KMS."
_REPAIRABLE_CODES = REPAIRABLE_CODES | {
    "OperationAborted",
    "RequestTimeout",
    "SlowDown",
    "TemporaryRedirect",
}


def answer_of_s3_error(field: str, error: Exception) -> SesAnswer:
    """One of `S3_ERRORS` as an answer. `field` names the attachment in the request."""
    if isinstance(error, ClientError):
        return _answer_of_client_error(field, error)
    is_final = isinstance(error, ParamValidationError)
    return SesAnswer(Verdict.REJECTED if is_final else Verdict.FAULT, f"{field}: {type(error).__name__}")


def _answer_of_client_error(field: str, error: ClientError) -> SesAnswer:
    code = error.response["Error"].get("Code", "")
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500)
    if code in _WHY_FINAL:
        return SesAnswer(Verdict.REJECTED, f"{field} {_WHY_FINAL[code]}")
    is_of_s3 = code != str(status)  # a proxy's page has no error code, and says nothing of the object
    if not is_of_s3 or code in _REPAIRABLE_CODES or is_transient(code.removeprefix(_KMS_CODES), status):
        return SesAnswer(Verdict.FAULT, f"{field}: S3 answers {code}")
    if code.startswith(_KMS_CODES):
        return SesAnswer(Verdict.REJECTED, f"{field} is encrypted with a KMS key that cannot be used: {code}")
    return SesAnswer(Verdict.REJECTED, f"{field}: S3 refuses it: {code}")
