"""Calls to SES without the SDK: they are botocore's own, over connections that break, and never made twice."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from botocore import credentials as sdk
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.parsers import create_parser

from ses_stack.aws.connections import Unanswered, Waits
from ses_stack.aws.idle import LONGEST_IDLE_SECONDS
from ses_stack.aws.json_api import Answer
from ses_stack.aws.signing import Credentials
from ses_stack_cli.local import certificate
from tests.support.scripted_server import ScriptedServer
from tests.support.ses_wire import CREDENTIALS, call_of_botocore, call_of_service, headers_of, service_at

OK = b'HTTP/1.1 200 OK\r\nContent-Length: 18\r\n\r\n{"MessageId": "m"}'
SENT = Answer(200, {"MessageId": "m"})
TEXT = {"Data": 'Grüße \U0001f600 "quoted"\u2028', "Charset": "UTF-8"}
ATTACHMENT = {
    "FileName": "a.png",
    "RawContent": bytes(range(256)),
    "ContentDisposition": "INLINE",
    "ContentId": "a",
    "ContentType": "image/png",
    "ContentTransferEncoding": "BASE64",
}
HEADERS = [{"Name": "List-Unsubscribe", "Value": "<https://x.example/u?r=ann%40example.com>"}]
TEMPLATE = {"TemplateName": "t", "TemplateData": '{"a": 1}'}
ENVELOPE = {
    "FromEmailAddress": "=?utf-8?q?J=C3=BCrgen?= <app@example.com>",
    "ReplyToAddresses": ["help@example.com"],
    "Destination": {"ToAddresses": ["ann@example.com"], "CcAddresses": ["ben@example.com"]},
    "EmailTags": [{"Name": "request_id", "Value": "r1"}],
    "ConfigurationSetName": "s-marketing",
    "TenantName": "shop",
}
ADDRESSES = ["ann@example.com", "a/b+c@x.org", "100%@x.org", "é@x.org", '"a b..c"@x.org', "~a?b#c&d=e@x.org"]
CALLS: list[tuple[str, dict[str, Any]]] = [
    (
        "SendEmail",
        {
            **ENVELOPE,
            "Content": {
                "Simple": {
                    "Subject": TEXT,
                    "Body": {"Text": TEXT, "Html": TEXT},
                    "Headers": HEADERS,
                    "Attachments": [ATTACHMENT],
                }
            },
            "ListManagementOptions": {"ContactListName": "readers", "TopicName": "offers"},
        },
    ),
    ("SendEmail", {"Content": {"Raw": {"Data": b"From: a@x.org\r\n\r\n\xff\x00"}}}),
    ("SendEmail", {"Content": {"Template": TEMPLATE | {"Headers": HEADERS, "Attachments": [ATTACHMENT]}}}),
    (
        "SendBulkEmail",
        {
            "FromEmailAddress": "app@example.com",
            "DefaultContent": {"Template": TEMPLATE},
            "BulkEmailEntries": [
                {
                    "Destination": {"ToAddresses": [f"r{number}@example.com"]},
                    "ReplacementTags": [{"Name": "request_id", "Value": f"r{number}"}],
                    "ReplacementHeaders": HEADERS,
                    "ReplacementEmailContent": {"ReplacementTemplate": {"ReplacementTemplateData": '{"n": 1}'}},
                }
                for number in range(50)
            ],
        },
    ),
    ("GetAccount", {}),
    ("GetConfigurationSet", {"ConfigurationSetName": "s-marketing_2"}),
    ("PutConfigurationSetSendingOptions", {"ConfigurationSetName": "s-marketing_2", "SendingEnabled": False}),
    ("GetTenant", {"TenantName": "acme_2"}),
    *(("PutSuppressedDestination", {"EmailAddress": each, "Reason": "BOUNCE"}) for each in ADDRESSES),
    *(("DeleteSuppressedDestination", {"EmailAddress": each}) for each in ADDRESSES),
    ("ListSuppressedDestinations", {"PageSize": 1000}),
    ("ListSuppressedDestinations", {"PageSize": 1000, "NextToken": "a+b/c= é&~"}),
]


class Clock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


class Ses:
    """SES's API at a scripted server."""

    def __init__(self, *connections: list[bytes | None], tls: Mapping[str, Any] | None = None, **more: Any) -> None:
        self.server = ScriptedServer(*connections, **(tls or {}))
        self.service = service_at(self.server.url + more.pop("path", ""), **more)

    @property
    def requests(self) -> list[bytes]:
        return self.server.requests

    def send(self) -> Answer | Unanswered:
        return self.service.call("SendEmail", {"Content": {"Raw": {"Data": b"x"}}})

    def close(self) -> None:
        self.service.close()
        self.server.close()


