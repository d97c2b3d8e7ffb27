"""SES's answers, and the SDK's exceptions, as verdicts about the message.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html#API_SendEmail_Errors
https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_BulkEmailEntryResult.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
)
from botocore.exceptions import ConnectionError as NetworkError

from ses_stack.sending.answers import SesAnswer, Verdict

# What botocore and this module raise for an answer that is not SES's, such as a broken proxy's.
INVALID_ANSWER_ERRORS = (AttributeError, KeyError, TypeError, ValueError)
INVALID_ANSWER = SesAnswer(Verdict.UNCERTAIN, "SES's answer makes no sense")
UNVERIFIED = "the sender's identity is not verified in SES"
_ADDRESS = re.compile(r"[^\s<>,;:]+@[^\s<>,;:]+")
_LONGEST_REASON = 300
_BY_ERROR_CODE = {
    "SendingPausedException": Verdict.PAUSED,
    "AccountSuspendedException": Verdict.PAUSED,
    "LimitExceededException": Verdict.FAULT,
    "MessageRejected": Verdict.REJECTED,
    "BadRequestException": Verdict.REJECTED,
    "NotFoundException": Verdict.REJECTED,
    "MailFromDomainNotVerifiedException": Verdict.REJECTED,
}
# The status of an entry of SendBulkEmail, with SendEmail's name for the same error: operators search for one name.
_BY_ENTRY_STATUS = {
    "MESSAGE_REJECTED": ("MessageRejected", Verdict.REJECTED),
    "MAIL_FROM_DOMAIN_NOT_VERIFIED": ("MailFromDomainNotVerifiedException", Verdict.REJECTED),
    "CONFIGURATION_SET_NOT_FOUND": ("NotFoundException", Verdict.REJECTED),
    "TEMPLATE_NOT_FOUND": ("NotFoundException", Verdict.REJECTED),
    "INVALID_SENDING_POOL_NAME": ("BadRequestException", Verdict.REJECTED),
    "INVALID_PARAMETER": ("BadRequestException", Verdict.REJECTED),
    "ACCOUNT_SUSPENDED": ("AccountSuspendedException", Verdict.PAUSED),
    "ACCOUNT_SENDING_PAUSED": ("SendingPausedException", Verdict.PAUSED),
    "CONFIGURATION_SET_SENDING_PAUSED": ("SendingPausedException", Verdict.PAUSED),
    "ACCOUNT_THROTTLED": ("TooManyRequestsException", Verdict.THROTTLED),
    "ACCOUNT_DAILY_QUOTA_EXCEEDED": ("TooManyRequestsException", Verdict.QUOTA),
    "TRANSIENT_FAILURE": ("InternalServiceErrorException", Verdict.FAULT),
}


def answer_of_message(answer: Mapping[str, Any]) -> SesAnswer:
    """SendEmail's answer. Raises one of `INVALID_ANSWER_ERRORS` if it is not SES's."""
    return SesAnswer(Verdict.ACCEPTED, message_id=_message_id(answer))


def answer_of_entry(result: Mapping[str, Any]) -> SesAnswer:
    """SendBulkEmail's answer to one message. Raises one of `INVALID_ANSWER_ERRORS` if it is not SES's."""
    status = result.get("Status", "")
    if status == "SUCCESS":
        return SesAnswer(Verdict.ACCEPTED, message_id=_message_id(result))
    text = result.get("Error", "")
    if "not verified" in text:
        return SesAnswer(Verdict.REJECTED, UNVERIFIED)
    name, verdict = _BY_ENTRY_STATUS.get(status, (status, Verdict.FAULT))
    return SesAnswer(verdict, _without_addresses(f"{name}: {text}"))


def answer_of_error(error: ClientError | BotoCoreError) -> SesAnswer:
    """The SDK's exception as an answer.

    SendEmail has no idempotency token: if SES may have received the call, the verdict is `UNCERTAIN`.
    """
    if isinstance(error, ClientError):
        return _answer_of_client_error(error)
    if isinstance(error, ConnectTimeoutError | EndpointConnectionError):
        return SesAnswer(Verdict.FAULT, f"SES cannot be reached: {type(error).__name__}")
    if isinstance(error, NetworkError | HTTPClientError):
        return SesAnswer(Verdict.UNCERTAIN, f"SES did not answer: {type(error).__name__}")
    return SesAnswer(Verdict.REJECTED, _without_addresses(f"{type(error).__name__}: {error}"))


def answer_of_attachment(number: int, error: ClientError | BotoCoreError) -> SesAnswer:
    """S3's error for an attachment, given by its place in the request, as an answer: SES is not called."""
    name = f"attachments[{number}]"
    if not isinstance(error, ClientError):
        return SesAnswer(Verdict.FAULT, f"{name}: {type(error).__name__}")
    code = error.response["Error"].get("Code", "")
    if code in {"NoSuchKey", "NoSuchBucket", "404"}:
        return SesAnswer(Verdict.REJECTED, f"{name} is gone from its bucket")
    if code in {"AccessDenied", "403"}:
        return SesAnswer(Verdict.REJECTED, f"{name} lies where the sender may not read")
    return SesAnswer(Verdict.FAULT, f"{name}: S3 answers {code}")


def _answer_of_client_error(error: ClientError) -> SesAnswer:
    code, text = error.response["Error"].get("Code", ""), error.response["Error"].get("Message", "")
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500)
    reason = _without_addresses(f"{code}: {text}")
    if status == 429 or code == "TooManyRequestsException" or "throttl" in code.lower():
        return SesAnswer(Verdict.QUOTA if "quota" in text.lower() else Verdict.THROTTLED, reason)
    if "not verified" in text:
        return SesAnswer(Verdict.REJECTED, UNVERIFIED)
    if status in {408, 504}:  # a proxy or gateway has stopped waiting for SES, which may still send
        return SesAnswer(Verdict.UNCERTAIN, reason)
    if status >= 500 or status == 403:
        return SesAnswer(Verdict.FAULT, reason)
    return SesAnswer(_BY_ERROR_CODE.get(code, Verdict.REJECTED), reason)


def _message_id(answer: Mapping[str, Any]) -> str:
    message_id = answer["MessageId"]
    if not isinstance(message_id, str):
        raise TypeError("MessageId")
    return message_id


def _without_addresses(text: str) -> str:
    return _ADDRESS.sub("(address)", text)[:_LONGEST_REASON]
