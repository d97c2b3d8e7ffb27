"""The dead-letter queues of a stack, as the commands and scripts/redrive.py reach them. Needs boto3 only."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib.util import find_spec
from typing import Any

from ses_stack.dead_letters.adapters.sqs_queue import SqsMessageQueue, opener
from ses_stack.dead_letters.adapters.stored_records import StoredStreamRecords
from ses_stack.dead_letters.adapters.stream_replay import StreamReplay
from ses_stack.dead_letters.examine import DeadLetterReport, examine
from ses_stack.dead_letters.messages import DeadLetterMessage, Failure, QueueDepth
from ses_stack.dead_letters.ports import DeadLetterPorts, ReadFailure, RedriveDestination
from ses_stack.dead_letters.queues import DeadLetterKind, DeadLetterQueue, dead_letter_queues, queue_key
from ses_stack.dead_letters.summary import RedriveSummary
from ses_stack.dead_letters.uncounted import NoDestination
from ses_stack_cli.dlq.reading import queue_reader
from ses_stack_cli.stopping import StopRequest
from ses_stack_cli.target import Target, TargetError

CAN_PARSE = find_spec("pydantic") is not None


def queues_of(target: Target, name: str | None = None) -> list[DeadLetterQueue]:
    """The dead-letter queue of that name, or all. Raises `TargetError`."""
    queues = dead_letter_queues(target.outputs)
    if not queues:
        raise TargetError(f"the stack {target.stack} names no dead-letter queue among its outputs: is it a ses-stack?")
    named = [queue for queue in queues if name is None or queue_key(queue.name) == queue_key(name)]
    if not named:
        raise TargetError(
            f"there is no dead-letter queue {name!r}; there are {', '.join(queue.name for queue in queues)}"
        )
    return named


def ports_of(target: Target) -> Callable[[DeadLetterQueue], DeadLetterPorts]:
    """A function that connects a dead-letter queue to the stack."""
    return _ports_over(target, target.client("sqs"))


def _ports_over(target: Target, sqs: Any) -> Callable[[DeadLetterQueue], DeadLetterPorts]:
    open_queue = opener(sqs)
    return lambda queue: DeadLetterPorts(
        open_queue=open_queue,
        open_destination=_destination_opener(target, queue, open_queue),
        read_failure=_failure_reader(target, queue),
    )


def examined(
    target: Target, queues: Sequence[DeadLetterQueue], limit: int
) -> list[tuple[DeadLetterQueue, DeadLetterReport]]:
    """At most `limit` messages of each queue; the queues keep them.

    The queues are read at the same time: SQS answers only after a second that a queue is empty.
    """
    ports = _ports_over(target, queue_reader(target))

    def examined_one(queue: DeadLetterQueue) -> DeadLetterReport:
        own = ports(queue)
        return examine(own.open_queue(queue.url), read_failure=own.read_failure, limit=limit)

    with ThreadPoolExecutor(max(1, len(queues)), thread_name_prefix="examine") as threads:
        return list(zip(queues, threads.map(examined_one, queues), strict=True))


class SummaryRecorder:
    """Observes a redrive: keeps the summaries, and stops the redrive when a signal asks. Prints nothing."""

    def __init__(self, stop: StopRequest) -> None:
        self.stopped = stop.received
        self.sleep = stop.sleep
        self.clock = time.monotonic
        self.summaries: list[RedriveSummary] = []

    def begins(self, summary: RedriveSummary, depth: QueueDepth) -> None:  # noqa: ARG002
        """The redrive of a queue begins."""
        self.summaries.append(summary)

    def progress(self, summary: RedriveSummary) -> None:
        """A batch is done."""

    def waits(self, messages: int) -> None:
        """The redrive waits for hidden messages."""

    def exit_code(self) -> int:
        """1 if a message could not be put back."""
        return int(any(summary.failed for summary in self.summaries))


def _destination_opener(
    target: Target, queue: DeadLetterQueue, open_queue: Callable[[str], SqsMessageQueue]
) -> Callable[[str], RedriveDestination]:
    if queue.kind is DeadLetterKind.UNCOUNTED:
        return lambda _: NoDestination()
    if queue.kind is not DeadLetterKind.POSITIONS:
        return open_queue

    @cache
    def replay(function: str) -> StreamReplay:
        stored = StoredStreamRecords(target.client("dynamodb"), table=target.output("EventTableName"))
        return StreamReplay(target.client("dynamodbstreams"), target.client("lambda"), stored, function=function)

    return replay


def _failure_reader(target: Target, queue: DeadLetterQueue) -> ReadFailure:
    """Parses a queue's messages for the causes. Without pydantic, which a script may lack, no message is parsed."""

    def parsed(message: DeadLetterMessage) -> Failure:
        # pydantic and its models take 100 ms to load: for empty queues nothing is parsed.
        from ses_stack.dead_letters.adapters.failures import failure_of  # noqa: PLC0415

        return failure_of(message, kind=queue.kind, stack=target.stack)

    def unparsed(_: DeadLetterMessage) -> Failure:
        return Failure(cause="not read: pydantic is not installed")

    return parsed if CAN_PARSE else unparsed
