"""The dead-letter queues of a stack: what each holds, and where its messages go back to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from ses_stack.dead_letters.messages import DeadLetterMessage

_SUFFIX = "DeadLetterQueueUrl"
# EventBridge may name no target. It delivers to the event queue in every version of the stack.
_EVENT_QUEUE = "EventQueueUrl"


class DeadLetterKind(StrEnum):
    """What the messages of a dead-letter queue are."""

    EVENTS = "events that the normalizer could not take in"
    UNDELIVERED = "events that EventBridge could not deliver"
    FEEDBACK = "events that the suppression writer could not take in"
    REQUESTS = "send requests"
    POSITIONS = "positions in a table stream at which a function gave up"
    UNCOUNTED = "positions in a table stream whose events were not counted"


# By `queue_key`; any other queue holds events.
_KINDS = {
    "rule": DeadLetterKind.UNDELIVERED,
    "suppression": DeadLetterKind.FEEDBACK,
    "priority": DeadLetterKind.REQUESTS,
    "bulk": DeadLetterKind.REQUESTS,
    "projector": DeadLetterKind.POSITIONS,
    "statisticswriter": DeadLetterKind.UNCOUNTED,
}
_OF_TABLE_STREAMS = frozenset({DeadLetterKind.POSITIONS, DeadLetterKind.UNCOUNTED})
# Send requests go back last: first the worker must know which addresses are suppressed, and which requests were sent.
_LAST = (DeadLetterKind.POSITIONS, DeadLetterKind.UNCOUNTED, DeadLetterKind.REQUESTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetterQueue:
    """A dead-letter queue. `source` is where its messages go back to: the url of a queue, or the name of a function.

    `source` is None for events that EventBridge could not deliver: each names its own target. `queues` are the urls of
    the stack's other queues, by output.
    """

    name: str
    url: str
    source: str | None
    queues: Mapping[str, str] = field(repr=False)

    @property
    def kind(self) -> DeadLetterKind:
        """What its messages are."""
        return _KINDS.get(queue_key(self.name), DeadLetterKind.EVENTS)

    def destination(self, message: DeadLetterMessage) -> str | None:
        """Where a message goes back to; None if that is not in this stack, or no longer.

        https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
        """
        if self.source is not None or self.kind in _OF_TABLE_STREAMS:
            return self.source
        target = message.attribute("TARGET_ARN")
        if target is None:
            return self.queues.get(_EVENT_QUEUE)
        return next((url for url in self.queues.values() if _tail(url, "/") == _tail(target, ":")), None)


def dead_letter_queues(outputs: Mapping[str, str]) -> list[DeadLetterQueue]:
    """The dead-letter queues among a stack's outputs: each `XDeadLetterQueueUrl`, in the order of a redrive.

    Messages go back to `XQueueUrl`, or to `XFunctionName` where a function reads no queue.
    """
    queues = {key: url for key, url in outputs.items() if key.endswith("QueueUrl") and not key.endswith(_SUFFIX)}
    found = [_queue(key.removesuffix(_SUFFIX), outputs, queues) for key in outputs if key.endswith(_SUFFIX)]
    return sorted(found, key=lambda queue: (_LAST.index(queue.kind) if queue.kind in _LAST else -1, queue.name))


def queue_key(name: str) -> str:
    """The form in which names are compared: `EventDeadLetterQueue`, `event-dead-letter-queue` and `event` are equal."""
    plain = re.sub(r"[^a-z]", "", name.lower()).removesuffix("url")
    return plain.removesuffix("queue").removesuffix("deadletter").removesuffix("dlq")


def _queue(prefix: str, outputs: Mapping[str, str], queues: Mapping[str, str]) -> DeadLetterQueue:
    return DeadLetterQueue(
        name=_dashed(prefix),
        url=outputs[f"{prefix}{_SUFFIX}"],
        source=queues.get(f"{prefix}QueueUrl") or outputs.get(f"{prefix}FunctionName"),
        queues=queues,
    )


def _dashed(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()


def _tail(text: str, separator: str) -> str:
    return text.rpartition(separator)[2]
