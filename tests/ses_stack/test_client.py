"""The Mailer on SQS and S3, as moto emulates them."""

from __future__ import annotations

import dataclasses
import inspect
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moto import mock_aws

from ses_stack.aws.sdk_calls import SdkCalls
from ses_stack.client import Attachment, Mailer, SendRequest, Suppressions
from ses_stack.errors import ConfigurationError, QueueingError, RequestError
from ses_stack.requests.validation import validated
from ses_stack.suppression.adapters.table import SuppressionTable
from ses_stack.suppression.facts import Reason
from ses_stack.suppression.policy import Policy
from ses_stack.suppression.settle import SettleContext, settle
from tests.support.hostile import RaisingMapping, RaisingObject, hostile_values
from tests.support.suppression_rows import ANN, NAME, hard
from tests.support.tables import create_table

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


def test_a_missing_queue_is_an_error(stack: Stack, mailer: Mailer) -> None:
    stack.sqs.delete_queue(QueueUrl=stack.outputs["PriorityQueueUrl"])

    with pytest.raises(QueueingError, match="the priority queue refuses mail"):
        mailer.send(**mail())


def test_a_missing_bucket_is_an_error(stack: Stack, mailer: Mailer) -> None:
    stack.s3.delete_bucket(Bucket=BUCKET)

    with pytest.raises(QueueingError, match="the attachment bucket refuses a file: NoSuchBucket"):
        mailer.send(**mail(attachments=[Attachment(filename="a", content=b"1" * 2_000_000)]))


def test_a_send_that_is_not_taken_whole_names_the_id_to_repeat(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    class Sqs:
        def send_message_batch(self, **_: Any) -> dict[str, Any]:
            return {"Failed": [{"Id": "1", "Code": "InvalidParameter", "SenderFault": True}]}

    def client(service: str) -> Any:
        return Sqs()

    mailer = Mailer.from_outputs(stack.outputs, client=client)
    with pytest.raises(QueueingError, match=r"^1 of 2 messages of the request r were not queued: the request was not"):
        mailer.send(**mail(to=["a@x.org", "b@x.org"], request_id="r"))


def test_a_mailer_must_know_its_queues(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigurationError, match="no URL of the priority and the bulk queue is set"):
        Mailer(client=str)
    monkeypatch.setenv("SES_STACK_PRIORITY_QUEUE_URL", "https://queue")
    with pytest.raises(ConfigurationError, match=r"no URL of the bulk queue is set.*SES_STACK_BULK_QUEUE_URL"):
        Mailer(client=str)


def test_importing_the_client_loads_no_aws_library() -> None:
    code = "import sys, ses_stack.client; print(*{name.partition('.')[0] for name in sys.modules})"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)

    heavy = {"boto3", "botocore", "pydantic", "aws_lambda_powertools", "ssl", "urllib3", "http", "asyncio"}
    assert not heavy & set(loaded.stdout.split())


# Suppressions


class QueuesInMemory:
    """SQS for a Mailer: it takes every message."""

    def __init__(self) -> None:
        self.bodies: list[str] = []

    def send_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        self.bodies += [entry["MessageBody"] for entry in Entries]
        return {"Successful": Entries}


def mailer_in_memory() -> tuple[Mailer, QueuesInMemory]:
    queues = QueuesInMemory()
    return Mailer(priority_queue_url="p", bulk_queue_url="b", client=lambda _: queues), queues


SEND_PARAMETERS = [each for each in inspect.signature(Mailer.send).parameters if each != "self"]


def test_the_values_are_as_many_as_the_attack_had() -> None:
    assert len(hostile_values()) * len(SEND_PARAMETERS) >= 3_105


@pytest.mark.parametrize("parameter", SEND_PARAMETERS)
def test_any_value_is_taken_or_refused_by_the_name_of_its_parameter(parameter: str) -> None:
    mailer, queues = mailer_in_memory()
    taken, errors = 0, []
    for value in hostile_values():
        base = mail(template="t", subject=None, text=None) if parameter == "data" else mail(request_id="r")
        try:
            receipt = mailer.send(**base | {parameter: value})
            taken += len(receipt.messages)
        except RequestError as error:
            errors.append(error)
    assert len(queues.bodies) == taken
    assert all(re.match(r"\w+", error.field) for error in errors)
    assert not any("secret" in str(error) for error in errors)
    assert all(validated(json.loads(body)) for body in queues.bodies)


def test_the_fields_of_a_refused_parameter_are_its_own() -> None:
    mailer, _ = mailer_in_memory()
    for parameter in set(SEND_PARAMETERS) - {"request_id"}:
        with pytest.raises(RequestError) as caught:
            mailer.send(**mail() | {parameter: RaisingObject()})
        assert caught.value.field.startswith(parameter.removesuffix("_")), parameter


def test_many_go_on_whatever_the_values_are() -> None:
    mailer, queues = mailer_in_memory()
    bad = [mail(stream="marketing", request_id="r") | {name: value} for name in ("to", "data", "attachments", "tags")
           for value in (RaisingObject(), {1: RaisingObject()}, [RaisingMapping()], 10**5000)]  # fmt: skip
    items: list[Any] = [*hostile_values(), *bad, mail(stream="marketing", request_id="good")]

    outcome = mailer.send_many(items)

    assert (outcome.read, outcome.queued, outcome.failed) == (len(items), 1, len(items) - 1)
    assert [json.loads(body)["request_id"] for body in queues.bodies] == ["good"]
    assert {each.request_id for each in outcome.failures[-len(bad) :]} == {"r"}


