"""The package's interface for applications: send mail, and check addresses against the suppression list.

    from ses_stack.client import Mailer

    mailer = Mailer.for_stack("ses-stack")
    receipt = mailer.send(
        stream="transactional",
        from_="Shop <shop@example.com>",
        to="ann@example.com",
        subject="Your code",
        text="123456",
        request_id="login-code-8842",
    )
    receipt.request_ids  # ("login-code-8842",), for `ses-stack timeline login-code-8842`

    from ses_stack.client import Suppressions

    blocked = Suppressions.for_stack("ses-stack").check(["ann@example.com"], stream="marketing", topic="offers")
    blocked["ann@example.com"]  # None, or the suppression that keeps this mail from her, with its reason

`Mailer` queues messages. The sender function takes them from their lanes and passes them to SES, within the account's
rate and quota. Importing this module loads no AWS library; creating a `Mailer` or a `Suppressions` does.
"""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ses_stack.errors import ConfigurationError, QueueingError, RequestError
from ses_stack.mail.lanes import BULK, PRIORITY
from ses_stack.requests.adapters.attachment_files import read_files
from ses_stack.requests.documents import complete_document
from ses_stack.requests.fitting import AttachmentStore
from ses_stack.requests.lane_messages import Preparation
from ses_stack.requests.plain import is_a, program_values
from ses_stack.requests.queueing import LaneQueues, batches, queue_all
from ses_stack.requests.request import Attachment, SendRequest
from ses_stack.requests.results import NotQueued, Outcome, Progress, Queued, results
from ses_stack.suppression.check import check
from ses_stack.suppression.policy import Policy, Suppression

if TYPE_CHECKING:
    import boto3

    from ses_stack.suppression.adapters.table import SuppressionTable

__all__ = [
    "Attachment",
    "Mailer",
    "NotQueued",
    "Outcome",
    "Progress",
    "Queued",
    "QueueingError",
    "Receipt",
    "RequestError",
    "SendRequest",
    "Suppression",
    "Suppressions",
]

_VARIABLES = {
    "PriorityQueueUrl": "SES_STACK_PRIORITY_QUEUE_URL",
    "BulkQueueUrl": "SES_STACK_BULK_QUEUE_URL",
    "AttachmentBucketName": "SES_STACK_ATTACHMENT_BUCKET",
}
_TABLE_VARIABLE = "SES_STACK_SUPPRESSION_TABLE"


@dataclass(frozen=True, slots=True)
class Receipt:
    """A queued request: the id that the caller gave or the `Mailer` made, and the messages, each with its own id."""

    request_id: str
    messages: tuple[Queued, ...]

    @property
    def request_ids(self) -> tuple[str, ...]:
        """One id per message. For a single message it is `request_id` itself."""
        return tuple(message.request_id for message in self.messages)


