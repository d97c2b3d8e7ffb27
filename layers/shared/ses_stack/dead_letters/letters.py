"""Dead letters: what lies in a dead-letter queue, why, where it belongs, and which of it to put back."""

from __future__ import annotations

import math
import re
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from ses_stack.mail.event_types import EventType

STILL_MALFORMED = "still cannot be parsed"
OTHER_CAUSE = "another cause"
OTHER_TYPE = "another type"
YOUNGER = "died after this run began, or is the same as one that it put back"

_SUFFIX = "DeadLetterQueueUrl"
# Where letters go that name no target: EventBridge has only ever had one queue to deliver to.
_EVENT_QUEUE = "EventQueueUrl"


class Holds(StrEnum):
    """What lies in a dead-letter queue, and so who can read it."""

    EVENTS = "events that the normalizer could not take in"
    UNDELIVERED = "events that EventBridge could not deliver"
    FEEDBACK = "events that the suppression writer could not take in"
    REQUESTS = "send requests"
    POSITIONS = "places in a table stream at which a function gave up"


# By `queue_key`; any other holds events.
_HOLDS = {
    "rule": Holds.UNDELIVERED,
    "suppression": Holds.FEEDBACK,
    "priority": Holds.REQUESTS,
    "bulk": Holds.REQUESTS,
    "projector": Holds.POSITIONS,
}


_LAST = (Holds.POSITIONS, Holds.REQUESTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Depth:
    """About how many letters a queue has: SQS counts approximately. Invisible ones were received, and not deleted."""

    visible: int
    invisible: int

    @property
    def total(self) -> int:
        """All letters, whether they can be received at the moment or not."""
        return self.visible + self.invisible


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One message of a dead-letter queue, received. `attributes` are SQS's message attributes, as it gives them."""

    id: str
    receipt: str
    body: str
    sent_at: float
    receive_count: int
    attributes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    group: str | None = None

    def attribute(self, name: str) -> str | None:
        """The text of one message attribute."""
        return self.attributes.get(name, {}).get("StringValue")

    def size(self) -> int:
        """The bytes that SQS counts: the body, and the attributes' names, types and values."""
        return len(self.body.encode()) + sum(
            len(name.encode())
            + len(attribute.get("DataType", ""))
            + len(attribute.get("StringValue", "").encode())
            + len(attribute.get("BinaryValue", b""))
            for name, attribute in self.attributes.items()
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """Why a letter is dead, and what it is about: an event of SES's message, a request of a stream, or so many records.

    `malformed`: what reads it now could not read it either, so that it would only come back.
    """

    cause: str
    type: EventType | None = None
    message_id: str | None = None
    request_id: str | None = None
    stream: str | None = None
    records: int | None = None
    malformed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which letters to put back. A cause that is asked for by name is put back even if the letter is malformed.

    `sent_before` and `new_after` (epoch seconds) keep a run from putting back what it has put back already. A letter
    that was sent later than the first has come back, or is new. Of those between the two nobody can say, for clocks
    differ: they are put back once.
    """

    cause: str | None = None
    types: frozenset[EventType] = frozenset()
    malformed: bool = False
    sent_before: float = math.inf
    new_after: float = math.inf

    def has_come_back(self, letter: Letter, put_back: Container[int]) -> bool:
        """Whether a letter may be one that this run has put back: `put_back` has the hashes of their bodies."""
        return letter.sent_at > self.new_after and hash(letter.body) in put_back

    def skips(self, letter: Letter, diagnosis: Diagnosis) -> str | None:
        """Why a letter is left where it is; None: it is put back."""
        if letter.sent_at > self.sent_before:
            return YOUNGER
        if self.types and diagnosis.type not in self.types:
            return OTHER_TYPE
        if self.cause is not None:
            return None if self.cause.lower() in diagnosis.cause.lower() else OTHER_CAUSE
        return STILL_MALFORMED if diagnosis.malformed and not self.malformed else None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetterQueue:
    """A dead-letter queue of the stack. `source` is where its letters go back to: a queue's url, or a function's name.

    It is None where each letter names its own: EventBridge could not deliver them. `queues` are all others.
    """

    name: str
    url: str
    source: str | None
    queues: Mapping[str, str] = field(repr=False)

    @property
    def holds(self) -> Holds:
        """What its letters are."""
        return _HOLDS.get(queue_key(self.name), Holds.EVENTS)

    def destination(self, letter: Letter) -> str | None:
        """Where a letter belongs; None if that is not in this stack (any more).

        https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
        """
        if self.source is not None or self.holds is Holds.POSITIONS:
            return self.source
        target = letter.attribute("TARGET_ARN")
        if target is None:
            return self.queues.get(_EVENT_QUEUE)
        return next((url for url in self.queues.values() if _tail(url, "/") == _tail(target, ":")), None)


def dead_letter_queues(outputs: Mapping[str, str]) -> list[DeadLetterQueue]:
    """The dead-letter queues among a stack's outputs: each `XDeadLetterQueueUrl`.

    Its letters go back to `XQueueUrl`, or where a function reads no queue, to `XFunctionName`. What says who must not
    be mailed, or what was sent already, comes before what is to be sent.
    """
    queues = {key: url for key, url in outputs.items() if key.endswith("QueueUrl") and not key.endswith(_SUFFIX)}
    found = [
        DeadLetterQueue(
            name=_dashed(key.removesuffix(_SUFFIX)),
            url=url,
            source=queues.get(f"{key.removesuffix(_SUFFIX)}QueueUrl")
            or outputs.get(f"{key.removesuffix(_SUFFIX)}FunctionName"),
            queues=queues,
        )
        for key, url in outputs.items()
        if key.endswith(_SUFFIX)
    ]
    return sorted(found, key=lambda queue: (_LAST.index(queue.holds) if queue.holds in _LAST else -1, queue.name))


def queue_key(name: str) -> str:
    """What a queue's name is compared by: `EventDeadLetterQueue`, `event-dead-letter-queue` and `event` are one."""
    plain = re.sub(r"[^a-z]", "", name.lower()).removesuffix("url")
    return plain.removesuffix("queue").removesuffix("deadletter").removesuffix("dlq")


def _dashed(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()


def _tail(text: str, separator: str) -> str:
    return text.rpartition(separator)[2]
