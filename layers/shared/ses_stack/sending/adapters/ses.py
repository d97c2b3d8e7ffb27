"""SES: messages as its API takes them, and its answers as what they mean.

Nothing is tried twice here: SendEmail has no idempotency token, so a call without an answer may have been carried out.
https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html
https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendBulkEmail.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
)
from botocore.exceptions import ConnectionError as NetworkError

from ses_stack.aws.threads import Threads
from ses_stack.mail.streams import configuration_set_of
from ses_stack.requests.request import REQUEST_ID_TAG, Attachment, SendRequest
from ses_stack.sending.answers import SesAnswer, Verdict
from ses_stack.sending.jobs import Job
from ses_stack.sending.quota import AccountLimits
from ses_stack.sending.unsubscribe import STREAM as SUBSCRIBED
from ses_stack.sending.unsubscribe import Unsubscribe

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client

ENTRIES_PER_CALL = 50
# A call with several messages counts at once, so only messages that are due at nearly the same time share one.
_TOGETHER_SECONDS = 0.1
_ADDRESS = re.compile(r"[^\s<>,;:]+@[^\s<>,;:]+")
_LONGEST_REASON = 300
# What botocore, and we, stumble over in an answer that is not SES's.
_GARBAGE = (AttributeError, KeyError, TypeError, ValueError)
_NONSENSE = "SES's answer makes no sense"
UNVERIFIED = "the sender's identity is not verified in SES"
_BY_CODE = {
    "SendingPausedException": Verdict.PAUSED,
    "AccountSuspendedException": Verdict.PAUSED,
    "LimitExceededException": Verdict.FAULT,
    "MessageRejected": Verdict.NEVER,
    "BadRequestException": Verdict.NEVER,
    "NotFoundException": Verdict.NEVER,
    "MailFromDomainNotVerifiedException": Verdict.NEVER,
}
# What SendBulkEmail says of an entry, and SendEmail's name for the same: an operator looks for one name.
# https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_BulkEmailEntryResult.html
_BY_STATUS = {
    "MESSAGE_REJECTED": ("MessageRejected", Verdict.NEVER),
    "MAIL_FROM_DOMAIN_NOT_VERIFIED": ("MailFromDomainNotVerifiedException", Verdict.NEVER),
    "CONFIGURATION_SET_NOT_FOUND": ("NotFoundException", Verdict.NEVER),
    "TEMPLATE_NOT_FOUND": ("NotFoundException", Verdict.NEVER),
    "INVALID_SENDING_POOL_NAME": ("BadRequestException", Verdict.NEVER),
    "INVALID_PARAMETER": ("BadRequestException", Verdict.NEVER),
    "ACCOUNT_SUSPENDED": ("AccountSuspendedException", Verdict.PAUSED),
    "ACCOUNT_SENDING_PAUSED": ("SendingPausedException", Verdict.PAUSED),
    "CONFIGURATION_SET_SENDING_PAUSED": ("SendingPausedException", Verdict.PAUSED),
    "ACCOUNT_THROTTLED": ("TooManyRequestsException", Verdict.THROTTLED),
    "ACCOUNT_DAILY_QUOTA_EXCEEDED": ("TooManyRequestsException", Verdict.QUOTA),
    "TRANSIENT_FAILURE": ("InternalServiceErrorException", Verdict.FAULT),
}


class Refusal(Exception):  # noqa: N818 -- it carries an answer, and never leaves this module
    """A message that does not get as far as SES."""

    def __init__(self, answer: SesAnswer) -> None:
        super().__init__(answer.reason)
        self.answer = answer


class Ses:
    """Sends through SES. Never raises for what SES, S3 or the network do."""

    def __init__(
        self,
        client: Callable[[], SESV2Client],
        *,
        stack: str,
        unsubscribe: Unsubscribe,
        threads: Threads,
        content_of: Callable[[str, str], bytes],
    ) -> None:
        """`content_of` reads an object from S3, by bucket and key."""
        self._client = client
        self._stack = stack
        self._unsubscribe = unsubscribe
        self._threads = threads
        self._content_of = content_of

    def together(self, jobs: Sequence[Job]) -> Sequence[Sequence[Job]]:
        """Jobs as calls: templated marketing mail that differs only in recipients, data and tags shares one."""
        calls: list[list[Job]] = []
        open_calls: dict[Any, list[Job]] = {}
        for job in sorted(jobs, key=lambda job: job.due):
            shape = self._shape(job.request)
            call = open_calls.get(shape) if shape else None
            if call and len(call) < ENTRIES_PER_CALL and job.due - call[0].due <= _TOGETHER_SECONDS:
                call.append(job)
                continue
            calls.append([job])
            if shape:
                open_calls[shape] = calls[-1]
        return calls

    def _shape(self, request: SendRequest) -> tuple[Any, ...] | None:
        if request.stream != SUBSCRIBED or not request.template or request.attachments:
            return None
        if self._unsubscribe.contact_list:  # SendBulkEmail has no ListManagementOptions
            return None
        return (request.from_, request.template, request.reply_to, request.tenant)

    async def send(self, jobs: Sequence[Job]) -> Sequence[SesAnswer]:
        """One answer for each job."""
        if len(jobs) == 1:
            return [await self._threads(self._send_one, jobs[0])]
        return await self._threads(self._send_bulk, jobs)

    def _send_one(self, job: Job) -> SesAnswer:
        try:
            message = self._message(job)
        except Refusal as refusal:
            return refusal.answer
        try:
            return SesAnswer(Verdict.ACCEPTED, message_id=_message_id(self._client().send_email(**message)))
        except (ClientError, BotoCoreError) as error:
            return answer_to(error)
        except _GARBAGE:
            return SesAnswer(Verdict.UNCERTAIN, _NONSENSE)

    def _send_bulk(self, jobs: Sequence[Job]) -> list[SesAnswer]:
        request = self._bulk(jobs)
        try:
            results = self._client().send_bulk_email(**request)["BulkEmailEntryResults"]
            answers = [_entry_answer(result) for result in results[: len(jobs)]]
        except (ClientError, BotoCoreError) as error:
            return [answer_to(error)] * len(jobs)
        except _GARBAGE:
            answers = []
        return answers + [SesAnswer(Verdict.UNCERTAIN, _NONSENSE)] * (len(jobs) - len(answers))

    def _message(self, job: Job) -> dict[str, Any]:
        request = job.request
        headers = [*self._headers(job)]
        attachments = [self._attachment(number, each) for number, each in enumerate(request.attachments)]
        extra: dict[str, Any] = {"Headers": headers} if headers else {}
        if attachments:
            extra["Attachments"] = attachments
        if request.template:
            content = {"Template": _template(request) | extra}
        else:
            body = {"Html": request.html, "Text": request.text}
            content = {
                "Simple": {
                    "Subject": _utf8(request.subject or ""),
                    "Body": {kind: _utf8(text) for kind, text in body.items() if text is not None},
                    **extra,
                }
            }
        message: dict[str, Any] = {**self._envelope(job), "Destination": _destination(job), "Content": content}
        message["EmailTags"] = _tags(request)
        if request.stream == SUBSCRIBED and self._unsubscribe.contact_list:
            message["ListManagementOptions"] = {"ContactListName": self._unsubscribe.contact_list}
            if request.topic:
                message["ListManagementOptions"]["TopicName"] = request.topic
        return message

    def _bulk(self, jobs: Sequence[Job]) -> dict[str, Any]:
        first = jobs[0].request
        return {
            **self._envelope(jobs[0]),
            "DefaultContent": {"Template": {"TemplateName": first.template, "TemplateData": "{}"}},
            "BulkEmailEntries": [
                {
                    "Destination": _destination(job),
                    "ReplacementTags": _tags(job.request),
                    "ReplacementHeaders": [*self._headers(job)],
                    "ReplacementEmailContent": {
                        "ReplacementTemplate": {"ReplacementTemplateData": json.dumps(dict(job.request.data))}
                    },
                }
                for job in jobs
            ],
        }

    def _envelope(self, job: Job) -> dict[str, Any]:
        request = job.request
        envelope: dict[str, Any] = {
            "FromEmailAddress": request.from_.header,
            "ConfigurationSetName": configuration_set_of(request.stream, self._stack, shared=job.shared),
        }
        if request.reply_to:
            envelope["ReplyToAddresses"] = [each.header for each in request.reply_to]
        if request.tenant:
            envelope["TenantName"] = request.tenant
        return envelope

    def _headers(self, job: Job) -> list[dict[str, str]]:
        request = job.request
        recipient = next((each.address for each in request.recipients if each.key in job.recipients), "")
        own = self._unsubscribe.headers(
            stream=request.stream, recipient=recipient, topic=request.topic, request_id=request.request_id
        )
        return [{"Name": name, "Value": value} for name, value in {**request.headers, **own}.items()]

    def _attachment(self, number: int, attachment: Attachment) -> dict[str, Any]:
        content = attachment.content
        if content is None:
            try:
                content = self._content_of(attachment.bucket or "", attachment.key or "")
            except ClientError as error:
                raise Refusal(_missing(number, error)) from error
            except BotoCoreError as error:
                raise Refusal(SesAnswer(Verdict.FAULT, f"attachments[{number}]: {type(error).__name__}")) from error
        made: dict[str, Any] = {
            "FileName": attachment.filename,
            "ContentType": attachment.content_type,
            "ContentDisposition": attachment.disposition.upper(),
            "ContentTransferEncoding": "BASE64",
            "RawContent": content,
        }
        if attachment.content_id:
            made["ContentId"] = attachment.content_id
        return made


class SesAccount:
    """SES's GetAccount."""

    def __init__(self, client: Callable[[], SESV2Client], *, threads: Threads) -> None:
        self._client = client
        self._threads = threads

    async def account(self, now: float) -> AccountLimits | None:
        """What SES says; None if it does not answer."""
        return await self._threads(self._account, now)

    def _account(self, now: float) -> AccountLimits | None:
        try:
            told = self._client().get_account()
            quota = told["SendQuota"]
            rate, most, sent = map(float, (quota["MaxSendRate"], quota["Max24HourSend"], quota["SentLast24Hours"]))
        except (ClientError, BotoCoreError, *_GARBAGE):
            return None
        stopped = None
        if told.get("EnforcementStatus") == "SHUTDOWN":
            stopped = "SES has suspended the account"
        elif not told.get("SendingEnabled", True):
            stopped = "sending is paused for the account"
        return AccountLimits(
            rate=max(1.0, rate),
            most=most,
            sent=sent,
            read_at=now,
            stopped=stopped,
        )


