"""The Mailer on SQS and S3, as moto plays them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError, ReadTimeoutError
from moto import mock_aws

from ses_stack.client import Attachment, Mailer, QueueingError, RequestError
from ses_stack.requests.adapters.queues import ATTEMPTS, AttachmentBucket, SendQueues
from ses_stack.requests.fan_out import SendLetter
from ses_stack.requests.request import validated

BUCKET = "attachments-of-the-stack"
TEMPLATE = {
    "Resources": {
        "PriorityQueue": {"Type": "AWS::SQS::Queue"},
        "BulkQueue": {"Type": "AWS::SQS::Queue"},
        "AttachmentBucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": BUCKET}},
    },
    "Outputs": {
        "PriorityQueueUrl": {"Value": {"Ref": "PriorityQueue"}},
        "BulkQueueUrl": {"Value": {"Ref": "BulkQueue"}},
        "AttachmentBucketName": {"Value": {"Ref": "AttachmentBucket"}},
    },
}


class Stack:
    def __init__(self) -> None:
        self.cloudformation = boto3.client("cloudformation")
        self.cloudformation.create_stack(StackName="ses-stack", TemplateBody=json.dumps(TEMPLATE))
        (stack,) = self.cloudformation.describe_stacks(StackName="ses-stack")["Stacks"]
        self.outputs = {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}
        self.sqs, self.s3 = boto3.client("sqs"), boto3.client("s3")

    def received(self, lane: str) -> list[dict[str, Any]]:
        messages: list[dict[str, Any]] = []
        url = self.outputs[f"{lane}QueueUrl"]
        while found := self.sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["MessageGroupId"]
        ).get("Messages"):
            messages += [json.loads(each["Body"]) | {"group": each["Attributes"]["MessageGroupId"]} for each in found]
        return messages


@pytest.fixture
def stack() -> Iterator[Stack]:
    with mock_aws():
        yield Stack()


@pytest.fixture
def mailer(stack: Stack) -> Mailer:
    return Mailer.for_stack("ses-stack")


def mail(**more: Any) -> dict[str, Any]:
    return {
        "stream": "transactional",
        "from_": "Shop <shop@x.org>",
        "to": "ann@x.org",
        "subject": "Your code",
        "text": "123456",
    } | more


def test_a_message_is_queued_under_its_request_id(stack: Stack, mailer: Mailer) -> None:
    receipt = mailer.send(**mail(request_id="code-1", tags={"kind": "code"}))

    (document,) = stack.received("Priority")
    assert receipt.request_ids == ("code-1",)
    assert document.pop("group") == "transactional"
    assert validated(document).tags == {"kind": "code"}
    assert stack.received("Bulk") == []


def test_an_id_is_made_if_none_is_given(stack: Stack, mailer: Mailer) -> None:
    receipt = mailer.send(**mail())

    assert [each["request_id"] for each in stack.received("Priority")] == [receipt.request_id]


def test_asking_twice_gives_the_same_ids(stack: Stack, mailer: Mailer) -> None:
    asked = mail(stream="marketing", to=[f"{n}@x.org" for n in range(25)], request_id="news-1")

    assert mailer.send(**asked).request_ids == mailer.send(**asked).request_ids
    assert len({each["request_id"] for each in stack.received("Bulk")}) == 25


def test_a_large_attachment_goes_through_the_bucket(stack: Stack, mailer: Mailer) -> None:
    content = b"0123456789" * 200_000
    mailer.send(**mail(attachments=[Attachment(filename="a.pdf", content_type="application/pdf", content=content)]))

    (document,) = stack.received("Priority")
    (pointer,) = document["attachments"]
    assert (pointer["bucket"], pointer["size"]) == (BUCKET, len(content))
    assert stack.s3.get_object(Bucket=BUCKET, Key=pointer["key"])["Body"].read() == content


def test_nothing_is_queued_for_a_request_that_is_refused(stack: Stack, mailer: Mailer) -> None:
    with pytest.raises(RequestError, match=r"^to\[1\] has no @"):
        mailer.send(**mail(to=["a@x.org", "nobody"]))

    assert stack.received("Priority") == []


def test_many_are_queued_and_the_bad_ones_reported(stack: Stack, mailer: Mailer) -> None:
    outcome = mailer.send_many(mail(to=f"{n}@x.org" if n != 7 else "bad", stream="marketing") for n in range(33))

    assert (outcome.read, outcome.queued, outcome.failed) == (33, 32, 1)
    assert outcome.failures[0].index == 7
    assert len(stack.received("Bulk")) == 32


def test_the_environment_says_where_the_queues_are(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SES_STACK_PRIORITY_QUEUE_URL", stack.outputs["PriorityQueueUrl"])
    monkeypatch.setenv("SES_STACK_BULK_QUEUE_URL", stack.outputs["BulkQueueUrl"])
    Mailer().send(**mail())

    assert len(stack.received("Priority")) == 1


def test_the_environment_may_name_the_stack(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SES_STACK_NAME", "ses-stack")
    Mailer(session=boto3.Session()).send(**mail())

    assert len(stack.received("Priority")) == 1


def test_a_queue_that_is_gone_is_told(stack: Stack, mailer: Mailer) -> None:
    stack.sqs.delete_queue(QueueUrl=stack.outputs["PriorityQueueUrl"])

    with pytest.raises(QueueingError, match="the priority queue refuses mail"):
        mailer.send(**mail())


def test_a_bucket_that_is_gone_is_told(stack: Stack, mailer: Mailer) -> None:
    stack.s3.delete_bucket(Bucket=BUCKET)

    with pytest.raises(QueueingError, match="the attachment bucket refuses a file: NoSuchBucket"):
        mailer.send(**mail(attachments=[Attachment(filename="a", content=b"1" * 2_000_000)]))


# What SQS answers on bad days


class Sqs:
    """Answers each call with the next of the answers: an error to raise, or the failures of a batch."""

    def __init__(self, *answers: Exception | list[dict[str, Any]]) -> None:
        self._answers = list(answers)
        self.calls: list[list[str]] = []

    def send_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        self.calls.append([entry["MessageBody"] for entry in Entries])
        answer = self._answers.pop(0) if self._answers else []
        if isinstance(answer, Exception):
            raise answer
        return {"Failed": answer}


def failed(position: int, *, fault: bool = False) -> dict[str, Any]:
    return {"Id": str(position), "Code": "InvalidParameter" if fault else "InternalError", "SenderFault": fault}


def refused(code: str, status: int = 400) -> ClientError:
    return ClientError(
        {"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": {"HTTPStatusCode": status}},  # type: ignore[typeddict-item]
        "SendMessageBatch",
    )


def put(sqs: Sqs, number: int = 4) -> tuple[dict[int, str], list[float]]:
    pauses: list[float] = []
    queues = SendQueues(sqs, {"bulk": "url"}, sleep=pauses.append)  # type: ignore[arg-type]
    letters = [SendLetter(n, f"r-{n}", (), "bulk", "g", f"{n}") for n in range(number)]
    return queues.put("bulk", letters), pauses


def test_only_what_failed_is_sent_again() -> None:
    sqs = Sqs([failed(1), failed(3)], [failed(3)])

    assert put(sqs) == ({}, pytest.approx([0.075, 0.15], rel=0.4))
    assert sqs.calls == [["0", "1", "2", "3"], ["1", "3"], ["3"]]


def test_what_is_the_senders_fault_is_not_sent_again() -> None:
    sqs = Sqs([failed(0, fault=True), failed(2)])

    assert put(sqs)[0] == {0: "InvalidParameter"}
    assert sqs.calls[1:] == [["2"]]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (refused("RequestThrottled", 403), "RequestThrottled"),
        (refused("Odd", 503), "Odd"),
        (EndpointConnectionError(endpoint_url="x"), "EndpointConnectionError"),
        (ReadTimeoutError(endpoint_url="x"), "ReadTimeoutError"),
    ],
)
def test_what_passes_is_waited_out_a_few_times(answer: Exception, reason: str) -> None:
    assert put(Sqs(answer))[0] == {}

    sqs = Sqs(*[answer] * ATTEMPTS)
    unsent, pauses = put(sqs, 2)
    assert unsent == {0: reason, 1: reason}
    assert len(sqs.calls) == ATTEMPTS
    assert len(pauses) == ATTEMPTS - 1


def test_what_does_not_pass_is_raised() -> None:
    with pytest.raises(QueueingError, match="the bulk queue refuses mail: AccessDenied: no"):
        put(Sqs(refused("AccessDenied", 403)))


def test_what_the_client_itself_refuses_is_raised() -> None:
    with pytest.raises(QueueingError, match="the bulk queue cannot be reached: Unable to locate credentials"):
        put(Sqs(NoCredentialsError()))


def test_a_queue_that_takes_less_gets_less() -> None:
    too_long = refused("AWS.SimpleQueueService.BatchRequestTooLong")
    sqs = Sqs(too_long, [], too_long, [], too_long)

    assert put(sqs) == ({3: "BatchRequestTooLong"}, [])
    assert sqs.calls == [["0", "1", "2", "3"], ["0", "1"], ["2", "3"], ["2"], ["3"]]


def test_a_send_that_is_not_taken_whole_names_the_id_to_repeat(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    def client(service: str) -> Any:
        return Sqs(*[[failed(1, fault=True)]])

    mailer = Mailer.from_outputs(stack.outputs, client=client)
    with pytest.raises(QueueingError, match=r"^1 of 2 messages of the request r were not queued: the request was not"):
        mailer.send(**mail(to=["a@x.org", "b@x.org"], request_id="r"))


# The bucket


def test_the_same_file_is_stored_once_an_hour() -> None:
    class S3:
        stored: list[str] = []  # noqa: RUF012

        def put_object(self, *, Bucket: str, Key: str, Body: bytes) -> None:  # noqa: N803
            self.stored.append(Key)

    now = 0.0
    made: list[S3] = []

    def client() -> S3:
        made.append(S3())
        return made[0]

    bucket = AttachmentBucket(client, "b", clock=lambda: now, remembered=2)
    for moment in (0.0, 3599.0, 3600.0):
        now = moment
        assert bucket.put("k1", b"1") == "b"
    assert S3.stored == ["k1", "k1"]
    bucket.put("k2", b"1")
    bucket.put("k3", b"1")
    bucket.put("k1", b"1")
    assert S3.stored == ["k1", "k1", "k2", "k3", "k1"]
    assert len(made) == 1


def test_a_bucket_out_of_reach_is_told() -> None:
    class S3:
        def put_object(self, **_: Any) -> None:
            raise EndpointConnectionError(endpoint_url="x")

    with pytest.raises(QueueingError, match="the attachment bucket cannot be reached"):
        AttachmentBucket(S3, "b").put("k", b"1")
