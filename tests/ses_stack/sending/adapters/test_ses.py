"""SES: the calls, and one answer for each message."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from ses_stack.aws.json_api import Answer
from ses_stack.aws.threads import Threads
from ses_stack.sending.adapters.ses import SesAccount
from ses_stack.sending.adapters.verdicts import UNVERIFIED
from ses_stack.sending.answers import SesAnswer, Verdict
from ses_stack.sending.unsubscribe import Unsubscribe
from tests.support.stubbed_ses import BUCKET, SesWorld, job

URL = "https://x.example/u?r={recipient}&i={request_id}"


def test_a_simple_message_has_its_stream_its_tags_and_no_suppressed_recipient() -> None:
    world = SesWorld()
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
    simple = job(
        html="<p>Hello",
        cc=["Cid@example.com"],
        bcc=["dan@example.com"],
        reply_to=["help@example.com"],
        tenant="shop",
        headers={"X-Campaign": "7"},
        tags={"campaign": "7"},
        without=frozenset({"cid@example.com"}),
    )
    assert world.send(simple) == [SesAnswer(Verdict.ACCEPTED, message_id="ses-1")]


def test_templated_marketing_mail_that_is_due_together_shares_a_call() -> None:
    world = SesWorld()
    shared = {"stream": "marketing", "template": "t"}
    jobs = [
        job("a", due_at=1.00, **shared),
        job("b", due_at=1.005, **shared),
        job("c", due_at=1.20, **shared),
        job("d", due_at=1.201, **{**shared, "template": "other"}),
        job("e", due_at=1.202, stream="marketing"),
        job("f", due_at=1.203, template="t"),
        job("g", due_at=1.205, **shared),
    ]
    calls = [[each.request.request_id for each in call] for call in world.ses.together(jobs)]
    assert calls == [["a", "b"], ["c", "g"], ["d"], ["e"], ["f"]]


def test_each_message_of_a_shared_call_has_its_own_answer() -> None:
    world = SesWorld(Unsubscribe(url=URL))
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
    ("fields", "stopped"),
    [
        ({}, None),
        ({"SendingEnabled": False}, "sending is paused for the account"),
        ({"SendingEnabled": False, "EnforcementStatus": "SHUTDOWN"}, "SES has suspended the account"),
    ],
)
def test_the_accounts_limits(fields: dict[str, Any], stopped: str | None) -> None:
    world = SesWorld()
    quota = {"MaxSendRate": 14.0, "Max24HourSend": 50_000.0, "SentLast24Hours": 7.0}
    world.stub.add_response("get_account", {"SendQuota": quota, "SendingEnabled": True, **fields})
    account = asyncio.run(SesAccount(world.calls, threads=Threads(1)).account(5.0))
    assert account is not None
    assert (account.rate, account.most, account.sent, account.read_at, account.stopped) == (14, 50_000, 7, 5.0, stopped)


GARBAGE = [None, {}, [], {"MessageId": None}, {"BulkEmailEntryResults": None}, {"BulkEmailEntryResults": [{}, 7]}]


NO_NUMBERS = [
    {"SendQuota": {"MaxSendRate": 14, "Max24HourSend": 100, "SentLast24Hours": 7, name: value}}
    for name in ("MaxSendRate", "Max24HourSend", "SentLast24Hours")
    for value in (float("nan"), float("inf"))
]


class Nonsense:
    """An SES that answers as a broken proxy does."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def call(self, operation: str, parameters: Mapping[str, Any]) -> Answer:
        return Answer(200, self.answer)


@pytest.mark.parametrize("answer", GARBAGE)
def test_an_invalid_answer_leaves_the_outcome_open(answer: Any) -> None:
    ses = SesWorld().ses
    ses._calls = Nonsense(answer)
    for jobs in ([job("a")], [job("a", stream="marketing"), job("b", stream="marketing"), job("c")]):
        verdicts = [each.verdict for each in asyncio.run(ses.send(jobs))]
        assert len(verdicts) == len(jobs)
        assert not {Verdict.ACCEPTED, Verdict.REJECTED} & set(verdicts)


@pytest.mark.parametrize(
    "answer", [*GARBAGE, {"SendQuota": {"MaxSendRate": 14}}, {"SendQuota": {"MaxSendRate": "x"}}, *NO_NUMBERS]
)
def test_invalid_limits_are_no_limits(answer: Any) -> None:
    account = SesAccount(Nonsense(answer), threads=Threads(1))
    assert asyncio.run(account.account(5.0)) is None


def test_get_account_without_an_answer() -> None:
    world = SesWorld()
    world.stub.add_client_error("get_account", "TooManyRequestsException", "slow down", 429)
    assert asyncio.run(SesAccount(world.calls, threads=Threads(1)).account(5.0)) is None


def test_a_message_with_attachments_in_s3_waits_longer_for_ses() -> None:
    world = SesWorld()
    world.objects["attachments/b"] = b"large"
    world.patient_stub.add_response("send_email", {"MessageId": "patient"})
    world.stub.add_response("send_email", {"MessageId": "quick"})
    inline = {"filename": "a.txt", "content": "aGk="}

    answers = [
        *world.send(job(attachments=[{"filename": "b.pdf", "bucket": BUCKET, "key": "attachments/b"}])),
        *world.send(job(attachments=[inline])),
    ]

    assert [answer.message_id for answer in answers] == ["patient", "quick"]
