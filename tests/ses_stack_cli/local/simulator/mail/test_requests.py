"""The bodies of sending requests: what is read, what is ignored, what is refused."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from ses_stack_cli.local.simulator.mail.requests import FilePart, HeaderPart, SendEmail


def test_members_that_the_simulator_does_not_read_are_ignored() -> None:
    request = SendEmail.model_validate({"Content": {}, "FeedbackForwardingEmailAddress": "a@b.org"})
    assert request.Destination.ToAddresses == []


def test_content_is_required() -> None:
    with pytest.raises(ValidationError, match="Content"):
        SendEmail.model_validate({})


def test_file_content_is_base64() -> None:
    assert FilePart.model_validate({"FileName": "a", "RawContent": "aGk="}).RawContent == b"hi"
    with pytest.raises(ValidationError):
        FilePart.model_validate({"FileName": "a", "RawContent": "aG"})


@pytest.mark.parametrize(
    ("name", "value"), [("X Y", "a"), ("X:", "a"), ("", "a"), ("X", ""), ("X", "a\r\nBcc: b@c.org")]
)
def test_headers_cannot_break_lines(name: str, value: str) -> None:
    with pytest.raises(ValidationError):
        HeaderPart(Name=name, Value=value)
