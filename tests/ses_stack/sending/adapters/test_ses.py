"""SES through boto3: the calls that are made, checked against botocore's model, and what every answer means."""

from __future__ import annotations

import asyncio
import io
import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, ParamValidationError, ReadTimeoutError
from botocore.stub import Stubber

from ses_stack.aws.threads import Threads
from ses_stack.sending.adapters.lane_queue import request_of
from ses_stack.sending.adapters.messages import MessageComposer
from ses_stack.sending.adapters.ses import SesAccount, SesSender
from ses_stack.sending.adapters.verdicts import UNVERIFIED
from ses_stack.sending.answers import SesAnswer, Verdict
from ses_stack.sending.jobs import Job, LaneRecord
from ses_stack.sending.ledger import LedgerEntry, RequestStatus
from ses_stack.sending.unsubscribe import Unsubscribe

URL = "https://x.example/u?r={recipient}&i={request_id}"


class World:
    def __init__(self, unsubscribe: Unsubscribe | None = None) -> None:
        self.client = boto3.client("sesv2")
        self.stub = Stubber(self.client)
        self.stub.activate()
        self.objects: dict[str, bytes | str] = {}
        composer = MessageComposer(
            stack="ses-stack", unsubscribe=unsubscribe or Unsubscribe(), read_object=self._read_object
        )
        self.ses = SesSender(lambda: self.client, composer=composer, threads=Threads(1))

    def _read_object(self, bucket: str, key: str) -> bytes:
        found = self.objects[f"{bucket}/{key}"]
        if isinstance(found, str):
            raise ClientError({"Error": {"Code": found, "Message": ""}}, "GetObject")
        return io.BytesIO(found).read()

    def send(self, *jobs: Job) -> list[SesAnswer]:
        return list(asyncio.run(self.ses.send(jobs)))


def job(request_id: str = "r1", *, due_at: float = 0.0, without: frozenset[str] = frozenset(), **fields: Any) -> Job:
    plain = {"v": 1, "request_id": request_id, "stream": "transactional", "from": "App <app@example.com>"}
    plain |= {"to": ["Ann Berg <ann@example.com>"]}
    if "template" not in fields:
        plain |= {"subject": "Hi", "text": "Hello"}
    request = request_of(json.dumps(plain | fields))
    entry = LedgerEntry(
        request_id=request_id, status=RequestStatus.SENDING, stream="", lane="", recipients=1, queued_at=0, changed_at=0
    )
    recipients = frozenset(each.key for each in request.recipients) - without
    return Job(
        record=LaneRecord(id="m", body="", queued_at=0),
        request=request,
        entry=entry,
        recipients=recipients,
        due_at=due_at,
    )


def test_simple_mail_has_its_stream_its_tags_and_only_wanted_recipients() -> None:
    world = World()
    world.stub.add_response(
        "send_email",
        {"MessageId": "ses-1"},
        {
            "FromEmailAddress": "App <app@example.com>",
            "ConfigurationSetName": "ses-stack-transactional",
            "ReplyToAddresses": ["help@example.com"],
            "TenantName": "shop",
            "Destination": {"ToAddresses": ["Ann Berg <ann@example.com>"], "BccAddresses": ["dan@example.com"]},
            "Content": {
                "Simple": {
                    "Subject": {"Data": "Hi", "Charset": "UTF-8"},
                    "Body": {
                        "Html": {"Data": "<p>Hello", "Charset": "UTF-8"},
                        "Text": {"Data": "Hello", "Charset": "UTF-8"},
                    },
                    "Headers": [{"Name": "X-Campaign", "Value": "7"}],
                }
            },
            "EmailTags": [{"Name": "campaign", "Value": "7"}, {"Name": "request_id", "Value": "r1"}],
        },
    )
    told = job(
        html="<p>Hello",
        cc=["Cid@example.com"],
        bcc=["dan@example.com"],
        reply_to=["help@example.com"],
        tenant="shop",
        headers={"X-Campaign": "7"},
        tags={"campaign": "7"},
        without=frozenset({"cid@example.com"}),
    )
    assert world.send(told) == [SesAnswer(Verdict.ACCEPTED, message_id="ses-1")]


def test_marketing_mail_can_be_left_with_one_click() -> None:
    world = World(Unsubscribe(url=URL))
    sent: dict[str, Any] = {}
    world.client.meta.events.register("provide-client-params.sesv2.SendEmail", lambda params, **_: sent.update(params))
    world.stub.add_response("send_email", {"MessageId": "ses-1"})
    world.send(job(stream="marketing"))
    assert sent["Content"]["Simple"]["Headers"] == [
        {"Name": "List-Unsubscribe", "Value": "<https://x.example/u?r=ann%40example.com&i=r1>"},
        {"Name": "List-Unsubscribe-Post", "Value": "List-Unsubscribe=One-Click"},
    ]


