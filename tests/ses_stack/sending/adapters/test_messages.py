"""SES's parameters for a send request."""

from __future__ import annotations

from typing import Any

from ses_stack.sending.answers import Verdict
from ses_stack.sending.unsubscribe import Unsubscribe
from tests.support.stubbed_ses import BUCKET, SesWorld, job

URL = "https://x.example/u?r={recipient}&i={request_id}"


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
    world.client.meta.events.register("provide-client-params.sesv2.SendEmail", lambda params, **_: sent.update(params))
    world.stub.add_response("send_email", {"MessageId": "ses-1"})
    inline = {"filename": "a.png", "content_type": "image/png", "disposition": "inline", "content_id": "a"}
    attachments = [inline | {"content": "aGk="}, {"filename": "b.pdf", "bucket": BUCKET, "key": "attachments/b"}]
    assert world.send(job(attachments=attachments))[0].verdict is Verdict.ACCEPTED
    first, second = sent["Content"]["Simple"]["Attachments"]
    assert (first["RawContent"], first["ContentDisposition"], first["ContentId"]) == (b"hi", "INLINE", "a")
    assert (second["RawContent"], second["ContentDisposition"]) == (b"from s3", "ATTACHMENT")
