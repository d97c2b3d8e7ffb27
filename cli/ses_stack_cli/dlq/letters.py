"""A stack's dead-letter queues, put together for the command line and for scripts/redrive.py."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from importlib.util import find_spec
from typing import Any

from ses_stack.dead_letters.adapters.queue import Queue, opener
from ses_stack.dead_letters.adapters.stored_records import StoredRecords
from ses_stack.dead_letters.adapters.stream_replay import Replay
from ses_stack.dead_letters.letters import (
    STILL_MALFORMED,
    DeadLetterQueue,
    Depth,
    Diagnosis,
    Holds,
    Letter,
    Selection,
    dead_letter_queues,
    queue_key,
)
from ses_stack.dead_letters.redrive import Destination, Summary, redrive
from ses_stack.mail.event_types import EventType
from ses_stack_cli.stopping import StopRequest
from ses_stack_cli.target import Target, TargetError

CAN_READ = find_spec("pydantic") is not None
# A letter that is only a little younger than the run may be so because two clocks differ.
_CLOCK_TOLERANCE_SECONDS = 15


def queues_of(target: Target, name: str | None = None) -> list[DeadLetterQueue]:
    """The dead-letter queue of that name, or all. Raises `TargetError`."""
    queues = dead_letter_queues(target.outputs)
    if not queues:
        raise TargetError(f"the stack {target.stack} names no dead-letter queue among its outputs: is it a ses-stack?")
    named = [queue for queue in queues if name is None or queue_key(queue.name) == queue_key(name)]
    if not named:
        raise TargetError(
            f"there is no dead-letter queue {name}; there are {', '.join(queue.name for queue in queues)}"
        )
    return named


def queue_opener(target: Target) -> Callable[[str], Queue]:
    """What opens the stack's queues."""
    return opener(target.client("sqs"))


def destination_opener(
    target: Target, queue: DeadLetterQueue, open_queue: Callable[[str], Queue]
) -> Callable[[str], Destination]:
    """What opens the places that a queue's letters go back to."""
    if queue.holds is not Holds.POSITIONS:
        return open_queue
    history = StoredRecords(target.client("dynamodb"), table=target.output("EventTableName"))
    streams, functions = target.client("dynamodbstreams"), target.client("lambda")
    return lambda function: Replay(streams, functions, history, function=function)


def diagnose_for(target: Target, queue: DeadLetterQueue) -> Callable[[Letter], Diagnosis]:
    """What finds the causes of a queue's letters. Without pydantic, which a script may lack, no letter is read."""
    if not CAN_READ:
        return lambda _: Diagnosis(cause="not read: pydantic is not installed")
    from ses_stack.dead_letters.adapters.diagnosis import diagnosis  # noqa: PLC0415

    return lambda letter: diagnosis(letter, holds=queue.holds, stack=target.stack)


def selection_now(*, cause: str | None, types: frozenset[EventType], malformed: bool) -> Selection:
    """What a redrive that begins now puts back."""
    now = time.time()
    return Selection(
        cause=cause,
        types=types,
        malformed=malformed,
        sent_before=now + _CLOCK_TOLERANCE_SECONDS,
        new_after=now - _CLOCK_TOLERANCE_SECONDS,
    )


def redrive_all(
    target: Target,
    queues: Iterable[DeadLetterQueue],
    watch: Watcher,
    *,
    selection: Selection,
    rate: float | None,
    limit: int | None,
    dry_run: bool,
) -> None:
    """Redrives one queue after the other; `limit` is for all of them. What became of them, `watch` has."""
    open_queue = queue_opener(target)
    for queue in queues:
        left = None if limit is None else limit - sum(each.redriven + each.failed.total() for each in watch.summaries)
        if watch.stopped() or left == 0:
            return
        redrive(
            queue,
            open_queue=open_queue,
            open_destination=destination_opener(target, queue, open_queue),
            diagnose=diagnose_for(target, queue),
            selection=selection,
            watch=watch,
            rate=rate,
            limit=left,
            dry_run=dry_run,
        )


def redrive_document(summaries: Sequence[Summary]) -> dict[str, Any]:
    """What became of the letters of all queues, as JSON."""
    return {
        "dry_run": any(summary.dry_run for summary in summaries),
        "interrupted": any(summary.interrupted for summary in summaries),
        "examined": sum(summary.examined for summary in summaries),
        "redriven": sum(summary.redriven for summary in summaries),
        "skipped": sum(summary.skipped.total() for summary in summaries),
        "failed": sum(summary.failed.total() for summary in summaries),
        "queues": [_queue_document(summary) for summary in summaries],
    }


def remarks(summary: Summary) -> list[str]:
    """What a person should know of a redrive besides its numbers."""
    found = [
        (
            summary.skipped[STILL_MALFORMED],
            "{n} still cannot be parsed and would only come back; --malformed includes them, and so does --cause",
        ),
        (summary.undeleted, "{n} were sent and could not be deleted; the next run sends them again, which is harmless"),
        (summary.invisible, "about {n} are hidden by another reader; run it again when that has let them go"),
    ]
    found += [(count, f"{{n}} failed: {reason}") for reason, count in sorted(summary.failed.items())]
    return [f"{summary.queue}: {text.format(n=count)}" for count, text in found if count]


class Watcher:
    """Watches a redrive for someone who may stop it. Shows nothing itself."""

    def __init__(self, stop: StopRequest) -> None:
        self.stopped = stop.received
        self.sleep = stop.sleep
        self.clock = time.monotonic
        self.summaries: list[Summary] = []

    def begins(self, summary: Summary, depth: Depth) -> None:  # noqa: ARG002
        """A queue is begun."""
        self.summaries.append(summary)

    def progress(self, summary: Summary) -> None:
        """A batch is done."""

    def waits(self, letters: int) -> None:
        """Hidden letters are waited for."""


def _queue_document(summary: Summary) -> dict[str, Any]:
    return {
        "queue": summary.queue,
        "examined": summary.examined,
        "redriven": summary.redriven,
        "skipped": summary.skipped.total(),
        "failed": summary.failed.total(),
        "causes": dict(summary.causes),
        "skipped_because": dict(summary.skipped),
        "failed_because": dict(summary.failed),
        "undeleted": summary.undeleted,
        "invisible": summary.invisible,
    }
