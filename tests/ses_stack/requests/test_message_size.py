"""The size of a message, beside that of the message which the standard library makes of it."""

from __future__ import annotations

from dataclasses import replace
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ses_stack.mail.mailboxes import Mailbox, mailbox
from ses_stack.requests.message_size import attachment_bytes, message_bytes, text_bytes
from ses_stack.requests.request import Attachment, SendRequest

REQUEST = SendRequest(request_id="r", stream="marketing", from_=Mailbox("ann@x.org"), to=(Mailbox("bob@x.org"),))


def encoded(request: SendRequest) -> int:
    """The bytes of the message with every part in base64."""
    message = EmailMessage(policy=SMTP)
    message["From"] = request.from_.header
    message["To"] = ", ".join(each.header for each in request.to)
    message["Subject"] = request.subject or ""
    for name, value in request.headers.items():
        message[name] = value
    message.set_content(request.text or "", cte="base64")
    message.add_alternative(request.html or "", subtype="html", cte="base64")
    for each in request.attachments:
        maintype, _, subtype = each.content_type.partition("/")
        message.add_attachment(each.content or b"", maintype, subtype, filename=each.filename, cte="base64")
    return len(message.as_bytes())


def stored(size: int | None) -> SendRequest:
    return replace(REQUEST, attachments=(Attachment(filename="a", bucket="b", key="k", size=size),))


REQUESTS = st.builds(
    SendRequest,
    request_id=st.just("r"),
    stream=st.just("marketing"),
    from_=st.sampled_from([Mailbox("ann@x.org"), mailbox("名前 <ann@x.org>")]),
    to=st.lists(st.sampled_from([Mailbox("bob@x.org"), mailbox("Grüße <c@x.org>")]), min_size=1, max_size=9).map(tuple),
    subject=st.sampled_from(["Hello", "Grüße " * 20, "名" * 90]),
    text=st.text(max_size=300),
    html=st.text(max_size=300),
    headers=st.dictionaries(st.sampled_from(["X-A", "X-B", "X-C"]), st.just("value " * 30)),
    attachments=st.lists(
        st.builds(Attachment, filename=st.sampled_from(["a.pdf", "名" * 85]), content=st.binary(max_size=400)),
        max_size=4,
    ).map(tuple),
)


@given(REQUESTS)
def test_a_message_is_never_larger_than_it_counts(request: SendRequest) -> None:
    assert encoded(request) <= message_bytes(request)


@pytest.mark.parametrize("size", [1, 2, 3, 56, 57, 58, 1_000_000])
def test_an_attachment_counts_in_base64_with_its_line_breaks(size: int) -> None:
    # RFC 2045, section 6.8: 57 bytes make a line of 76 characters.
    assert attachment_bytes(stored(size)) - attachment_bytes(stored(0)) == -(-size // 3) * 4 + -(-size // 57) * 2


def test_an_object_without_a_size_counts_as_empty() -> None:
    assert attachment_bytes(stored(None)) == attachment_bytes(stored(0)) < 1024


def test_texts_count_in_utf_8() -> None:
    assert text_bytes(replace(REQUEST, text="ü" * 3000)) - text_bytes(replace(REQUEST, text="a" * 3000)) > 4000
