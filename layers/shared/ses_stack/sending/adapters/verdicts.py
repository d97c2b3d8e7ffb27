"""SES's answers, and calls without an answer, as verdicts about the message.

docs/sending.md has the table. An error that this module does not know has the verdict of its HTTP status.
https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html#API_SendEmail_Errors
https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_BulkEmailEntryResult.html
https://docs.aws.amazon.com/ses/latest/APIReference-V2/CommonErrors.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ses_stack.aws.connections import Unanswered
from ses_stack.aws.json_api import Answer
from ses_stack.aws.retry import is_throttling, is_transient
from ses_stack.requests.request import SendRequest
from ses_stack.sending.answers import SesAnswer, Verdict

# What this module raises for an answer that is not SES's, such as a broken proxy's.
INVALID_ANSWER_ERRORS = (AttributeError, KeyError, TypeError, ValueError)
INVALID_ANSWER = SesAnswer(Verdict.UNCERTAIN, "SES's answer makes no sense")
SENDER_UNVERIFIED = "the sender's identity is not verified in SES"
RECIPIENT_UNVERIFIED = "the account is in the sandbox, and a recipient's address is not verified in SES"
BOTH_UNVERIFIED = "neither the sender's identity nor, for the sandbox, a recipient's address is verified in SES"
UNVERIFIED = "an identity is not verified in SES: the sender's or, in the sandbox, a recipient's"

TENANT_NOT_ASSOCIATED = "the tenant is not associated in SES with the message's"

_MAIL_FROM = "MailFromDomainNotVerifiedException"
_ADDRESS = re.compile(r"[^\s<>,;:]+@[^\s<>,;:]+")
_PAUSED = re.compile(r"sending (?:is )?(?:paused|disabled)|SendingPausedException", re.IGNORECASE)
_DAILY_QUOTA = re.compile(r"daily (?:\w+ )?quota", re.IGNORECASE)
_SES_RESOURCE = re.compile(r"arn:[^:]+:ses:[^:]*:[^:]*:(identity|configuration-set|template)/")
_QUOTES = "'\".()`"
_LONGEST_REASON = 300
# Of the permissions, the credentials or the clock: an operator repairs them.
REPAIRABLE_CODES = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignature",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "InvalidToken",
        "MissingAuthenticationToken",
        "NotAuthorized",
        "OptInRequired",
        "RequestExpired",
        "RequestTimeTooSkewed",
        "RequestTimeoutException",  # the request arrived more than 15 minutes after its date
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
_BY_ERROR_CODE = dict.fromkeys(REPAIRABLE_CODES, Verdict.FAULT) | {
    "AccountSendingPausedException": Verdict.PAUSED,
    "AccountSuspendedException": Verdict.PAUSED,
    "ConfigurationSetSendingPausedException": Verdict.PAUSED,
    "SendingPausedException": Verdict.PAUSED,
    # These pass.
    "ConcurrentModificationException": Verdict.FAULT,
    "ConflictException": Verdict.FAULT,
    "LimitExceededException": Verdict.FAULT,
    # Another program than SES's API has got the call, or only a part of the call.
    "MalformedHttpRequestException": Verdict.FAULT,
    "UnknownOperationException": Verdict.FAULT,
    # SES stopped reading or answering.
    "RequestAbortedException": Verdict.UNCERTAIN,
    "BadRequestException": Verdict.REJECTED,
    _MAIL_FROM: Verdict.REJECTED,
    "MessageRejected": Verdict.REJECTED,
    "NotFoundException": Verdict.REJECTED,
}
_BY_HTTP_STATUS = {
    401: Verdict.FAULT,
    403: Verdict.FAULT,
    407: Verdict.FAULT,  # a proxy
    # A proxy or gateway has stopped waiting for SES, which may still send, or does not understand SES's answer.
    408: Verdict.UNCERTAIN,
    502: Verdict.UNCERTAIN,
    504: Verdict.UNCERTAIN,
    413: Verdict.REJECTED,  # the message is too large, for SES or for a proxy
}
# The status of an entry of SendBulkEmail, with SendEmail's name for the same error: operators search for one name.
_BY_ENTRY_STATUS = {
    "MESSAGE_REJECTED": ("MessageRejected", Verdict.REJECTED),
    "MAIL_FROM_DOMAIN_NOT_VERIFIED": (_MAIL_FROM, Verdict.REJECTED),
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


def answer_of_entry(result: Mapping[str, Any], request: SendRequest) -> SesAnswer:
    """SendBulkEmail's answer to one message. Raises one of `INVALID_ANSWER_ERRORS` if it is not SES's."""
    status = result.get("Status", "")
    if status == "SUCCESS":
        return SesAnswer(Verdict.ACCEPTED, message_id=_message_id(result))
    name, verdict = _BY_ENTRY_STATUS.get(status, (status, Verdict.FAULT))
    return _answer(name, result.get("Error", ""), verdict, request)


def answer_of_error(answer: Answer | Unanswered, request: SendRequest) -> SesAnswer:
    """SES's error, or no answer at all, as an answer.

    SendEmail has no idempotency token: if SES may have received the whole call, the verdict is `UNCERTAIN`.
    """
    if isinstance(answer, Unanswered):
        if answer.sent:
            return SesAnswer(Verdict.UNCERTAIN, f"SES did not answer: {answer.cause}")
        return SesAnswer(Verdict.FAULT, f"SES cannot be reached: {answer.cause}")
    code, text, status = answer.error, answer.message, answer.status
    if is_throttling(code, status) or "throttl" in code.lower():
        verdict = Verdict.QUOTA if "quota" in text.lower() else Verdict.THROTTLED
    elif code in _BY_ERROR_CODE and status < 500:
        verdict = _BY_ERROR_CODE[code]
    elif status in _BY_HTTP_STATUS:
        verdict = _BY_HTTP_STATUS[status]
    else:
        is_of_ses = code != str(status)  # a proxy's redirect or page has no error code, and says nothing of the message
        verdict = Verdict.REJECTED if is_of_ses and not is_transient(code, status) else Verdict.FAULT
    return _answer(code, text, verdict, request)


def _answer(name: str, text: str, verdict: Verdict, request: SendRequest) -> SesAnswer:
    """An answer with a reason. SES also tells of pauses, quotas and identities as errors of a general name."""
    if verdict in {Verdict.REJECTED, Verdict.FAULT}:
        if "not verified" in text and name != _MAIL_FROM:
            return SesAnswer(Verdict.REJECTED, _unverified(text, request))
        if "Tenant not associated with resources" in text:
            return SesAnswer(Verdict.FAULT, f"{TENANT_NOT_ASSOCIATED} {_unassociated(text)}")
        if _PAUSED.search(f"{name} {text}"):
            verdict = Verdict.PAUSED
        elif _DAILY_QUOTA.search(text):
            verdict = Verdict.QUOTA
    return SesAnswer(verdict, _without_addresses(f"{name}: {text}", request))


def _unverified(text: str, request: SendRequest) -> str:
    """Which identity SES names as not verified. In the sandbox, recipients must be verified too.

    "Email address is not verified. The following identities failed the check in region EU-WEST-1: ann@example.com"
    https://docs.aws.amazon.com/ses/latest/dg/troubleshoot-error-messages.html
    """
    named = {word.strip("<>\"'.").lower() for word in re.split(r"[\s,:;]+", text)}
    is_sender = not named.isdisjoint(_identities(request.from_.address))
    fields = [field for field, address in _recipient_fields(request) if not named.isdisjoint(_identities(address))]
    which = f": {', '.join(fields)}" if fields and len(request.recipients) > 1 else ""
    if is_sender and fields:
        return f"{BOTH_UNVERIFIED}{which}"
    if is_sender or fields:
        return SENDER_UNVERIFIED if is_sender else f"{RECIPIENT_UNVERIFIED}{which}"
    return UNVERIFIED


def _unassociated(text: str) -> str:
    """The kinds of resources that SES names, without the identity: it may be an address.

    "Tenant not associated with resources [arn:aws:ses:eu-west-1:123456789012:configuration-set/shop, ...]."
    https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html (TenantName)
    """
    kinds = dict.fromkeys(kind.replace("-", " ") for kind in _SES_RESOURCE.findall(text))
    return " and ".join(kinds) or "resources"


def _identities(address: str) -> set[str]:
    """The identities under which SES may name an address: itself, or its domain."""
    return {address.lower(), address.rpartition("@")[2].lower()}


def _message_id(answer: Mapping[str, Any]) -> str:
    message_id = answer["MessageId"]
    if not isinstance(message_id, str) or not message_id:
        raise TypeError("MessageId")
    return message_id


def _without_addresses(text: str, request: SendRequest) -> str:
    """The text with the request's field in place of each address: logs show it, and operators must find the field.

    Without characters that SQS does not take in the attribute of a dead letter.
    """
    fields = {address.lower(): field for field, address in reversed(_recipient_fields(request))}
    fields.setdefault(request.from_.address.lower(), "from")
    named = _ADDRESS.sub(lambda found: f"({fields.get(found[0].strip(_QUOTES).lower(), 'address')})", text)
    return "".join(char if char.isprintable() else " " for char in named[:_LONGEST_REASON])


def _recipient_fields(request: SendRequest) -> list[tuple[str, str]]:
    """The field and the address of each recipient: `to[0]`, as in the errors of the Mailer."""
    fields = {"to": request.to, "cc": request.cc, "bcc": request.bcc}
    return [
        (f"{name}[{number}]", mailbox.address)
        for name, mailboxes in fields.items()
        for number, mailbox in enumerate(mailboxes)
    ]
