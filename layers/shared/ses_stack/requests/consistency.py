"""Rules that concern several fields of a send request together."""

from __future__ import annotations

from ses_stack.errors import RequestError
from ses_stack.requests.message_size import attachment_bytes, message_bytes, text_bytes
from ses_stack.requests.request import MAX_MESSAGE_BYTES, MAX_RECIPIENTS, SendRequest


def check_consistency(request: SendRequest) -> None:
    """Raises `RequestError` for the first rule that the request breaks."""
    _check_recipients(request)
    _check_content(request)
    _check_times(request)
    _check_size(request)


def _check_recipients(request: SendRequest) -> None:
    if not request.recipients:
        raise RequestError("to", "names no recipient, and neither do cc and bcc")
    if len(request.recipients) > MAX_RECIPIENTS:
        raise RequestError(
            "to", f"names {len(request.recipients)} recipients with cc and bcc; SES takes {MAX_RECIPIENTS}"
        )
    seen: dict[str, str] = {}
    for name, each in (("to", request.to), ("cc", request.cc), ("bcc", request.bcc)):
        for number, recipient in enumerate(each):
            place = f"{name}[{number}]"
            if first_place := seen.get(recipient.key):
                raise RequestError(place, f"is the same address as {first_place}")
            seen[recipient.key] = place


def _check_content(request: SendRequest) -> None:
    beside_template = [name for name in ("subject", "html", "text") if getattr(request, name) is not None]
    if request.template is not None:
        if beside_template:
            raise RequestError(
                beside_template[0], "cannot be combined with template, which has its own subject and text"
            )
        return
    if request.data:
        raise RequestError("data", "needs a template")
    if request.subject is None:
        raise RequestError("subject", "is missing, and there is no template")
    if request.html is None and request.text is None:
        raise RequestError("text", "is missing, and so are html and template")


def _check_times(request: SendRequest) -> None:
    if request.not_before and request.expires_at and request.expires_at <= request.not_before:
        raise RequestError("expires_at", "is not after not_before: the message could never be sent")


def _check_size(request: SendRequest) -> None:
    if (size := message_bytes(request)) <= MAX_MESSAGE_BYTES:
        return
    largest = "html" if len(request.html or "") > len(request.text or "") else "text"
    if attachment_bytes(request) > text_bytes(request):
        largest = "attachments"
    raise RequestError(largest, f"makes a message of {size} bytes as encoded; SES takes {MAX_MESSAGE_BYTES}")
