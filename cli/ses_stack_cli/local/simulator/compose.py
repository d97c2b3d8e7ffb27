"""From a request to a message: SES's checks, its MIME headers, and templates.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html
https://docs.aws.amazon.com/ses/latest/dg/event-publishing-send-email.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from email import message_from_bytes
from email.headerregistry import AddressHeader
from email.message import EmailMessage
from email.policy import default as policy
from email.utils import formataddr
from typing import Any, cast

from ses_stack_cli.local.simulator import requests as r
from ses_stack_cli.local.simulator.errors import ApiError, bad_request
from ses_stack_cli.local.simulator.handlebars import RenderingError, TemplateError, render
from ses_stack_cli.local.simulator.message import UNSUBSCRIBE, Attachment, Message

type Templates = Callable[[str], r.TemplateText]

MAX_RECIPIENTS = 50
MAX_BYTES = 40 * 1024 * 1024
_LOCAL = re.compile(r"[^\s<>()\[\]\\,;:@\x00-\x1f\x7f]+")
_DOMAIN = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)(\.(?!-)[A-Za-z0-9-]{1,63}(?<!-))+")
_TAG = re.compile(r"[A-Za-z0-9_.@-]{1,256}")
_BRACKETED = re.compile(r"(?P<name>.*?)<(?P<address>[^<>]*)>", re.DOTALL)


def compose(request: r.SendEmail, templates: Templates) -> Message:
    """The message that a SendEmail request asks for. Raises an `ApiError` if SES would refuse it."""
    content = request.Content
    kinds = [part for part in (content.Simple, content.Raw, content.Template) if part is not None]
    if len(kinds) != 1:
        raise bad_request("Content must have exactly one of Simple, Raw and Template.")
    if content.Raw:
        message = _from_raw(request, content.Raw.Data)
    elif content.Simple:
        message = _from_simple(request, content.Simple)
    else:
        message = _from_template(request, cast(r.TemplatePart, content.Template), templates)
    return checked(message)


def compose_bulk(request: r.SendBulkEmail, entry: r.BulkEntry, templates: Templates) -> Message:
    """The message for one destination of a SendBulkEmail request: the entry's data and tags over the defaults."""
    shared = request.DefaultContent.Template
    replacement = entry.ReplacementEmailContent.ReplacementTemplate
    data = _data(shared.TemplateData) | (_data(replacement.ReplacementTemplateData) if replacement else {})
    template = shared.model_copy(
        update={"TemplateData": json.dumps(data), "Headers": [*shared.Headers, *entry.ReplacementHeaders]}
    )
    tags = {tag.Name: tag for tag in [*request.DefaultEmailTags, *entry.ReplacementTags]}
    single = r.SendEmail(
        FromEmailAddress=request.FromEmailAddress,
        Destination=entry.Destination,
        ReplyToAddresses=request.ReplyToAddresses,
        Content=r.ContentPart(Template=template),
        EmailTags=list(tags.values()),
        ConfigurationSetName=request.ConfigurationSetName,
        TenantName=request.TenantName,
        ConfigurationOverrides=request.ConfigurationOverrides,
    )
    return replace(compose(single, templates), operation="SendBulkEmail")


def checked(message: Message) -> Message:
    """The message, if SES would take it."""
    if not message.source:
        raise bad_request("Missing required header 'From'.")
    if not message.destination:
        raise bad_request("Missing required header 'To'.")
    if len(message.destination) > MAX_RECIPIENTS:
        raise bad_request(f"Recipient count exceeds {MAX_RECIPIENTS}.")
    if message.size > MAX_BYTES:
        raise bad_request(f"Message length is more than {MAX_BYTES} bytes long: '{message.size}'.")
    for address in [message.source, *message.destination]:
        check_address(address)
    for name, values in message.tags.items():
        _check_tag(name, values)
    return message