def test_where_ses_keeps_the_list_it_is_told_which() -> None:
    world = World(Unsubscribe(contact_list="news"))
    sent: dict[str, Any] = {}
    world.client.meta.events.register("provide-client-params.sesv2.SendEmail", lambda params, **_: sent.update(params))
    world.stub.add_response("send_email", {"MessageId": "ses-1"})
    world.send(job(stream="marketing", topic="offers", template="t", data={"a": 1}))
    assert sent["ListManagementOptions"] == {"ContactListName": "news", "TopicName": "offers"}
    assert sent["Content"] == {"Template": {"TemplateName": "t", "TemplateData": '{"a": 1}'}}
    assert [len(call) for call in world.ses.together([job("a", stream="marketing", template="t")] * 2)] == [1, 1]


def test_attachments_come_from_the_request_or_from_s3() -> None:
    world = World()
    world.objects["bucket/key"] = b"from s3"
    sent: dict[str, Any] = {}
    world.client.meta.events.register("provide-client-params.sesv2.SendEmail", lambda params, **_: sent.update(params))
    world.stub.add_response("send_email", {"MessageId": "ses-1"})
    inline = {"filename": "a.png", "content_type": "image/png", "disposition": "inline", "content_id": "a"}
    attachments = [inline | {"content": "aGk="}, {"filename": "b.pdf", "bucket": "bucket", "key": "key"}]
    assert world.send(job(attachments=attachments))[0].verdict is Verdict.ACCEPTED
    first, second = sent["Content"]["Simple"]["Attachments"]
    assert (first["RawContent"], first["ContentDisposition"], first["ContentId"]) == (b"hi", "INLINE", "a")
    assert (second["RawContent"], second["ContentDisposition"]) == (b"from s3", "ATTACHMENT")


@pytest.mark.parametrize(
    ("code", "verdict"),
    [("NoSuchKey", Verdict.REJECTED), ("AccessDenied", Verdict.REJECTED), ("SlowDown", Verdict.FAULT)],
)
def test_an_attachment_that_cannot_be_had_is_no_reason_to_send_without(code: str, verdict: Verdict) -> None:
    world = World()
    world.objects["bucket/key"] = code
    (answer,) = world.send(job(attachments=[{"filename": "b.pdf", "bucket": "bucket", "key": "key"}]))
    assert answer.verdict is verdict
    assert answer.reason.startswith("attachments[0]")


@pytest.mark.parametrize(
    ("code", "text", "status", "verdict"),
    [
        ("TooManyRequestsException", "Maximum sending rate exceeded.", 429, Verdict.THROTTLED),
        ("TooManyRequestsException", "Daily message quota exceeded.", 429, Verdict.QUOTA),
        ("SendingPausedException", "Sending paused for this account.", 400, Verdict.PAUSED),
        ("AccountSuspendedException", "Sending suspended.", 400, Verdict.PAUSED),
        ("MessageRejected", "Bad content", 400, Verdict.REJECTED),
        ("BadRequestException", "wrong", 400, Verdict.REJECTED),
        ("NotFoundException", "Template t does not exist.", 404, Verdict.REJECTED),
        ("SomethingNew", "?", 400, Verdict.REJECTED),
        ("LimitExceededException", "many", 400, Verdict.FAULT),
        ("AccessDeniedException", "no", 403, Verdict.FAULT),
        ("InternalServiceErrorException", "oops", 500, Verdict.FAULT),
        ("GatewayTimeout", "", 504, Verdict.UNCERTAIN),
    ],
)
def test_what_errors_mean(code: str, text: str, status: int, verdict: Verdict) -> None:
    world = World()
    world.stub.add_client_error("send_email", code, text, status)
    (answer,) = world.send(job())
    assert answer.verdict is verdict
    assert answer.reason.startswith(code)


def test_reasons_carry_no_address() -> None:
    world = World()
    text = "Email address is not verified. The following identities failed: app@example.com"
    world.stub.add_client_error("send_email", "MessageRejected", text, 400)
    world.stub.add_client_error("send_email", "BadRequestException", "Bad: <ann@example.com>", 400)
    assert world.send(job()) == [SesAnswer(Verdict.REJECTED, UNVERIFIED)]
    assert world.send(job()) == [SesAnswer(Verdict.REJECTED, "BadRequestException: Bad: <(address)>")]


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        (ConnectTimeoutError(endpoint_url="x"), Verdict.FAULT),
        (ReadTimeoutError(endpoint_url="x"), Verdict.UNCERTAIN),
        (ParamValidationError(report="x"), Verdict.REJECTED),
    ],
)
def test_what_silence_means(error: Exception, verdict: Verdict) -> None:
    world = World()

    def fails(**_: Any) -> None:
        raise error

    world.client.meta.events.register("provide-client-params.sesv2.*", fails)
    assert world.send(job())[0].verdict is verdict
    assert [answer.verdict for answer in world.send(job("a"), job("b"))] == [verdict] * 2


def test_templated_marketing_mail_shares_calls_if_it_is_due_together() -> None:
    world = World()
    shared = {"stream": "marketing", "template": "t"}
    jobs = [
        job("a", due_at=1.00, **shared),
        job("b", due_at=1.05, **shared),
        job("c", due_at=1.20, **shared),
        job("d", due_at=1.21, **{**shared, "template": "other"}),
        job("e", due_at=1.22, stream="marketing"),
        job("f", due_at=1.23, template="t"),
        job("g", due_at=1.25, **shared),
    ]
    calls = [[each.request.request_id for each in call] for call in world.ses.together(jobs)]
    assert calls == [["a", "b"], ["c", "g"], ["d"], ["e"], ["f"]]