def answer_to(error: ClientError | BotoCoreError) -> SesAnswer:
    """What an exception of the SDK means for the mail."""
    if isinstance(error, ClientError):
        return _answer_of(error)
    if isinstance(error, ConnectTimeoutError | EndpointConnectionError):
        return SesAnswer(Verdict.FAULT, f"SES cannot be reached: {type(error).__name__}")
    if isinstance(error, NetworkError | HTTPClientError):
        return SesAnswer(Verdict.UNCERTAIN, f"SES did not answer: {type(error).__name__}")
    return SesAnswer(Verdict.NEVER, _masked(f"{type(error).__name__}: {error}"))


def _answer_of(error: ClientError) -> SesAnswer:
    code, text = error.response["Error"].get("Code", ""), error.response["Error"].get("Message", "")
    reason = _masked(f"{code}: {text}")
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500)
    if status == 429 or code == "TooManyRequestsException" or "throttl" in code.lower():
        return SesAnswer(Verdict.QUOTA if "quota" in text.lower() else Verdict.THROTTLED, reason)
    if "not verified" in text:
        return SesAnswer(Verdict.NEVER, UNVERIFIED)
    if status in {408, 504}:  # somebody on the way gave up waiting for SES, which may go on
        return SesAnswer(Verdict.UNCERTAIN, reason)
    if status >= 500 or status == 403:
        return SesAnswer(Verdict.FAULT, reason)
    return SesAnswer(_BY_CODE.get(code, Verdict.NEVER), reason)


