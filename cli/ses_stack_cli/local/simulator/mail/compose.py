"""From a request to a message: simple content, templates, bulk entries.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html
https://docs.aws.amazon.com/ses/latest/dg/event-publishing-send-email.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from ses_stack_cli.local.simulator.errors import bad_request
from ses_stack_cli.local.simulator.mail import requests
from ses_stack_cli.local.simulator.mail.checks import check_address, checked
from ses_stack_cli.local.simulator.mail.handlebars import RenderingError, TemplateError, render
from ses_stack_cli.local.simulator.mail.message import UNSUBSCRIBE, Attachment, Message
from ses_stack_cli.local.simulator.mail.options import message_options, tags_of
from ses_stack_cli.local.simulator.mail.parts import check_files, check_headers, encoded_size, text_size
from ses_stack_cli.local.simulator.mail.raw import raw_message

# Gives the account's template with a name, or raises a NotFoundException.
type Templates = Callable[[str], requests.TemplateText]


def compose(request: requests.SendEmail, templates: Templates) -> Message:
    """The message that a SendEmail request asks for. Raises an `ApiError` if SES would refuse it."""
    content = request.Content
    forms = [form for form in (content.Simple, content.Raw, content.Template) if form is not None]
    if len(forms) != 1:
        raise bad_request("Content must have exactly one of Simple, Raw and Template.")
    if content.Raw:
        message = raw_message(request, content.Raw.Data)
    elif content.Simple:
        message = _simple_message(request, content.Simple)
    else:
        message = _template_message(request, cast(requests.TemplatePart, content.Template), templates)
    for address in request.ReplyToAddresses:
        check_address(address)
    return checked(message)


def compose_bulk(request: requests.SendBulkEmail, entry: requests.BulkEntry, templates: Templates) -> Message:
    """The message for one entry of a SendBulkEmail request. The entry's data and tags override the defaults."""
    shared = request.DefaultContent.Template
    replacement = entry.ReplacementEmailContent.ReplacementTemplate
    data = _data(shared.TemplateData) | (_data(replacement.ReplacementTemplateData) if replacement else {})
    template = shared.model_copy(
        update={"TemplateData": json.dumps(data), "Headers": [*shared.Headers, *entry.ReplacementHeaders]}
    )
    tags = {tag.Name: tag for tag in [*request.DefaultEmailTags, *entry.ReplacementTags]}
    single = requests.SendEmail(
        FromEmailAddress=request.FromEmailAddress,
        Destination=entry.Destination,
        ReplyToAddresses=request.ReplyToAddresses,
        Content=requests.ContentPart(Template=template),
        EmailTags=list(tags.values()),
        ConfigurationSetName=request.ConfigurationSetName,
        TenantName=request.TenantName,
        ConfigurationOverrides=request.ConfigurationOverrides,
    )
    return replace(compose(single, templates), operation="SendBulkEmail")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Content:
    """The parts of a message that SES itself turns into MIME."""

    subject: str
    text: str | None
    html: str | None
    headers: Sequence[requests.HeaderPart]
    files: Sequence[requests.FilePart]


def _simple_message(request: requests.SendEmail, simple: requests.SimplePart) -> Message:
    body = simple.Body
    if body.Text is None and body.Html is None:
        raise bad_request("Body must have Text, Html, or both.")
    return _mime_message(
        request,
        _Content(
            subject=simple.Subject.Data,
            text=body.Text.Data if body.Text else None,
            html=body.Html.Data if body.Html else None,
            headers=simple.Headers,
            files=simple.Attachments,
        ),
    )


def _template_message(request: requests.SendEmail, template: requests.TemplatePart, templates: Templates) -> Message:
    if (template.TemplateName is None) == (template.TemplateContent is None):
        raise bad_request("Template must have either TemplateName or TemplateContent.")
    name = template.TemplateName or "inline-template"
    rendered, failure = _rendered(name, template.TemplateContent or templates(name), _data(template.TemplateData))
    message = _mime_message(
        request,
        _Content(
            subject=rendered["Subject"] or "",
            text=rendered["Text"],
            html=rendered["Html"],
            headers=template.Headers,
            files=template.Attachments,
        ),
    )
    return replace(message, template=name, rendering_error=failure)


def _rendered(
    name: str, content: requests.TemplateText, data: dict[str, Any]
) -> tuple[dict[str, str | None], str | None]:
    """The template's parts filled with data, and the first failure. A part that failed stays as it is."""
    data = {UNSUBSCRIBE: f"{{{{{UNSUBSCRIBE}}}}}"} | data  # SES replaces this placeholder later
    parts: dict[str, str | None] = {}
    failure: str | None = None
    for part in ("Subject", "Text", "Html"):
        source: str | None = getattr(content, part)
        try:
            parts[part] = None if source is None else render(source, data)
        except RenderingError as error:
            parts[part], failure = source, failure or str(error)
        except TemplateError as error:
            raise bad_request(f"Template {name} is invalid: {part}: {error}") from None
    return parts, failure


def _data(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise bad_request("TemplateData is not a JSON object.")
    return value


def _mime_message(request: requests.SendEmail, content: _Content) -> Message:
    to = request.Destination
    check_headers(content.headers)
    check_files(content.files)
    files = [
        Attachment(
            name=file.FileName,
            content_type=file.ContentType or "application/octet-stream",
            size=len(file.RawContent),
        )
        for file in content.files
    ]
    return Message(
        source=request.FromEmailAddress or "",
        to=to.ToAddresses,
        cc=to.CcAddresses,
        bcc=to.BccAddresses,
        subject=content.subject,
        html=content.html,
        text=content.text,
        headers=_headers(request, content),
        attachments=files,
        size=_size(_headers(request, content), content),
        tags=tags_of(request.EmailTags),
        configuration_set=request.ConfigurationSetName,
        **message_options(request),
    )


def _headers(request: requests.SendEmail, content: _Content) -> list[tuple[str, str]]:
    to = request.Destination
    lists = (("To", to.ToAddresses), ("Cc", to.CcAddresses), ("Reply-To", request.ReplyToAddresses))
    return [
        ("From", request.FromEmailAddress or ""),
        *((name, ", ".join(addresses)) for name, addresses in lists if addresses),
        ("Subject", content.subject),
        *((header.Name, header.Value) for header in content.headers),
        ("MIME-Version", "1.0"),
        *_content_headers(content),
    ]


def _content_headers(content: _Content) -> list[tuple[str, str]]:
    if content.files:
        return [("Content-Type", 'multipart/mixed; boundary="----=_Part_0_1"')]
    if content.text is not None and content.html is not None:
        return [("Content-Type", 'multipart/alternative; boundary="----=_Part_0_1"')]
    subtype = "plain" if content.html is None else "html"
    return [("Content-Type", f"text/{subtype}; charset=UTF-8"), ("Content-Transfer-Encoding", "7bit")]


def _size(headers: Sequence[tuple[str, str]], content: _Content) -> int:
    """The bytes of the encoded message."""
    header_bytes = sum(len(f"{name}: \r\n") + text_size(value) for name, value in headers)
    text_bytes = sum(text_size(text) for text in (content.text, content.html) if text)
    return header_bytes + text_bytes + sum(map(encoded_size, content.files))
