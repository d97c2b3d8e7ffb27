"""Attachments that were too large for a queue, read from the stack's bucket.

A request only names an object: any sender to the queue may have written it. So no bucket is read but the stack's own,
no object is believed to be as small as the request says, and no more is read than SES takes in one message.
https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError
from botocore.parsers import ResponseParserError

from ses_stack.aws.retry import is_transient
from ses_stack.requests.message_size import message_bytes
from ses_stack.requests.request import ATTACHMENT_PREFIX, MAX_MESSAGE_BYTES, Attachment, SendRequest
from ses_stack.sending.adapters.verdicts import INVALID_ANSWER_ERRORS, REPAIRABLE_CODES
from ses_stack.sending.answers import SesAnswer, Verdict

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
_REPAIRABLE_CODES = REPAIRABLE_CODES | {"RequestTimeout", "SlowDown"}


class ObjectReader(Protocol):
    """The one method of boto3's S3 client that the sender needs."""

    def get_object(self, *, Bucket: str, Key: str) -> Any:  # noqa: N803
        """Opens an object."""


class AttachmentError(Exception):
    """An attachment could not be read. `answer` replaces SES's; the error never leaves the adapter."""

    def __init__(self, answer: SesAnswer) -> None:
        super().__init__(answer.reason)
        self.answer = answer


class AttachmentReader:
    """Reads what applications stored under `attachments/` of the stack's bucket."""

    def __init__(self, client: Callable[[], ObjectReader], *, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def contents(self, request: SendRequest) -> list[bytes]:
        """Each attachment's content, inline or stored. Raises `AttachmentError`."""
        measured = [replace(each, size=None) for each in request.attachments]
        contents: list[bytes] = []
        for number, attachment in enumerate(request.attachments):
            if attachment.content is not None:
                contents.append(attachment.content)
                continue

            def fits(size: int, number: int = number) -> bool:
                measured[number] = replace(measured[number], size=size)
                return message_bytes(replace(request, attachments=tuple(measured))) <= MAX_MESSAGE_BYTES

            contents.append(self._stored(f"attachments[{number}]", attachment, fits))
        return contents

    def _stored(self, field: str, attachment: Attachment, fits: Callable[[int], bool]) -> bytes:
        key = attachment.key or ""
        if attachment.bucket != self._bucket or not key.startswith(ATTACHMENT_PREFIX):
            raise _final(field, f"does not lie under {ATTACHMENT_PREFIX} of the stack's bucket")
        try:
            answer = self._client().get_object(Bucket=self._bucket, Key=key)
            with closing(answer["Body"]) as body:
                size = int(answer["ContentLength"])
                if not fits(size):
                    raise _final(field, f"makes a message of more than the {MAX_MESSAGE_BYTES} bytes that SES takes")
                content: bytes = body.read(size)
        except (ClientError, BotoCoreError, ResponseParserError, *INVALID_ANSWER_ERRORS) as error:
            raise AttachmentError(_answer_of_error(field, error)) from error
        if len(content) < size:
            raise AttachmentError(SesAnswer(Verdict.FAULT, f"{field}: S3's answer broke off"))
        return content


def _final(field: str, reason: str) -> AttachmentError:
    return AttachmentError(SesAnswer(Verdict.REJECTED, f"{field} {reason}"))


def _answer_of_error(field: str, error: Exception) -> SesAnswer:
    """An error of S3 as an answer: SES was not called."""
    if isinstance(error, ClientError):
        return _answer_of_client_error(field, error)
    is_final = isinstance(error, ParamValidationError)
    return SesAnswer(Verdict.REJECTED if is_final else Verdict.FAULT, f"{field}: {type(error).__name__}")


def _answer_of_client_error(field: str, error: ClientError) -> SesAnswer:
    code = error.response["Error"].get("Code", "")
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500)
    if code in _WHY_FINAL:
        return SesAnswer(Verdict.REJECTED, f"{field} {_WHY_FINAL[code]}")
    if code in _REPAIRABLE_CODES or is_transient(code.removeprefix(_KMS_CODES), status):
        return SesAnswer(Verdict.FAULT, f"{field}: S3 answers {code}")
    if code.startswith(_KMS_CODES):
        return SesAnswer(Verdict.REJECTED, f"{field} is encrypted with a KMS key that cannot be used: {code}")
    return SesAnswer(Verdict.REJECTED, f"{field}: S3 refuses it: {code}")
