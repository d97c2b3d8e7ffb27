"""From a request to a message: simple content, templates, bulk entries."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from ses_stack_cli.local.simulator.errors import ApiError, not_found
from ses_stack_cli.local.simulator.mail.compose import compose, compose_bulk
from ses_stack_cli.local.simulator.mail.message import Attachment, Message
from ses_stack_cli.local.simulator.mail.requests import SendBulkEmail, SendEmail, TemplateText

SIMPLE = {"Simple": {"Subject": {"Data": "Hello"}, "Body": {"Text": {"Data": "Hi"}, "Html": {"Data": "<p>Hi</p>"}}}}


def templates(name: str) -> TemplateText:
    if name != "welcome":
        raise not_found(f"Template {name} does not exist.")
    return TemplateText(Subject="Hi {{name}}", Html="<p>{{code}}</p>")


def composed(content: dict[str, Any], **parameters: Any) -> Message:
    request = {
        "FromEmailAddress": "Shop <news@example.com>",
        "Destination": {"ToAddresses": ["ann@example.org", "ben@example.org"], "CcAddresses": ["cleo@example.org"]},
        "ReplyToAddresses": ["help@example.com"],
        "Content": content,
    }
    return compose(SendEmail.model_validate(request | parameters), templates)


def test_simple_content_and_its_headers() -> None:
    message = composed(SIMPLE, ConfigurationSetName="marketing", EmailTags=[{"Name": "kind", "Value": "news"}])
    assert (message.subject, message.text, message.html) == ("Hello", "Hi", "<p>Hi</p>")
    assert message.headers == [
        ("From", "Shop <news@example.com>"),
        ("To", "ann@example.org, ben@example.org"),
        ("Cc", "cleo@example.org"),
        ("Reply-To", "help@example.com"),
        ("Subject", "Hello"),
        ("MIME-Version", "1.0"),
        ("Content-Type", 'multipart/alternative; boundary="----=_Part_0_1"'),
    ]
    assert (message.configuration_set, message.tags, message.operation) == (
        "marketing",
        {"kind": ["news"]},
        "SendEmail",
    )
    text = "".join(f"{name}: {value}\r\n" for name, value in message.headers) + "Hi<p>Hi</p>"
    assert message.size == len(text)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ({"Text": {"Data": "Hi"}}, "text/plain; charset=UTF-8"),
        ({"Html": {"Data": "Hi"}}, "text/html; charset=UTF-8"),
    ],
)
def test_one_part_has_its_own_content_type(body: dict[str, Any], content_type: str) -> None:
    message = composed({"Simple": {"Subject": {"Data": "x"}, "Body": body}})
    assert list(message.headers)[-2:] == [("Content-Type", content_type), ("Content-Transfer-Encoding", "7bit")]


def test_attachments_count_by_their_encoded_size() -> None:
    content = base64.b64encode(b"x" * 100).decode()
    file = {"FileName": "a.bin", "RawContent": content, "ContentTransferEncoding": "BASE64"}
    plain = composed(SIMPLE)
    message = composed({"Simple": SIMPLE["Simple"] | {"Attachments": [file]}})
    assert message.attachments == [Attachment(name="a.bin", content_type="application/octet-stream", size=100)]
    assert 136 <= message.size - plain.size + len("alternative") - len("mixed") < 140
    assert list(message.headers)[-1] == ("Content-Type", 'multipart/mixed; boundary="----=_Part_0_1"')


def test_a_template_is_rendered_with_its_data() -> None:
    message = composed({"Template": {"TemplateName": "welcome", "TemplateData": '{"name": "Ann", "code": 7}'}})
    assert (message.template, message.subject, message.html, message.text) == ("welcome", "Hi Ann", "<p>7</p>", None)
    assert message.rendering_error is None


def test_a_template_that_lacks_data_is_accepted_with_its_first_failure() -> None:
    message = composed({"Template": {"TemplateName": "welcome", "TemplateData": "{}"}})
    assert message.rendering_error == "Attribute 'name' is not present in the rendering data."
    assert (message.subject, message.html) == ("Hi {{name}}", "<p>{{code}}</p>")


def test_the_unsubscribe_placeholder_stays() -> None:
    content = {"Template": {"TemplateContent": {"Subject": "x", "Text": "{{amazonSESUnsubscribeUrl}}"}}}
    message = composed(content)
    assert (message.text, message.template) == ("{{amazonSESUnsubscribeUrl}}", "inline-template")


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ({}, "exactly one"),
        (SIMPLE | {"Raw": {"Data": ""}}, "exactly one"),
        ({"Template": {"TemplateData": "{}"}}, "either TemplateName or TemplateContent"),
        ({"Template": {"TemplateName": "none"}}, "Template none does not exist"),
        ({"Template": {"TemplateName": "welcome", "TemplateData": "[]"}}, "TemplateData is not a JSON object"),
        ({"Template": {"TemplateContent": {"Subject": "{{#if}}"}}}, "Template inline-template is invalid: Subject"),
    ],
)
def test_content_that_ses_refuses(content: dict[str, Any], text: str) -> None:
    with pytest.raises(ApiError, match=text):
        composed(content)


def test_a_bulk_entry_overrides_data_and_tags() -> None:
    request = SendBulkEmail.model_validate(
        {
            "FromEmailAddress": "news@example.com",
            "DefaultContent": {
                "Template": {"TemplateName": "welcome", "TemplateData": '{"name": "friend", "code": "0"}'}
            },
            "DefaultEmailTags": [{"Name": "kind", "Value": "all"}, {"Name": "campaign", "Value": "spring"}],
            "BulkEmailEntries": [
                {
                    "Destination": {"ToAddresses": ["ann@example.org"]},
                    "ReplacementTags": [{"Name": "kind", "Value": "vip"}],
                    "ReplacementEmailContent": {"ReplacementTemplate": {"ReplacementTemplateData": '{"name": "Ann"}'}},
                    "ReplacementHeaders": [{"Name": "X-Ref", "Value": "42"}],
                }
            ],
        }
    )
    message = compose_bulk(request, request.BulkEmailEntries[0], templates)
    assert (message.subject, message.html, message.operation) == ("Hi Ann", "<p>0</p>", "SendBulkEmail")
    assert message.tags == {"kind": ["vip"], "campaign": ["spring"]}
    assert ("X-Ref", "42") in message.headers


def test_what_ses_refuses_in_the_parts_of_a_message() -> None:
    file = {"FileName": "a.exe", "RawContent": "eA=="}
    with pytest.raises(ApiError, match="Illegal filename"):
        composed({"Simple": SIMPLE["Simple"] | {"Attachments": [file]}})
    with pytest.raises(ApiError, match="is not allowed"):
        composed({"Simple": SIMPLE["Simple"] | {"Headers": [{"Name": "Subject", "Value": "x"}]}})
    with pytest.raises(ApiError, match="Address length is more than 320 bytes"):
        composed(SIMPLE, ReplyToAddresses=[f"{'a' * 320} <a@b.org>"])