def check_address(address: str) -> None:
    """Raises the BadRequestException that SES answers to a bad address."""
    bracketed = _BRACKETED.fullmatch(address.strip())
    found = (bracketed["address"] if bracketed else address).strip()
    if any(character in address for character in "\r\n\0"):
        raise bad_request("Address contains control characters")
    local, at, domain = found.rpartition("@")
    if not at or not domain:
        raise bad_request("Missing final '@domain'")
    if not local.isascii():
        raise bad_request("Local address contains non-ASCII characters")
    if not _LOCAL.fullmatch(local) or local.startswith(".") or local.endswith(".") or ".." in local:
        raise bad_request("Local address contains control or whitespace" if local else "Missing local part")
    if not _is_domain(domain):
        raise bad_request(f"Domain contains an illegal character or label: '{domain}'")


def _is_domain(domain: str) -> bool:
    try:
        return bool(_DOMAIN.fullmatch(domain if domain.isascii() else domain.encode("idna").decode()))
    except UnicodeError:
        return False


def _check_tag(name: str, values: Sequence[str]) -> None:
    if name.startswith("ses:") or not _TAG.fullmatch(name):
        raise bad_request(f"Invalid tag name <{name}>: only alphanumeric ASCII characters, '_', and '-' are allowed.")
    for value in values:
        if not _TAG.fullmatch(value):
            raise bad_request(
                f"Invalid tag value <{value}>: only alphanumeric ASCII characters, '_', '-', '.' and '@' are allowed."
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Text:
    """The parts of a message that SES composes itself."""

    subject: str
    text: str | None
    html: str | None
    headers: Sequence[r.HeaderPart]
    files: Sequence[r.FilePart]


def _from_simple(request: r.SendEmail, simple: r.SimplePart) -> Message:
    texts = simple.Body
    if texts.Text is None and texts.Html is None:
        raise bad_request("Body must have Text, Html, or both.")
    return _composed(
        request,
        _Text(
            subject=simple.Subject.Data,
            text=texts.Text.Data if texts.Text else None,
            html=texts.Html.Data if texts.Html else None,
            headers=simple.Headers,
            files=simple.Attachments,
        ),
    )


def _from_template(request: r.SendEmail, template: r.TemplatePart, templates: Templates) -> Message:
    name = template.TemplateName or "inline-template"
    if (template.TemplateName is None) == (template.TemplateContent is None):
        raise bad_request("Template must have either TemplateName or TemplateContent.")
    content = template.TemplateContent or templates(name)
    data, failure = {UNSUBSCRIBE: f"{{{{{UNSUBSCRIBE}}}}}"} | _data(template.TemplateData), None
    parts: dict[str, str | None] = {}
    for part in ("Subject", "Text", "Html"):
        source: str | None = getattr(content, part)
        try:
            parts[part] = None if source is None else render(source, data)
        except RenderingError as error:
            parts[part], failure = source, failure or str(error)
        except TemplateError as error:
            raise bad_request(f"Template {name} is invalid: {part}: {error}") from None
    message = _composed(
        request,
        _Text(
            subject=parts["Subject"] or "",
            text=parts["Text"],
            html=parts["Html"],
            headers=template.Headers,
            files=template.Attachments,
        ),
    )
    return replace(message, template=name, rendering_error=failure)


def _data(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise bad_request("TemplateData is not a JSON object.")
    return value


def _composed(request: r.SendEmail, text: _Text) -> Message:
    to = request.Destination
    files = [Attachment(name=f.FileName, content_type=_type(f), size=len(f.RawContent)) for f in text.files]
    headers = [("From", request.FromEmailAddress or "")]
    headers += [
        (name, ", ".join(addresses))
        for name, addresses in (
            ("To", to.ToAddresses),
            ("Cc", to.CcAddresses),
            ("Reply-To", request.ReplyToAddresses),
        )
        if addresses
    ]
    headers += [("Subject", text.subject), *((header.Name, header.Value) for header in text.headers)]
    headers += _mime(text.text, text.html, files)
    size = sum(len(part.encode()) for part in (text.subject, text.text or "", text.html or ""))
    return Message(
        source=request.FromEmailAddress or "",
        to=to.ToAddresses,
        cc=to.CcAddresses,
        bcc=to.BccAddresses,
        subject=text.subject,
        html=text.html,
        text=text.text,
        headers=headers,
        attachments=files,
        size=size + sum(file.size for file in files),
        tags=_tags(request.EmailTags),
        configuration_set=request.ConfigurationSetName,
        **_options(request),
    )


def _type(file: r.FilePart) -> str:
    return file.ContentType or "application/octet-stream"


def _mime(text: str | None, html: str | None, files: Sequence[Attachment]) -> list[tuple[str, str]]:
    head = [("MIME-Version", "1.0")]
    if files:
        return [*head, ("Content-Type", 'multipart/mixed; boundary="----=_Part_0_1"')]
    if text is not None and html is not None:
        return [*head, ("Content-Type", 'multipart/alternative; boundary="----=_Part_0_1"')]
    kind = "plain" if html is None else "html"
    return [*head, ("Content-Type", f"text/{kind}; charset=UTF-8"), ("Content-Transfer-Encoding", "7bit")]


def _tags(tags: Sequence[r.TagPart]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for tag in tags:
        found.setdefault(tag.Name, []).append(tag.Value)
    return found


def _options(request: r.SendEmail) -> dict[str, Any]:
    managed, tracking = request.ListManagementOptions, request.ConfigurationOverrides.Tracking
    return {
        "contact_list": managed.ContactListName if managed else None,
        "topic": managed.TopicName if managed else None,
        "tenant": request.TenantName,
        "track_opens": tracking.OpenTrackingEnabled == "ENABLED",
        "track_clicks": tracking.ClickTrackingEnabled == "ENABLED",
    }


def _from_raw(request: r.SendEmail, data: bytes) -> Message:
    """A MIME message. What the request says wins over the message's own headers.

    X-SES-CONFIGURATION-SET and X-SES-MESSAGE-TAGS do what the parameters do.
    """
    mime = message_from_bytes(data, policy=policy)
    try:
        headers = [(name, str(value)) for name, value in mime.items() if name.lower() != "bcc"]
        named = request.Destination
        given = (named.ToAddresses, named.CcAddresses, named.BccAddresses)
        to, cc, bcc = given if any(given) else tuple(_addresses(mime, name) for name in ("to", "cc", "bcc"))
        source = request.FromEmailAddress or next(iter(_addresses(mime, "from")), "")
    except (ValueError, IndexError, AttributeError):  # what the standard library's parser trips over
        raise ApiError("BadRequestException", "The message's headers cannot be parsed.") from None
    return Message(
        source=source,
        to=to,
        cc=cc,
        bcc=bcc,
        subject=_header(mime, "subject") or "",
        html=_body(mime, "html"),
        text=_body(mime, "plain"),
        headers=headers,
        attachments=[_attachment(part) for part in mime.iter_attachments()],
        tags=_raw_tags(_header(mime, "x-ses-message-tags")) | _tags(request.EmailTags),
        configuration_set=request.ConfigurationSetName or _header(mime, "x-ses-configuration-set"),
        size=len(data),
        **_options(request),
    )


def _header(mime: EmailMessage, name: str) -> str | None:
    value = mime.get(name)
    return None if value is None else str(value).strip()


def _addresses(mime: EmailMessage, name: str) -> list[str]:
    header = mime.get(name)
    if not isinstance(header, AddressHeader):
        return []
    return [formataddr((each.display_name, each.addr_spec)) for each in header.addresses]


def _body(mime: EmailMessage, kind: str) -> str | None:
    part = mime.get_body((kind,)) if mime.is_multipart() or mime.get_content_subtype() == kind else None
    try:
        return None if part is None else str(part.get_content())
    except (LookupError, KeyError, UnicodeError):
        return None


def _attachment(part: Any) -> Attachment:
    payload = part.get_payload(decode=True) or b""
    return Attachment(name=part.get_filename() or "", content_type=part.get_content_type(), size=len(payload))


def _raw_tags(text: str | None) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for pair in (text or "").split(","):
        name, equals, value = pair.strip().partition("=")
        if equals:
            found.setdefault(name.strip(), []).append(value.strip())
    return found
