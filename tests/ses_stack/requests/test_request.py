"""The send request as a value."""

from __future__ import annotations

from dataclasses import replace

from ses_stack.mail.mailboxes import Mailbox
from ses_stack.requests.request import Attachment
from ses_stack.requests.validation import validated
from tests.support.requests import FULL, PLAIN


def test_content_stays_out_of_representations() -> None:
    request = validated(FULL | {"text": "geheim", "html": "geheim"})

    assert "geheim" not in repr(request)
    assert "%PDF" not in repr(request)


def test_an_attachment_knows_its_size_unless_only_s3_does() -> None:
    assert [each.known_bytes for each in validated(FULL).attachments] == [4, 1, 12, 0]


def test_recipients_are_to_cc_and_bcc() -> None:
    request = validated(PLAIN | {"cc": ["c@x.org"], "bcc": ["d@x.org"]})

    assert request.recipients == (Mailbox("b@x.org"), Mailbox("c@x.org"), Mailbox("d@x.org"))


def test_only_attachments_in_s3_must_be_fetched() -> None:
    request = validated(PLAIN)
    inline = Attachment(filename="a", content=b"1")
    stored = Attachment(filename="b", bucket="my-bucket", key="b")

    assert not request.has_s3_attachments
    assert not replace(request, attachments=(inline,)).has_s3_attachments
    assert replace(request, attachments=(inline, stored)).has_s3_attachments
