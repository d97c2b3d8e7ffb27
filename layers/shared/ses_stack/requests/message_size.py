"""The size of a message as SES counts it: encoded, with its attachments and headers.

https://docs.aws.amazon.com/ses/latest/dg/quotas.html
"""

from __future__ import annotations

from ses_stack.mail.mailboxes import encoded_words
from ses_stack.requests.request import Attachment, SendRequest

_BASE64_LINE_CHARACTERS = 76
_LINE_BREAK = len("\r\n")
# The boundaries between parts, the headers that the sender and SES write, and the headers of one part.
_FRAME_BYTES = 8192
_PART_BYTES = 512


def message_bytes(request: SendRequest) -> int:
    """The bytes of the message. A template counts without its text, which only SES has.

    AWS does not say how SES encodes a text: it counts here in base64, as attachments do.
    """
    return _FRAME_BYTES + _header_bytes(request) + text_bytes(request) + attachment_bytes(request)


def text_bytes(request: SendRequest) -> int:
    """The bytes of the text and the HTML text."""
    return sum(_base64_bytes(len(part.encode())) + _PART_BYTES for part in (request.html, request.text) if part)


def attachment_bytes(request: SendRequest) -> int:
    """The bytes of the attachments. An object in S3 whose size the request does not give counts as empty."""
    return sum(map(_attachment_bytes, request.attachments))


def _attachment_bytes(attachment: Attachment) -> int:
    # The name is written twice: in Content-Type and in Content-Disposition.
    return _PART_BYTES + 2 * len(encoded_words(attachment.filename)) + _base64_bytes(attachment.known_bytes)


def _header_bytes(request: SendRequest) -> int:
    mailboxes = (request.from_, *request.to, *request.cc, *request.reply_to)
    lines = [each.header for each in mailboxes]
    lines += [encoded_words(request.subject or ""), *request.headers, *request.headers.values()]
    return sum(len(line) + _LINE_BREAK for line in lines)


def _base64_bytes(size: int) -> int:
    characters = -(-size // 3) * 4
    return characters + -(-characters // _BASE64_LINE_CHARACTERS) * _LINE_BREAK