def test_each_part_of_a_shared_call_has_its_own_answer() -> None:
    world = World(Unsubscribe(url=URL))
    statuses = [
        {"Status": "SUCCESS", "MessageId": "ses-1"},
        {"Status": "MESSAGE_REJECTED", "Error": "Bad: ben@example.com"},
        {"Status": "ACCOUNT_THROTTLED", "Error": "too fast"},
        {"Status": "MESSAGE_REJECTED", "Error": "Email address is not verified."},
    ]
    sent: dict[str, Any] = {}
    world.client.meta.events.register(
        "provide-client-params.sesv2.SendBulkEmail", lambda params, **_: sent.update(params)
    )
    world.stub.add_response("send_bulk_email", {"BulkEmailEntryResults": statuses})
    jobs = [job(f"r{number}", stream="marketing", template="t", data={"n": number}) for number in range(4)]
    assert world.send(*jobs) == [
        SesAnswer(Verdict.ACCEPTED, message_id="ses-1"),
        SesAnswer(Verdict.REJECTED, "MessageRejected: Bad: (address)"),
        SesAnswer(Verdict.THROTTLED, "TooManyRequestsException: too fast"),
        SesAnswer(Verdict.REJECTED, UNVERIFIED),
    ]
    assert sent["DefaultContent"] == {"Template": {"TemplateName": "t", "TemplateData": "{}"}}
    entry = sent["BulkEmailEntries"][1]
    assert entry["ReplacementTags"] == [{"Name": "request_id", "Value": "r1"}]
    assert entry["ReplacementHeaders"][0]["Value"].endswith("i=r1>")
    assert entry["ReplacementEmailContent"]["ReplacementTemplate"] == {"ReplacementTemplateData": '{"n": 1}'}


@pytest.mark.parametrize(
    ("told", "stopped"),
    [
        ({}, None),
        ({"SendingEnabled": False}, "sending is paused for the account"),
        ({"SendingEnabled": False, "EnforcementStatus": "SHUTDOWN"}, "SES has suspended the account"),
    ],
)
def test_what_the_account_may_send(told: dict[str, Any], stopped: str | None) -> None:
    world = World()
    quota = {"MaxSendRate": 14.0, "Max24HourSend": 50_000.0, "SentLast24Hours": 7.0}
    world.stub.add_response("get_account", {"SendQuota": quota, "SendingEnabled": True, **told})
    account = asyncio.run(SesAccount(lambda: world.client, threads=Threads(1)).account(5.0))
    assert account is not None
    assert (account.rate, account.most, account.sent, account.read_at, account.stopped) == (14, 50_000, 7, 5.0, stopped)


GARBAGE = [None, {}, [], {"MessageId": None}, {"BulkEmailEntryResults": None}, {"BulkEmailEntryResults": [{}, 7]}]


class Nonsense:
    """An SES that answers as a broken proxy does."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def __getattr__(self, _: str) -> Any:
        return lambda **_: self.answer


@pytest.mark.parametrize("answer", GARBAGE)
def test_an_answer_that_makes_no_sense_is_none(answer: Any) -> None:
    ses = World().ses
    ses._client = lambda: Nonsense(answer)  # type: ignore[assignment, return-value]
    for jobs in ([job("a")], [job("a", stream="marketing"), job("b", stream="marketing"), job("c")]):
        verdicts = [each.verdict for each in asyncio.run(ses.send(jobs))]
        assert len(verdicts) == len(jobs)
        assert not {Verdict.ACCEPTED, Verdict.REJECTED} & set(verdicts)


@pytest.mark.parametrize("answer", [*GARBAGE, {"SendQuota": {"MaxSendRate": 14}}, {"SendQuota": {"MaxSendRate": "x"}}])
def test_an_account_that_makes_no_sense_is_not_known(answer: Any) -> None:
    account = SesAccount(lambda: Nonsense(answer), threads=Threads(1))  # type: ignore[arg-type, return-value]
    assert asyncio.run(account.account(5.0)) is None


@pytest.mark.parametrize(
    ("code", "status", "verdict"),
    [
        ("Unheard", 429, Verdict.THROTTLED),
        ("ThrottledException", 400, Verdict.THROTTLED),
        ("RequestThrottled", 400, Verdict.THROTTLED),
        ("RequestTimeout", 408, Verdict.UNCERTAIN),
        ("Unheard", 400, Verdict.REJECTED),
    ],
)
def test_answers_that_no_document_names(code: str, status: int, verdict: Verdict) -> None:
    world = World()
    world.stub.add_client_error("send_email", code, "x", status)
    assert world.send(job())[0].verdict is verdict


def test_an_account_that_does_not_answer() -> None:
    world = World()
    world.stub.add_client_error("get_account", "TooManyRequestsException", "slow down", 429)
    assert asyncio.run(SesAccount(lambda: world.client, threads=Threads(1)).account(5.0)) is None