def test_single_requests_are_refused_alike() -> None:
    mailer, queues = mailer_in_memory()
    for value in hostile_values():
        with pytest.raises(RequestError):
            mailer.send_request(value)
        with pytest.raises(RequestError):
            mailer.send_request(
                {"stream": "marketing", "from": "a@x.org", "to": "b@x.org", "text": "T", "subject": [value]}
            )
    assert queues.bodies == []


HOSTILE = hostile_values()
FIELDS = sorted({*SEND_PARAMETERS} - {"one_message"} | {"from", "v", "other"})


@dataclasses.dataclass(frozen=True)
class Pick:
    """One of the hostile values, in a form that can be printed."""

    number: int


NESTED = st.recursive(
    st.builds(Pick, st.integers(0, len(HOSTILE) - 1)),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["filename", "content", "bucket", "key", "size", "a"]), inner, max_size=4)
    ),
    max_leaves=4,
)


def picked(value: Any) -> Any:
    if isinstance(value, Pick):
        return HOSTILE[value.number]
    if isinstance(value, dict):
        return {name: picked(each) for name, each in value.items()}
    return [picked(each) for each in value]


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(FIELDS), NESTED, max_size=4))
def test_any_request_is_queued_or_refused(picks: dict[str, Any]) -> None:
    mailer, queues = mailer_in_memory()
    changes = picked(picks)

    outcome = mailer.send_many([mail(stream="marketing") | changes, SendRequest(**fields_of(changes))])

    assert outcome.read == 2
    assert len(queues.bodies) == outcome.queued
    assert all(validated(json.loads(body)) for body in queues.bodies)


def fields_of(changes: dict[str, Any]) -> dict[str, Any]:
    names = {each.name for each in dataclasses.fields(SendRequest)}
    base = {
        "request_id": "r",
        "stream": "marketing",
        "from_": "a@x.org",
        "to": ("b@x.org",),
        "subject": "S",
        "text": "T",
    }
    return base | {name: value for name, value in changes.items() if name in names}


def test_what_is_not_a_list_of_requests_is_refused() -> None:
    mailer, _ = mailer_in_memory()
    values: list[Any] = [5, None, RaisingObject(), "a", {}, b"a"]
    for value in values:
        with pytest.raises(RequestError, match=r"^requests "):
            mailer.send_many(value)


def test_a_callback_must_be_a_function() -> None:
    mailer, _ = mailer_in_memory()
    for name in ("on_progress", "on_result"):
        with pytest.raises(RequestError, match=f"^{name} is not a function"):
            mailer.send_many([], **{name: 5})  # type: ignore[arg-type]


@mock_aws
def test_a_check_takes_one_call_for_each_hundred_addresses() -> None:
    create_table(NAME)
    client = boto3.client("dynamodb")
    table = SuppressionTable(SdkCalls(client), name=NAME, policy=Policy())
    context = SettleContext(table=table, policy=Policy(), until=time.monotonic() + 30)
    settle(context, {ANN: [hard(), hard(scope="topic:news", reason=Reason.UNSUBSCRIBE)]})
    made: list[str] = []
    client.meta.events.register("before-call.dynamodb", lambda model, **_: made.append(model.name))
    suppressions = Suppressions(NAME, client=lambda _: client)
    found = suppressions.check([f"p{n}@x.org" for n in range(99)] + ["Ann <ANN@x.org>"], "transactional")
    line = found["Ann <ANN@x.org>"]
    assert line
    assert (line.reason, line.scope, line.as_spelled) == (Reason.BOUNCE, "*", "Ann@X.Org")
    assert sum(each is None for each in found.values()) == 99
    assert made == ["BatchGetItem"]
    suppressions.check([f"p{n}@x.org" for n in range(101)], "marketing", "news")
    assert made == ["BatchGetItem"] * 3


@pytest.mark.parametrize("kind", [Mailer, Suppressions])
def test_a_stack_without_a_name_is_refused(kind: type[Mailer] | type[Suppressions]) -> None:
    with pytest.raises(ConfigurationError, match="the name of the stack is empty"):
        kind.for_stack("", client=lambda _: None)


def test_a_check_needs_a_table() -> None:
    with pytest.raises(ConfigurationError, match=r"Suppressions\.for_stack, or set SES_STACK_SUPPRESSION_TABLE"):
        Suppressions()


def test_a_check_of_suppressions_needs_boto3_only() -> None:
    """Applications install neither pydantic nor Powertools."""
    code = (
        "import sys; from ses_stack.client import Suppressions\n"
        "class DynamoDb:\n"
        "    def batch_get_item(self, **_): return {'Responses': {}}\n"
        "print(Suppressions('t', client=lambda _: DynamoDb()).check(['ann@x.org'], 'marketing'))\n"
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    found, loaded = done.stdout.splitlines()

    assert found == "{'ann@x.org': None}"
    assert not {"pydantic", "pydantic_core", "aws_lambda_powertools"} & set(loaded.split())
