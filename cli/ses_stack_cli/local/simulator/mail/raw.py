"""Raw content: a whole MIME message.

https://docs.aws.amazon.com/ses/latest/dg/event-publishing-send-email.html
"""

from __future__ import annotations

from email import message_from_bytes
from email.headerregistry import AddressHeader
from email.message import EmailMessage
from email.policy import default as policy
from email.utils import formataddr
from typing import Any

from ses_stack_cli.local.simulator.errors import bad_request
from ses_stack_cli.local.simulator.mail.message import Attachment, Message
from ses_stack_cli.local.simulator.mail.options import message_options, tags_of
from ses_stack_cli.local.simulator.mail.requests import SendEmail


def raw_message(request: SendEmail, data: bytes) -> Message:
    """The message in MIME data. The request's own parameters override the message's headers.

    X-SES-CONFIGURATION-SET and X-SES-MESSAGE-TAGS have the meaning of the parameters. Raises a BadRequestException.
    """
    mime = message_from_bytes(data, policy=policy)
    try:
        headers = [(name, str(value)) for name, value in mime.items() if name.lower() != "bcc"]
        to, cc, bcc = _recipients(request, mime)
        source = request.FromEmailAddress or next(iter(_addresses(mime, "from")), "")
    except (ValueError, IndexError, AttributeError):  # the standard library's parser raises these for bad headers
        raise bad_request("The message's headers cannot be parsed.") from None
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
        tags=_header_tags(_header(mime, "x-ses-message-tags")) | tags_of(request.EmailTags),
        configuration_set=request.ConfigurationSetName or _header(mime, "x-ses-configuration-set"),
        size=len(data),
        **message_options(request),
    )


def _recipients(request: SendEmail, mime: EmailMessage) -> tuple[list[str], list[str], list[str]]:
    named = request.Destination
    if named.ToAddresses or named.CcAddresses or named.BccAddresses:
        return named.ToAddresses, named.CcAddresses, named.BccAddresses
    return _addresses(mime, "to"), _addresses(mime, "cc"), _addresses(mime, "bcc")


def _header(mime: EmailMessage, name: str) -> str | None:
    value = mime.get(name)
    return None if value is None else str(value).strip()


def _addresses(mime: EmailMessage, name: str) -> list[str]:
    header = mime.get(name)
    if not isinstance(header, AddressHeader):
        return []
    return [formataddr((each.display_name, each.addr_spec)) for each in header.addresses]


def _body(mime: EmailMessage, subtype: str) -> str | None:
    part = mime.get_body((subtype,)) if mime.is_multipart() or mime.get_content_subtype() == subtype else None
    try:
        return None if part is None else str(part.get_content())
    except (LookupError, KeyError, UnicodeError):
        return None


def _attachment(part: Any) -> Attachment:
    content = part.get_payload(decode=True) or b""
    return Attachment(name=part.get_filename() or "", content_type=part.get_content_type(), size=len(content))


def _header_tags(text: str | None) -> dict[str, list[str]]:
    """Tags from `name=value, name=value`."""
    values: dict[str, list[str]] = {}
    for pair in (text or "").split(","):
        name, equals, value = pair.strip().partition("=")
        if equals:
            values.setdefault(name.strip(), []).append(value.strip())
    return values