def _entry_answer(result: Mapping[str, Any]) -> SesAnswer:
    status = result.get("Status", "")
    if status == "SUCCESS":
        return SesAnswer(Verdict.ACCEPTED, message_id=_message_id(result))
    text = result.get("Error", "")
    if "not verified" in text:
        return SesAnswer(Verdict.NEVER, UNVERIFIED)
    name, verdict = _BY_STATUS.get(status, (status, Verdict.FAULT))
    return SesAnswer(verdict, _masked(f"{name}: {text}"))


def _message_id(answer: Mapping[str, Any]) -> str:
    message_id = answer["MessageId"]
    if not isinstance(message_id, str):
        raise TypeError("MessageId")
    return message_id


def _missing(number: int, error: ClientError) -> SesAnswer:
    code = error.response["Error"].get("Code", "")
    if code in {"NoSuchKey", "NoSuchBucket", "404"}:
        return SesAnswer(Verdict.NEVER, f"attachments[{number}] is gone from its bucket")
    if code in {"AccessDenied", "403"}:
        return SesAnswer(Verdict.NEVER, f"attachments[{number}] lies where the sender may not read")
    return SesAnswer(Verdict.FAULT, f"attachments[{number}]: S3 answers {code}")


def _masked(text: str) -> str:
    return _ADDRESS.sub("(address)", text)[:_LONGEST_REASON]


def _destination(job: Job) -> dict[str, list[str]]:
    fields = {"ToAddresses": job.request.to, "CcAddresses": job.request.cc, "BccAddresses": job.request.bcc}
    kept = {name: [each.header for each in some if each.key in job.recipients] for name, some in fields.items()}
    return {name: some for name, some in kept.items() if some}


def _template(request: SendRequest) -> dict[str, Any]:
    return {"TemplateName": request.template, "TemplateData": json.dumps(dict(request.data))}


def _tags(request: SendRequest) -> list[dict[str, str]]:
    tags = {**request.tags, REQUEST_ID_TAG: request.request_id}
    return [{"Name": name, "Value": value} for name, value in tags.items()]


def _utf8(text: str) -> dict[str, str]:
    return {"Data": text, "Charset": "UTF-8"}
