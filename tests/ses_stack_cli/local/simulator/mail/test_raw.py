"""Raw content: the MIME message's own headers, and the parameters that override them."""

from __future__ import annotations

from typing import Any

import pytest

from ses_stack_cli.local.simulator.mail.message import Attachment
from ses_stack_cli.local.simulator.mail.raw import raw_message
from ses_stack_cli.local.simulator.mail.requests import SendEmail

RAW = b"""From: Shop <news@example.com>\r
To: Ann <ann@example.org>, ben@example.org\r
Cc: cleo@example.org\r
Bcc: hidden@example.org\r
Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r
X-SES-CONFIGURATION-SET: ses-stack-marketing\r
X-SES-MESSAGE-TAGS: campaign=spring, kind=news, broken\r
MIME-Version: 1.0\r
Content-Type: multipart/mixed; boundary="b"\r
\r
--b\r
Content-Type: text/plain; charset=utf-8\r
\r
Hello\r
--b\r
Content-Type: application/pdf\r
Content-Disposition: attachment; filename="a.pdf"\r
\r
%PDF\r
--b--\r
"""


def request(**parameters: Any) -> SendEmail:
    return SendEmail.model_validate({"Content": {}, **parameters})


def test_everything_comes_from_the_mime_message() -> None:
    message = raw_message(request(), RAW)
    assert message.source == "Shop <news@example.com>"
    assert message.destination == ["Ann <ann@example.org>", "ben@example.org", "cleo@example.org", "hidden@example.org"]
    assert (message.subject, message.text, message.html, message.size) == ("Grüße", "Hello", None, len(RAW))
    assert message.attachments == [Attachment(name="a.pdf", content_type="application/pdf", size=4)]
    assert message.configuration_set == "ses-stack-marketing"
    assert message.tags == {"campaign": ["spring"], "kind": ["news"]}
    assert "bcc" not in {name.lower() for name, _ in message.headers}


def test_parameters_override_the_headers() -> None:
    message = raw_message(
        request(
            FromEmailAddress="codes@example.com",
            Destination={"BccAddresses": ["dan@example.org"]},
            ConfigurationSetName="ses-stack-transactional",
            EmailTags=[{"Name": "kind", "Value": "code"}],
        ),
        RAW,
    )
    assert (message.source, message.destination) == ("codes@example.com", ["dan@example.org"])
    assert message.configuration_set == "ses-stack-transactional"
    assert message.tags == {"campaign": ["spring"], "kind": ["code"]}


def test_html_without_parts() -> None:
    message = raw_message(request(), b"From: a@b.org\r\nTo: c@d.org\r\nContent-Type: text/html\r\n\r\n<p>Hi</p>")
    assert (message.html, message.text) == ("<p>Hi</p>", None)


def test_an_unknown_charset_is_no_error() -> None:
    assert raw_message(request(), b"Content-Type: text/plain; charset=none-such\r\n\r\nx").text is None


@pytest.mark.parametrize(("recipients", "destination"), [("", []), (":;", []), ("<", ["<>"])])
def test_recipients_that_are_no_addresses_are_left_to_the_checks(recipients: str, destination: list[str]) -> None:
    raw = f"From: a@b.org\r\nTo: {recipients}\r\n\r\n".encode()
    assert raw_message(request(), raw).destination == destination


@pytest.mark.parametrize("data", [b"", b"\xff\xfe"])
def test_data_without_headers_has_no_recipients(data: bytes) -> None:
    assert raw_message(request(), data).destination == []
