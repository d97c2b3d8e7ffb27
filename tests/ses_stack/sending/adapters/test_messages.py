"""SES's parameters for a send request."""

from __future__ import annotations

from typing import Any

import pytest

from ses_stack.sending.adapters.attachments import AttachmentReader
from ses_stack.sending.adapters.messages import MessageComposer
from ses_stack.sending.answers import Verdict
from ses_stack.sending.unsubscribe import Unsubscribe
from tests.support.ses_wire import call_of_botocore, call_of_service
from tests.support.stubbed_ses import BUCKET, Objects, SesWorld, job

URL = "https://x.example/u?r={recipient}&i={request_id}"
INLINE = {
    "filename": "ä.png",
    "content_type": "image/png",
    "disposition": "inline",
    "content_id": "a",
    "content": "/w==",
}
STORED = {"filename": "b.pdf", "bucket": BUCKET, "key": "attachments/b"}
KINDS: list[dict[str, Any]] = [
    {},
    {"subject": "Grüße", "html": "<p>\U0001f600", "text": "Hi\u2028"},
    {"cc": ["Cid <cid@x.org>"], "bcc": ["dan@x.org"], "reply_to": ["Jürgen <help@x.org>"], "tenant": "shop"},
    {"headers": {"X-Campaign": "7"}, "tags": {"campaign": "7"}},
    {"attachments": [INLINE, STORED]},
    {"template": "t", "data": {"name": "Ann", "items": [1, 2.5, None, "ß"]}, "attachments": [INLINE]},
    {"stream": "marketing", "template": "t", "topic": "offers"},
]


@pytest.mark.parametrize("fields", KINDS)
@pytest.mark.parametrize("unsubscribe", [Unsubscribe(), Unsubscribe(url=URL), Unsubscribe(contact_list="news")])
def test_every_kind_of_request_is_the_call_that_botocore_makes(
    fields: dict[str, Any], unsubscribe: Unsubscribe
) -> None:
    """botocore checks each against its model of SES."""
    composer = composer_with(unsubscribe, {"attachments/b": b"%PDF"})
    parameters = composer.send_email(job(**fields))

    assert call_of_service("SendEmail", parameters) == call_of_botocore("SendEmail", parameters)


def test_a_shared_call_is_the_one_that_botocore_makes() -> None:
    shared = {"stream": "marketing", "template": "t", "reply_to": ["help@x.org"], "tenant": "shop"}
    jobs = [job(f"r{number}", **shared, data={"n": number}, tags={"n": str(number)}) for number in range(50)]
    parameters = composer_with(Unsubscribe(url=URL), {}).send_bulk_email(jobs)

    assert call_of_service("SendBulkEmail", parameters) == call_of_botocore("SendBulkEmail", parameters)


def composer_with(unsubscribe: Unsubscribe, stored: dict[str, bytes]) -> MessageComposer:
    objects = Objects()
    objects.update(stored)
    reader = AttachmentReader(lambda: objects, bucket=BUCKET)
    return MessageComposer(stack="s", unsubscribe=unsubscribe, attachments=reader)


def test_marketing_mail_has_one_click_unsubscribe_headers() -> None:
    world = SesWorld(Unsubscribe(url=URL))
    sent: dict[str, Any] = {}
    world.client.meta.events.register("provide-client-params.sesv2.SendEmail", lambda params, **_: sent.update(params))
    world.stub.add_response("send_email", {"MessageId": "ses-1"})
    world.send(job(stream="marketing"))
    assert sent["Content"]["Simple"]["Headers"] == [
        {"Name": "List-Unsubscribe", "Value": "<https://x.example/u?r=ann%40example.com&i=r1>"},
        {"Name": "List-Unsubscribe-Post", "Value": "List-Unsubscribe=One-Click"},
    ]


def test_a_contact_list_is_named_and_keeps_calls_single() -> None:
    world = SesWorld(Unsubscribe(contact_list="news"))
    sent: dict[str, Any] = {}
    world.client.meta.events.register("provide-client-params.sesv2.SendEmail", lambda params, **_: sent.update(params))
    world.stub.add_response("send_email", {"MessageId": "ses-1"})
    world.send(job(stream="marketing", topic="offers", template="t", data={"a": 1}))
    assert sent["ListManagementOptions"] == {"ContactListName": "news", "TopicName": "offers"}
    assert sent["Content"] == {"Template": {"TemplateName": "t", "TemplateData": '{"a": 1}'}}
    assert [len(call) for call in world.ses.together([job("a", stream="marketing", template="t")] * 2)] == [1, 1]


def test_attachments_come_from_the_request_or_from_s3() -> None:
    world = SesWorld()
    world.objects["attachments/b"] = b"from s3"
    sent: dict[str, Any] = {}
    world.patient_client.meta.events.register(
        "provide-client-params.sesv2.SendEmail", lambda params, **_: sent.update(params)
    )
    world.patient_stub.add_response("send_email", {"MessageId": "ses-1"})
    inline = {"filename": "a.png", "content_type": "image/png", "disposition": "inline", "content_id": "a"}
    attachments = [inline | {"content": "aGk="}, {"filename": "b.pdf", "bucket": BUCKET, "key": "attachments/b"}]
    assert world.send(job(attachments=attachments))[0].verdict is Verdict.ACCEPTED
    first, second = sent["Content"]["Simple"]["Attachments"]
    assert (first["RawContent"], first["ContentDisposition"], first["ContentId"]) == (b"hi", "INLINE", "a")
    assert (second["RawContent"], second["ContentDisposition"]) == (b"from s3", "ATTACHMENT")