class Mailer:
    """Queues mail for the sender. Threads may share one.

    Without arguments, the queues are read from SES_STACK_PRIORITY_QUEUE_URL, SES_STACK_BULK_QUEUE_URL and
    SES_STACK_ATTACHMENT_BUCKET, or from the outputs of the stack that SES_STACK_NAME names.
    Needs sqs:SendMessage on the queues, and s3:PutObject on the bucket for large attachments.
    """

    def __init__(
        self,
        *,
        priority_queue_url: str | None = None,
        bulk_queue_url: str | None = None,
        attachment_bucket: str | None = None,
        session: boto3.Session | None = None,
        client: Callable[[str], Any] | None = None,
    ) -> None:
        """`client` makes a boto3 client for a service's name; without it, `session` makes them.

        Raises `ConfigurationError` if arguments and environment do not name both queues.
        """
        make = client or _clients(session)
        outputs = {
            "PriorityQueueUrl": priority_queue_url,
            "BulkQueueUrl": bulk_queue_url,
            "AttachmentBucketName": attachment_bucket,
        }
        self._lanes, self._store = _adapters(make, outputs if any(outputs.values()) else _from_environment(make))

    @classmethod
    def for_stack(
        cls,
        stack_name: str,
        *,
        session: boto3.Session | None = None,
        client: Callable[[str], Any] | None = None,
    ) -> Mailer:
        """The mailer of a deployed stack, found by its CloudFormation outputs; needs cloudformation:DescribeStacks."""
        make = client or _clients(session)
        return cls.from_outputs(_outputs(make, stack_name), client=make)

    @classmethod
    def from_outputs(cls, outputs: Mapping[str, str], *, client: Callable[[str], Any] | None = None) -> Mailer:
        """The mailer of a stack whose outputs are known: PriorityQueueUrl, BulkQueueUrl, AttachmentBucketName."""
        return cls(
            priority_queue_url=outputs.get("PriorityQueueUrl"),
            bulk_queue_url=outputs.get("BulkQueueUrl"),
            attachment_bucket=outputs.get("AttachmentBucketName"),
            client=client,
        )

    def send(
        self,
        *,
        stream: str,
        from_: str,
        to: str | Sequence[str] = (),
        cc: str | Sequence[str] = (),
        bcc: str | Sequence[str] = (),
        reply_to: str | Sequence[str] = (),
        subject: str | None = None,
        html: str | None = None,
        text: str | None = None,
        template: str | None = None,
        data: Mapping[str, Any] | None = None,
        attachments: Sequence[Attachment | Mapping[str, Any] | str | Path] = (),
        headers: Mapping[str, str] | None = None,
        tags: Mapping[str, str] | None = None,
        topic: str | None = None,
        tenant: str | None = None,
        not_before: datetime | str | None = None,
        expires_at: datetime | str | None = None,
        request_id: str | None = None,
        one_message: bool = False,
    ) -> Receipt:
        """Queues one message for each recipient, or with `one_message` one for To, Cc and Bcc together.

        `request_id` is the idempotency key: the same id is sent once. With several recipients, each message has an id
        made from the request id and the address, so a repeated call repeats no message. An attachment may be the path
        of a file. A time without an offset from UTC is refused.

        Raises `RequestError`, which names the field, before a message is queued. Raises `QueueingError` if SQS did not
        accept every message: repeat the call with the request id that the error names.
        """
        fields = {
            "stream": stream,
            "from": from_,
            "to": to,
            "cc": cc,
            "bcc": bcc,
            "reply_to": reply_to,
            "subject": subject,
            "html": html,
            "text": text,
            "template": template,
            "data": data,
            "attachments": read_files(attachments),
            "headers": headers,
            "tags": tags,
            "topic": topic,
            "tenant": tenant,
            "not_before": not_before,
            "expires_at": expires_at,
            "request_id": request_id,
        }
        return self.send_request(fields, one_message=one_message)

    def send_request(self, request: SendRequest | Mapping[str, Any], *, one_message: bool = False) -> Receipt:
        """Queues a request, or its document (docs/send-request.schema.json), as `send` does."""
        document = complete_document(request, _new_id)
        messages = self._preparation(one_message).messages(document, index=0)
        found = [
            result for batch in batches(messages) for result in results(batch, self._lanes.put(batch[0].lane, batch))
        ]
        assert isinstance(document, Mapping)
        request_id = document["request_id"]
        if failed := [each for each in found if isinstance(each, NotQueued)]:
            raise QueueingError(
                f"{len(failed)} of {len(found)} messages of the request {request_id} were not queued: {failed[0]}. "
                "Repeat the call with this request id"
            )
        return Receipt(request_id, tuple(each for each in found if isinstance(each, Queued)))

    def send_many(
        self,
        requests: Iterable[SendRequest | Mapping[str, Any]],
        *,
        on_progress: Callable[[Progress], None] | None = None,
        on_result: Callable[[Queued | NotQueued], None] | None = None,
        one_message: bool = False,
    ) -> Outcome:
        """Queues many requests, ten messages a call, and reads the iterable only as fast as it queues.

        A request that is wrong, or that SQS refuses, fails alone. `on_result` gets the result of every message, with
        the number of its request. Raises `QueueingError` only if a queue cannot be reached or refuses every message,
        and `RequestError` only for an argument that is not of its type.

            outcome = mailer.send_many({"stream": "marketing", ..., "request_id": f"may-{row.id}"} for row in rows)
            outcome.queued, outcome.failed, outcome.failures
        """
        for name, function in (("on_progress", on_progress), ("on_result", on_result)):
            if function is not None and not callable(function):
                raise RequestError(name, "is not a function")
        return queue_all(
            _several(requests),
            lanes=self._lanes,
            preparation=self._preparation(one_message),
            on_progress=on_progress,
            on_result=on_result,
        )

    def _preparation(self, one_message: bool) -> Preparation:
        if type(one_message) is not bool:
            raise RequestError("one_message", "is neither True nor False")
        return Preparation(one_message=one_message, store=self._store, clock=_now, new_id=_new_id)


