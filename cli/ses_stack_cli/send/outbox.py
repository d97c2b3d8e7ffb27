"""The outbox of a command: the lanes of a stack, or with --dry-run no queue at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol
from uuid import uuid4

from ses_stack.client import Mailer, NotQueued, Outcome, Queued, Receipt
from ses_stack.requests.lane_messages import LaneMessage, Preparation
from ses_stack.requests.queueing import queue_all
from ses_stack.requests.results import results
from ses_stack_cli.output import print_note
from ses_stack_cli.target import Target


class Outbox(Protocol):
    """Takes send requests: a `Mailer`, or a `DryRun`."""

    def send_request(self, request: Mapping[str, Any], *, one_message: bool) -> Receipt:
        """Queues one request. Raises `RequestError` or `QueueingError`."""

    def send_many(
        self,
        requests: Iterable[Mapping[str, Any]],
        *,
        on_result: Callable[[Queued | NotQueued], None] | None = None,
        one_message: bool = False,
    ) -> Outcome:
        """Queues many requests, and gives the result of each message to `on_result`."""


class DryRun:
    """Validates requests as a `Mailer` does, and queues none. It needs no stack."""

    def send_request(self, request: Mapping[str, Any], *, one_message: bool = False) -> Receipt:
        """Validates a request that has its id. Raises `RequestError`."""
        messages = _preparation(one_message).messages(request, index=0)
        queued = [each for each in results(messages, {}) if isinstance(each, Queued)]
        return Receipt(request["request_id"], tuple(queued))

    def send_many(
        self,
        requests: Iterable[Mapping[str, Any]],
        *,
        on_result: Callable[[Queued | NotQueued], None] | None = None,
        one_message: bool = False,
    ) -> Outcome:
        """Validates requests, and reports a result for each message."""
        return queue_all(requests, lanes=_NoQueues(), preparation=_preparation(one_message), on_result=on_result)


def mailer_of(target: Target) -> Mailer:
    """The mailer of a stack. Says which recipients a stack for testing mails.

    Raises `TargetError` if the stack has no sender.
    """
    outputs = {name: target.output(name) for name in ("PriorityQueueUrl", "BulkQueueUrl")}
    if bucket := target.outputs.get("AttachmentBucketName"):
        outputs["AttachmentBucketName"] = bucket
    if named := target.outputs.get("OnlyRecipients"):
        print_note(f"{target.stack} is for testing: it mails {named}, and leaves out everyone else (OnlyRecipients)")
    return Mailer.from_outputs(outputs, client=target.client)


class _NoQueues:
    def put(self, lane: str, messages: Sequence[LaneMessage]) -> Mapping[int, str]:  # noqa: ARG002
        return {}


class _NoStore:
    name = None  # a dry run asks no stack for its bucket

    def put(self, key: str, content: bytes) -> str:  # noqa: ARG002
        return "dry-run"


def _preparation(one_message: bool) -> Preparation:
    return Preparation(
        one_message=one_message, store=_NoStore(), clock=lambda: datetime.now(UTC), new_id=lambda: uuid4().hex
    )