@pytest.fixture
def script() -> Iterator[Callable[..., Ses]]:
    made: list[Ses] = []

    def make(*connections: list[bytes | None], **more: Any) -> Ses:
        made.append(Ses(*connections, **more))
        return made[-1]

    yield make
    for each in made:
        each.close()


class TestCalls:
    @pytest.mark.parametrize(("operation", "parameters"), CALLS)
    def test_are_those_of_botocore(self, operation: str, parameters: dict[str, Any]) -> None:
        """botocore checks the parameters against its model, and both send the same bytes."""
        assert call_of_service(operation, parameters) == call_of_botocore(operation, parameters)

    @pytest.mark.parametrize(("operation", "parameters"), CALLS)
    def test_are_signed_as_botocore_signs(
        self, script: Callable[..., Ses], operation: str, parameters: dict[str, Any]
    ) -> None:
        ses = script([OK])

        assert ses.service.call(operation, parameters) == SENT

        head, _, body = ses.requests[0].partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        headers = headers_of(lines)
        _, _, names = headers["authorization"].partition("SignedHeaders=")
        signed = {name: headers[name] for name in names.partition(",")[0].split(";")}
        request = AWSRequest(first.split()[0], ses.server.url + first.split()[1], headers=signed, data=body)
        request.context["timestamp"] = headers["x-amz-date"]
        auth = SigV4Auth(sdk.Credentials(CREDENTIALS.key_id, CREDENTIALS.secret, CREDENTIALS.token), "ses", "eu-west-1")
        expected = auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request)
        assert headers["authorization"].rpartition("Signature=")[2] == expected
        assert {"host", "x-amz-date", "x-amz-security-token"} <= signed.keys()

    def test_name_the_caller(self, script: Callable[..., Ses]) -> None:
        ses = script([OK])
        ses.send()
        assert b"\r\nuser-agent: ses-stack lang/python#3." in ses.requests[0]

    def test_keep_the_path_of_an_endpoint(self, script: Callable[..., Ses]) -> None:
        ses = script([OK], path="/ses/")
        ses.service.call("GetAccount", {})
        assert ses.requests[0].startswith(b"GET /ses/v2/email/account HTTP/1.1\r\n")

    def test_use_the_credentials_of_the_moment(self, script: Callable[..., Ses]) -> None:
        keys = iter(["FIRST", "SECOND"])
        ses = script([OK, OK], credentials=lambda: Credentials(key_id=next(keys), secret="s"))
        assert [ses.send(), ses.send()] == [SENT, SENT]
        assert b"Credential=FIRST/" in ses.requests[0]
        assert b"Credential=SECOND/" in ses.requests[1]