class Suppressions:
    """The suppression list. The sender checks it for every message; an application may check before it makes one.

    Threads may share one. Needs dynamodb:BatchGetItem on SuppressionTable.
    """

    def __init__(
        self,
        table: str | None = None,
        *,
        session: boto3.Session | None = None,
        client: Callable[[str], Any] | None = None,
        patience: float = 10.0,
    ) -> None:
        """`table` is the stack's output SuppressionTableName; without it, `SES_STACK_SUPPRESSION_TABLE` names it.

        `patience` is the longest time for one `check`, in seconds. Raises `ConfigurationError` without a table.
        """
        name = table or os.environ.get(_TABLE_VARIABLE)
        if not name:
            raise ConfigurationError(
                f"no table of the suppression list is set: use Suppressions.for_stack, or set {_TABLE_VARIABLE}"
            )
        self._table = _table((client or _clients(session))("dynamodb"), name)
        self._patience = patience

    @classmethod
    def for_stack(
        cls,
        stack_name: str,
        *,
        session: boto3.Session | None = None,
        client: Callable[[str], Any] | None = None,
    ) -> Suppressions:
        """The list of a deployed stack, found by its CloudFormation outputs; needs cloudformation:DescribeStacks."""
        make = client or _clients(session)
        return cls(_outputs(make, stack_name).get("SuppressionTableName"), client=make)

    def check(self, addresses: Sequence[str], stream: str, topic: str | None = None) -> dict[str, Suppression | None]:
        """The suppression of each address that applies to mail of the stream and topic; None where none applies.

        Addresses may be in any case and have display names. A hundred of them need one call to DynamoDB.
        Raises `ScopeError` for a stream that does not exist or a topic that cannot, `AddressError` with the position of
        a value that is not an address, and `TableError` if DynamoDB does not answer in time.
        """
        until = time.monotonic() + self._patience
        return check(self._table, addresses, stream=stream, topic=topic, now=time.time(), until=until)


def _clients(session: boto3.Session | None) -> Callable[[str], Any]:
    import boto3  # noqa: PLC0415 -- 180 ms, which importing this module must not cost an application
    from botocore.config import Config  # noqa: PLC0415

    source = session or boto3.Session()
    config = Config(
        connect_timeout=3, read_timeout=20, retries={"mode": "standard", "max_attempts": 3}, max_pool_connections=10
    )
    return lambda service: source.client(service, config=config)  # type: ignore[call-overload]


def _adapters(
    client: Callable[[str], Any], outputs: Mapping[str, str | None]
) -> tuple[LaneQueues, AttachmentStore | None]:
    # They load botocore: a part of boto3's 180 ms.
    from ses_stack.requests.adapters.attachment_bucket import AttachmentBucket  # noqa: PLC0415
    from ses_stack.requests.adapters.queues import SendQueues  # noqa: PLC0415

    urls = {lane: outputs.get(output) for lane, output in ((PRIORITY, "PriorityQueueUrl"), (BULK, "BulkQueueUrl"))}
    if missing := [lane for lane, url in urls.items() if not url]:
        raise ConfigurationError(
            f"no URL of the {' and the '.join(missing)} queue is set: use Mailer.for_stack, or set "
            f"{_VARIABLES['PriorityQueueUrl']} and {_VARIABLES['BulkQueueUrl']}"
        )
    bucket = outputs.get("AttachmentBucketName")
    queues = SendQueues(client("sqs"), {lane: url for lane, url in urls.items() if url})
    return queues, AttachmentBucket(lambda: client("s3"), bucket) if bucket else None


def _table(dynamodb: Any, name: str) -> SuppressionTable:
    # They load botocore: a part of boto3's 180 ms.
    from ses_stack.aws.sdk_calls import SdkCalls  # noqa: PLC0415
    from ses_stack.suppression.adapters.table import SuppressionTable  # noqa: PLC0415

    return SuppressionTable(SdkCalls(dynamodb), name=name, policy=Policy())


def _from_environment(client: Callable[[str], Any]) -> Mapping[str, str | None]:
    found = {output: os.environ.get(variable) for output, variable in _VARIABLES.items()}
    stack = os.environ.get("SES_STACK_NAME")
    return _outputs(client, stack) if stack and not any(found.values()) else found


def _outputs(client: Callable[[str], Any], stack_name: str) -> dict[str, str]:
    if not stack_name:  # DescribeStacks would answer with every stack
        raise ConfigurationError("the name of the stack is empty")
    (stack,) = client("cloudformation").describe_stacks(StackName=stack_name)["Stacks"]
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", ())}


def _several(requests: Any) -> Iterator[object]:
    if is_a(requests, str, bytes, Mapping, SendRequest):
        raise RequestError("requests", "is one value: pass a list of requests")
    with program_values("requests"):
        return iter(requests)


def _new_id() -> str:
    return uuid.uuid4().hex


def _now() -> datetime:
    return datetime.now(UTC)
