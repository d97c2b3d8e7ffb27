"""What SES refuses in headers and attachments, and their size."""

from __future__ import annotations

import base64

import pytest

from ses_stack_cli.local.simulator.errors import ApiError
from ses_stack_cli.local.simulator.mail.parts import check_files, check_headers, encoded_size, text_size
from ses_stack_cli.local.simulator.mail.requests import FilePart, HeaderPart


def file(name: str = "a.pdf", content: bytes = b"x", **more: str) -> FilePart:
    return FilePart.model_validate({"FileName": name, "RawContent": base64.b64encode(content).decode(), **more})


def test_headers_that_ses_takes() -> None:
    check_headers([HeaderPart(Name="X-A", Value="a" * 993), HeaderPart(Name="List-Unsubscribe", Value="<https://x>")])


@pytest.mark.parametrize("name", ["Subject", "reply-to", "Content-Type", "Message-ID"])
def test_headers_that_ses_sets_are_refused(name: str) -> None:
    with pytest.raises(ApiError, match=f"Header name '{name}' is not allowed"):
        check_headers([HeaderPart(Name=name, Value="x")])


def test_a_header_counts_with_its_name() -> None:
    with pytest.raises(ApiError, match="longer than 996 characters"):
        check_headers([HeaderPart(Name="X-A", Value="a" * 994)])


@pytest.mark.parametrize("name", ["a.pdf", "a.exe.zip", "a.eml", "名前.pdf"])
def test_files_that_ses_takes(name: str) -> None:
    check_files([file(name)])


@pytest.mark.parametrize("name", ["a.exe", "A.Exe", "a.pdf.js", "a/b.pdf", "a:b.pdf", "a?.pdf", 'a".pdf', "<a>.pdf"])
def test_files_that_ses_refuses(name: str) -> None:
    with pytest.raises(ApiError, match="Illegal filename"):
        check_files([file(name)])


def test_an_enclosed_message_is_never_encoded() -> None:
    check_files([file("a.eml", ContentType="message/rfc822", ContentTransferEncoding="SEVEN_BIT")])
    check_files([file("a.eml", ContentType="application/octet-stream", ContentTransferEncoding="BASE64")])
    with pytest.raises(ApiError, match="cannot be encoded"):
        check_files([file("a.eml", ContentType="message/rfc822", ContentTransferEncoding="BASE64")])


def test_sizes_are_those_of_the_encoded_parts() -> None:
    assert encoded_size(file(content=b"x" * 57, ContentTransferEncoding="BASE64")) == 77
    assert encoded_size(file(content=b"x" * 57, ContentTransferEncoding="SEVEN_BIT")) == 57
    assert encoded_size(file(content=b"\xff" * 3, ContentTransferEncoding="QUOTED_PRINTABLE")) == 9
    assert text_size("abc") == 3
    assert text_size("ü") == 5