class TestAnswers:
    @pytest.mark.parametrize(
        ("status", "headers", "body"),
        [
            (429, "x-amzn-ErrorType: TooManyRequestsException", b'{"message":"Maximum sending rate exceeded."}'),
            (
                400,
                "X-Amzn-Errortype: BadRequestException:http://internal.amazon.com/coral/com.amazonaws/",
                b'{"message":"\xc3\xa9"}',
            ),
            (400, "X: y", b'{"__type":"com.amazonaws.sesv2#MessageRejected","Message":"no"}'),
            (403, "x-amzn-errortype: ExpiredTokenException", b'{"__type":"Other","message":"expired"}'),
            (403, "X: y", b'{"code":"SignatureDoesNotMatch","message":"Signature not yet current"}'),
            (403, "X: y", b'{"Code":"x#RequestExpired","message":null}'),
            (404, "x-amzn-errortype: NotFoundException", b""),
            (400, "X: y", b"not JSON"),
            (503, "X: y", b"<html><b>Http/1.1 Service Unavailable</b></html>"),
            (504, "X: y", b"  "),
            (502, "X: y", b"bad gateway"),
            (500, "X: y", b"{}"),
        ],
    )
    def test_of_trouble_are_read_as_botocore_reads_them(
        self, script: Callable[..., Ses], status: int, headers: str, body: bytes
    ) -> None:
        length = f"Content-Length: {len(body)}"
        ses = script([f"HTTP/1.1 {status} X\r\n{headers}\r\n{length}\r\n\r\n".encode() + body])
        name, _, value = headers.partition(": ")
        response = {"status_code": status, "headers": {name.lower(): value}, "body": body}

        answer = ses.send()

        expected = create_parser("rest-json").parse(response, None)["Error"]
        assert isinstance(answer, Answer)
        assert (answer.status, answer.error) == (status, expected["Code"])
        assert answer.message == (expected["Message"] or "")

    @pytest.mark.parametrize("body", [b"[]", b"7", b'{"message":["x"]}', b'{"code":{}}', b'{"__type":"x#:y"}', b"\xff"])
    def test_that_make_no_sense_have_the_status_as_their_error(self, script: Callable[..., Ses], body: bytes) -> None:
        ses = script([b"HTTP/1.1 502 X\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)])
        answer = ses.send()
        assert isinstance(answer, Answer)
        assert (answer.status, answer.error) == (502, "502")

    @pytest.mark.parametrize("body", [b"<html>", b"[]", b"7", b""])
    def test_of_success_without_an_object_are_empty(self, script: Callable[..., Ses], body: bytes) -> None:
        ses = script([b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)])
        answer = ses.send()
        assert isinstance(answer, Answer)
        assert "MessageId" not in answer.document


class TestConnections:
    @pytest.fixture(params=["http", "https"])
    def tls(self, request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, Any]:
        return {"certificate": certificate.make(tmp_path)} if request.param == "https" else {}

    @pytest.mark.parametrize("dead", [ScriptedServer.reset, ScriptedServer.silence, None])
    def test_idle_for_long_are_not_used_again(
        self, script: Callable[..., Ses], dead: bytes | None, clock: Clock, tls: dict[str, Any]
    ) -> None:
        ses = script([OK, OK, dead], [OK], tls=tls, clocks=[clock], trusted=str(tls["certificate"][0]) if tls else None)
        assert ses.send() == SENT
        clock.seconds += LONGEST_IDLE_SECONDS
        assert ses.send() == SENT  # over the same connection

        clock.seconds += LONGEST_IDLE_SECONDS + 0.001

        assert ses.send() == SENT
        assert len(ses.requests) == 3

    def test_closed_by_ses_while_idle_are_not_used_again(self, script: Callable[..., Ses], clock: Clock) -> None:
        ses = script([OK], [OK], clocks=[clock])
        assert ses.send() == SENT
        ses.server.left.wait(20)

        assert ses.send() == SENT

    def test_that_die_while_they_are_fresh_leave_the_outcome_open(
        self, script: Callable[..., Ses], clock: Clock
    ) -> None:
        """SES may have the message: it is not sent again."""
        ses = script([OK, ScriptedServer.reset], [OK], clocks=[clock])
        assert ses.send() == SENT

        assert ses.send() == Unanswered(cause="ConnectionResetError", sent=True, stale=True)
        assert len(ses.requests) == 2
        assert ses.send() == SENT

    def test_have_an_age_each(self, script: Callable[..., Ses], clock: Clock) -> None:
        """A burst opens several, and the quiet time after it uses one: the others are dropped, and that one is kept."""
        ses = script([OK, OK, OK], [OK, ScriptedServer.silence], [OK], clocks=[clock])
        pool = ses.service._connections
        first, second = pool.take(), pool.take()
        for connection in (first, second):
            pool.put_back(connection)
            assert ses.send() == SENT
            assert pool.take() is connection
        pool.put_back(second)
        pool.put_back(first)
        for _ in range(2):
            clock.seconds += LONGEST_IDLE_SECONDS - 1
            assert ses.send() == SENT
        assert pool.take() is first

        assert ses.send() == SENT

        assert len(ses.requests) == 5
        first.close()

    def test_are_one_for_each_call_that_is_under_way(self, script: Callable[..., Ses]) -> None:
        ses = script(*[[OK] * 40] * 20)
        answers: list[Answer | Unanswered] = []
        for _ in range(2):
            threads = [threading.Thread(target=lambda: answers.append(ses.send())) for _ in range(20)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        assert answers == [SENT] * 40

    def test_refused_carry_no_call(self, script: Callable[..., Ses]) -> None:
        ses = script()
        ses.server.close()
        assert ses.send() == Unanswered(cause="ConnectionRefusedError", sent=False)

    def test_not_trusted_carry_no_call(self, script: Callable[..., Ses], tmp_path: Path) -> None:
        ses = script([OK], tls={"certificate": certificate.make(tmp_path)})
        assert ses.send() == Unanswered(cause="SSLCertVerificationError", sent=False)
        assert ses.requests == []

    def test_without_an_answer_in_time_leave_the_outcome_open(self, script: Callable[..., Ses]) -> None:
        ses = script([ScriptedServer.silence], [OK], waits=Waits(connect=2, answer=0.01))
        assert ses.send() == Unanswered(cause="TimeoutError", sent=True)
        assert len(ses.requests) == 1
