"""The attachments of a send request."""

from __future__ import annotations

from typing import Any

import pytest

from ses_stack.errors import RequestError
from ses_stack.requests.attachments import read_attachments
from ses_stack.requests.request import MAX_ATTACHMENTS, MAX_MESSAGE_BYTES, Attachment

INLINE = {"filename": "a.pdf", "content": "JVBERg=="}
STORED = {"filename": "a.pdf", "bucket": "my-bucket", "key": "attachments/b"}


def test_an_inline_attachment() -> None:
    assert read_attachments([INLINE], "attachments") == (Attachment(filename="a.pdf", content=b"%PDF"),)


def test_an_attachment_in_s3() -> None:
    entry = STORED | {"content_type": "application/pdf; version=2", "size": MAX_MESSAGE_BYTES}

    assert read_attachments([entry], "attachments") == (
        Attachment(
            filename="a.pdf",
            content_type="application/pdf; version=2",
            bucket="my-bucket",
            key="attachments/b",
            size=MAX_MESSAGE_BYTES,
        ),
    )


def test_an_image_for_the_html_text() -> None:
    (image,) = read_attachments([INLINE | {"disposition": "inline", "content_id": "logo@x"}], "attachments")

    assert (image.disposition, image.content_id) == ("inline", "logo@x")


@pytest.mark.parametrize(
    ("entries", "field", "problem"),
    [
        ([INLINE] * (MAX_ATTACHMENTS + 1), "attachments", "has 101 entries; the limit is 100"),
        ([INLINE, "a"], "attachments[1]", "is a string, and must be an object"),
        ([INLINE | {"size": 1}], "attachments[0].size", "cannot be combined with content"),
        ([{"filename": "a"}], "attachments[0]", "has neither content, nor bucket and key"),
        ([{"content": "AA=="}], "attachments[0].filename", "is missing"),
        ([INLINE | {"filename": "a/b"}], "attachments[0].filename", "holds a / or a \\"),
        ([INLINE | {"filename": "a" * 256}], "attachments[0].filename", "may hold 1 to 255 bytes of UTF-8"),
        ([INLINE | {"filename": "名" * 86}], "attachments[0].filename", "may hold 1 to 255 bytes of UTF-8"),
        (
            [INLINE | {"filename": "a.pdf.EXE"}],
            "attachments[0].filename",
            "ends in .exe, a type of attachment that SES",
        ),
        ([INLINE | {"filename": "12:30.pdf"}], "attachments[0].filename", 'holds one of : * ? " < > |, which SES'),
        (
            [INLINE | {"content_type": "text/plain; charset=utf-8; Name=run.bat"}],
            "attachments[0].content_type",
            "ends in .bat, a type of attachment that SES refuses",
        ),
        ([INLINE | {"content_type": "pdf"}], "attachments[0].content_type", "is not a media type"),
        ([INLINE | {"content_type": "message/rfc822"}], "attachments[0].content_type", "is a type that cannot be"),
        ([INLINE | {"disposition": "x"}], "attachments[0].disposition", "is neither attachment nor inline"),
        ([INLINE | {"content_id": "<x>"}], "attachments[0].content_id", "may hold 1 to 78 of"),
        ([INLINE | {"content": "a-b_"}], "attachments[0].content", "is not base64"),
        ([INLINE | {"content": ""}], "attachments[0].content", "is empty"),
        ([STORED | {"bucket": "My"}], "attachments[0].bucket", "is not a bucket name"),
        ([STORED | {"key": "a/b"}], "attachments[0].key", "is not a key of at most 1024 characters under attachments/"),
        ([STORED | {"key": "attachments/"}], "attachments[0].key", "is not a key"),
        ([STORED | {"key": "attachments/" + "k" * 1013}], "attachments[0].key", "is not a key"),
        ([STORED | {"size": True}], "attachments[0].size", "is a boolean, and must be a whole number of bytes"),
        ([STORED | {"size": MAX_MESSAGE_BYTES + 1}], "attachments[0].size", "is not between 1 and"),
        ([INLINE | {"content_id": "x"}, STORED | {"content_id": "x"}], "attachments", "uses a content_id twice"),
        ([INLINE | {"fileName": "a"}], "attachments[0].fileName", "is not a field"),
    ],
)
def test_other_attachments_are_refused(entries: list[Any], field: str, problem: str) -> None:
    with pytest.raises(RequestError) as caught:
        read_attachments(entries, "attachments")

    assert caught.value.field == field
    assert caught.value.problem.startswith(problem)
