"""Send requests as the parameters of SES's SendEmail and SendBulkEmail.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html
https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendBulkEmail.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ses_stack.mail.streams import configuration_set_of
from ses_stack.requests.request import REQUEST_ID_TAG, Attachment, SendRequest
from ses_stack.sending.adapters.attachments import AttachmentReader
from ses_stack.sending.jobs import Job
from ses_stack.sending.unsubscribe import STREAM as MARKETING
from ses_stack.sending.unsubscribe import Unsubscribe


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageComposer:
    """Composes the calls of one stack."""

    stack: str
    unsubscribe: Unsubscribe
    attachments: AttachmentReader

    def send_email(self, job: Job) -> dict[str, Any]:
        """SendEmail's parameters. Raises `AttachmentError`."""
        request = job.request
        message = {
            **self._envelope(job),
            "Destination": _destination(job),
            "Content": self._content(job),
            "EmailTags": _tags(request),
        }
        if request.stream == MARKETING and self.unsubscribe.contact_list:
            message["ListManagementOptions"] = {"ContactListName": self.unsubscribe.contact_list}
            if request.topic:
                message["ListManagementOptions"]["TopicName"] = request.topic
        return message

    def send_bulk_email(self, jobs: Sequence[Job]) -> dict[str, Any]:
        """SendBulkEmail's parameters for jobs with the same `shared_fields`."""
        return {
            **self._envelope(jobs[0]),
            "DefaultContent": {"Template": {"TemplateName": jobs[0].request.template, "TemplateData": "{}"}},
            "BulkEmailEntries": [self._entry(job) for job in jobs],
        }

    def shared_fields(self, request: SendRequest) -> tuple[Any, ...] | None:
        """The fields in which requests of one SendBulkEmail call must agree; None: SendBulkEmail cannot send it."""
        if request.stream != MARKETING or not request.template or request.attachments:
            return None
        if self.unsubscribe.contact_list:  # SendBulkEmail has no ListManagementOptions
            return None
        return (request.from_, request.template, request.reply_to, request.tenant)

    def _entry(self, job: Job) -> dict[str, Any]:
        data = {"ReplacementTemplateData": json.dumps(dict(job.request.data))}
        return {
            "Destination": _destination(job),
            "ReplacementTags": _tags(job.request),
            "ReplacementHeaders": self._headers(job),
            "ReplacementEmailContent": {"ReplacementTemplate": data},
        }

    def _envelope(self, job: Job) -> dict[str, Any]:
        request = job.request
        configuration_set = configuration_set_of(request.stream, self.stack, shared=job.uses_shared_addresses)
        envelope: dict[str, Any] = {
            "FromEmailAddress": request.from_.header,
            "ConfigurationSetName": configuration_set,
        }
        if request.reply_to:
            envelope["ReplyToAddresses"] = [mailbox.header for mailbox in request.reply_to]
        if request.tenant:
            envelope["TenantName"] = request.tenant
        return envelope

    def _content(self, job: Job) -> dict[str, Any]:
        request = job.request
        extra: dict[str, Any] = {}
        if headers := self._headers(job):
            extra["Headers"] = headers
        if request.attachments:
            contents = self.attachments.contents(request)
            extra["Attachments"] = list(map(_attachment, request.attachments, contents))
        if request.template:
            data = json.dumps(dict(request.data))
            return {"Template": {"TemplateName": request.template, "TemplateData": data, **extra}}
        body = {"Html": request.html, "Text": request.text}
        return {
            "Simple": {
                "Subject": _utf8(request.subject or ""),
                "Body": {kind: _utf8(text) for kind, text in body.items() if text is not None},
                **extra,
            }
        }

    def _headers(self, job: Job) -> list[dict[str, str]]:
        request = job.request
        recipient = next((mailbox.address for mailbox in request.recipients if mailbox.key in job.recipients), "")
        unsubscribe = self.unsubscribe.headers(
            stream=request.stream, recipient=recipient, topic=request.topic, request_id=request.request_id
        )
        return _pairs({**request.headers, **unsubscribe})


def _attachment(attachment: Attachment, content: bytes) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "FileName": attachment.filename,
        "ContentType": attachment.content_type,
        "ContentDisposition": attachment.disposition.upper(),
        "ContentTransferEncoding": "BASE64",
        "RawContent": content,
    }
    if attachment.content_id:
        fields["ContentId"] = attachment.content_id
    return fields


def _destination(job: Job) -> dict[str, list[str]]:
    request = job.request
    fields = {"ToAddresses": request.to, "CcAddresses": request.cc, "BccAddresses": request.bcc}
    headers = {
        name: [mailbox.header for mailbox in mailboxes if mailbox.key in job.recipients]
        for name, mailboxes in fields.items()
    }
    return {name: mailboxes for name, mailboxes in headers.items() if mailboxes}


def _tags(request: SendRequest) -> list[dict[str, str]]:
    return _pairs({**request.tags, REQUEST_ID_TAG: request.request_id})


def _pairs(values: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in values.items()]


def _utf8(text: str) -> dict[str, str]:
    return {"Data": text, "Charset": "UTF-8"}
